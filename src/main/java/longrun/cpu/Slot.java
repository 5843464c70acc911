package longrun.cpu;

import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.engine.BatchOrder;
import longrun.engine.ParameterLayout;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** One run while it trains: parameters, optimizer state and which examples it reads. */
final class Slot {
  final Run run;
  final float[] parameters;
  final float[] firstMoment;
  final float[] secondMoment;
  final Optional<float[]> gradientEma;

  /** Parameter updates done. */
  long step;

  /** Set when a loss or a parameter was not finite; the slot then takes no further step. */
  boolean diverged;

  private final Optional<BatchOrder> order;

  Slot(Cohort cohort, ParameterLayout layout, Run run, RunState state) {
    this.run = run;
    this.parameters = filled(layout, state.parameters());
    this.firstMoment = filled(layout, state.firstMoment());
    this.secondMoment = filled(layout, state.secondMoment());
    this.gradientEma =
        cohort.gradientEma()
            ? Optional.of(filled(layout, state.gradientEma().orElseThrow()))
            : Optional.empty();
    this.step = state.step();
    this.diverged = !allFinite(parameters);
    this.order =
        cohort.fullBatch()
            ? Optional.empty()
            : Optional.of(
                new BatchOrder(
                    run.config().training().seed(),
                    cohort.trainExamples(),
                    cohort.batchExamples()));
  }

  private static float[] filled(ParameterLayout layout, Tensors tensors) {
    float[] array = new float[layout.length()];
    layout.scatter(tensors, array);
    return array;
  }

  private static boolean allFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  OptimizerConfig optimizer() {
    return run.config().optimizer();
  }

  /**
   * Fills in the dataset numbers of the next step's examples.
   *
   * @return how many there are
   */
  int nextBatch(int[] examples) {
    int[] train = run.split().train();
    if (order.isEmpty()) {
      System.arraycopy(train, 0, examples, 0, train.length);
      return train.length;
    }
    int count = order.get().batch(step, examples);
    for (int i = 0; i < count; i++) {
      examples[i] = train[examples[i]];
    }
    return count;
  }

  RunState save(ParameterLayout layout) {
    return new RunState(
        step,
        layout.gather(parameters),
        layout.gather(firstMoment),
        layout.gather(secondMoment),
        gradientEma.map(layout::gather));
  }
}
