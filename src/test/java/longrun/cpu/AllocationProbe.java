package longrun.cpu;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Labels;
import longrun.task.Split;
import longrun.task.Splits;

/**
 * Trains a model and prints the least number of bytes that all threads together allocated in a
 * thousand steps, once the compiler has had time to replace the vectors.
 */
public final class AllocationProbe {
  private static final int STEPS = 1_000;
  private static final int ATTEMPTS = 40;

  private AllocationProbe() {}

  /**
   * @param args the section {@code model} of a configuration, and at how many bytes to stop trying
   */
  public static void main(String[] args) {
    long enough = Long.parseLong(args[1]);
    RunConfig config =
        ConfigReader.parse(
            "task: {kind: modular, operation: add, modulus: 11}\nmodel: " + args[0] + "\n",
            "allocation.yaml",
            List.of(
                "training.batch_size=16",
                "optimizer.grokfast_ema={alpha: 0.9, lambda: 1.0}",
                "optimizer.orthogonal_gradient=true"));
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    Model model = Model.of(config.model(), dataset);
    Tensors zeros = Tensors.zeros(model.parameters());
    RunState start = new RunState(0, model.initialize(0), zeros, zeros, Optional.of(zeros));
    try (Session session =
        new CpuEngine(2).open(Cohort.of(config, dataset, model, split.train().length), 1)) {
      session.load(0, new Run(config, split, Labels.of(config.task(), dataset, split)), start);
      long least = Long.MAX_VALUE;
      for (int attempt = 0; attempt < ATTEMPTS && least > enough; attempt++) {
        long before = allocated();
        session.advance(STEPS);
        least = Math.min(least, allocated() - before);
      }
      System.out.println("bytes=" + least);
    }
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
  }
}
