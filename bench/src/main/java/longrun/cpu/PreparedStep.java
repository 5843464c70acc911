package longrun.cpu;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.ParameterLayout;
import longrun.engine.RunState;
import longrun.model.Tensors;
import longrun.plan.Cost;
import longrun.plan.Ledger;
import longrun.plan.Plan;
import longrun.plan.Planner;
import longrun.train.PreparedRun;

/**
 * What the CPU engine holds in memory for a step of a configuration: the data that its kernels are
 * measured on.
 */
final class PreparedStep {
  private static final int WARMED_UP_STEPS = 1000;

  final Plan plan;
  final Workspace workspace;
  final Slot slot;
  final float[] scratch = new float[Team.SCRATCH];
  private final Lowering lowering;

  private PreparedStep(PreparedRun run) {
    plan = Planner.plan(run.cohort());
    ParameterLayout layout = new ParameterLayout(run.model(), Padding::rowLength);
    Transposes transposes = new Transposes(plan, layout);
    workspace = new Workspace(plan, layout, transposes);
    lowering = new Lowering(plan, layout, transposes, workspace);
    Tensors zeros = Tensors.zeros(run.model().parameters());
    slot =
        new Slot(
            run.cohort(),
            layout,
            run.run(),
            new RunState(
                WARMED_UP_STEPS,
                run.model().initialize(run.config().training().seed()),
                zeros,
                zeros,
                Optional.empty()));
    workspace.batchCount = slot.nextBatch(workspace.batch);
    workspace.lossCount = workspace.batchCount;
  }

  /**
   * With initial parameters, a batch, and nothing computed yet.
   *
   * @param text name of a file in {@code configs}, then what is to be different, each after a
   *     space: {@code "nanda-2023 model.d_model=256"}
   */
  static PreparedStep of(String text) {
    List<String> words = List.of(text.split(" ", -1));
    RunConfig config =
        ConfigReader.read(
            Path.of("configs", words.getFirst() + ".yaml"), words.subList(1, words.size()));
    return new PreparedStep(PreparedRun.of(config, Optional.empty()));
  }

  /** Computes everything up to the gradients, so that every buffer holds what it holds in a run. */
  void computeGradients() {
    Program.Phase[] phases = lowering.gradients().phases();
    // Who reads which row is known for the tables that the kernels just made ask for.
    workspace.batchChanged();
    for (Program.Phase phase : phases) {
      int block = 0;
      while (phase.run(slot, block, scratch)) {
        block++;
      }
    }
    if (workspace.lossNotFinite) {
      throw new IllegalStateException("the loss is not finite");
    }
  }

  /** What the ledger counts for operations of a kind. */
  Cost cost(String kind) {
    return Ledger.of(plan).entries().stream()
        .filter(entry -> entry.kind().equals(kind))
        .map(Ledger.Entry::cost)
        .reduce(Cost.NONE, Cost::plus);
  }
}
