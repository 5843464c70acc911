package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The step loop allocates nothing once the compiler has replaced the vectors: a training run of a
 * million steps gives the garbage collector nothing to do.
 */
class CpuAllocationTest {
  private static final int STEPS = 1_000;

  /** A thousand steps may cost what a call from outside costs, not something for each step. */
  private static final long BYTES = 16_384;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: transformer, layers: 2, d_model: 32, heads: 2, d_head: 16, d_mlp: 32,"
            + " activation: gelu, normalization: pre}",
        "{kind: transformer, layers: 1, d_model: 24, heads: 3, d_head: 5, d_mlp: 40,"
            + " normalization: post, attention_bias: true}",
        "{kind: mlp, hidden: [40, 24]}"
      })
  void theStepLoopAllocatesNothing(String model) {
    RunConfig config =
        ConfigReader.parse(
            "task: {kind: modular, operation: add, modulus: 11}\nmodel: " + model + "\n",
            "allocation.yaml",
            List.of(
                "training.batch_size=16",
                "optimizer.grokfast_ema={alpha: 0.9, lambda: 1.0}",
                "optimizer.orthogonal_gradient=true"));
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    Model parameters = Model.of(config.model(), dataset);
    Tensors zeros = Tensors.zeros(parameters.parameters());
    RunState start = new RunState(0, parameters.initialize(0), zeros, zeros, Optional.of(zeros));
    try (Session session =
        new CpuEngine(2).open(Cohort.of(config, dataset, parameters, split.train().length), 1)) {
      session.load(0, new Run(config, split, Labels.of(config.task(), dataset, split)), start);
      long least = Long.MAX_VALUE;
      for (int attempt = 0; attempt < 60 && least > BYTES; attempt++) {
        long before = allocated();
        session.advance(STEPS);
        least = Math.min(least, allocated() - before);
      }
      assertTrue(least <= BYTES, "bytes allocated in " + STEPS + " steps: " + least);
    }
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
  }
}
