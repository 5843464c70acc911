package longrun.sweep;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;
import longrun.config.RunConfig;

/**
 * How long the runs of a sweep are, as far as configurations say: those that grok early may end
 * sooner. Every cohort has the same, for none of this depends on shapes.
 *
 * @param meanSteps of all runs
 * @param maxSteps of the longest
 * @param meanEvaluations of all runs, step 0 included
 * @param maxEvaluations at the most
 * @param meanKept checkpoints that a run keeps
 * @param canEndEarly whether runs may end when they have grokked
 */
public record RunLengths(
    double meanSteps,
    double maxSteps,
    double meanEvaluations,
    double maxEvaluations,
    double meanKept,
    boolean canEndEarly) {
  /** Of an axis: more values than these are represented by so many. */
  private static final int SAMPLES = 1_000;

  static RunLengths of(Sweep sweep) {
    DoubleSummaryStatistics steps =
        over(sweep, List.of("training.steps"), config -> config.training().steps());
    DoubleSummaryStatistics perStep =
        over(sweep, List.of("evaluation.every"), config -> 1.0 / config.evaluation().every());
    DoubleSummaryStatistics kept =
        over(sweep, List.of("checkpoint.keep"), config -> config.checkpoint().keep());
    DoubleSummaryStatistics early =
        over(
            sweep,
            List.of("stop", "stop.after_grokking_steps"),
            config -> config.stop().isPresent() ? 1 : 0);
    return new RunLengths(
        steps.getAverage(),
        steps.getMax(),
        1 + steps.getAverage() * perStep.getAverage(),
        1 + steps.getMax() * perStep.getMax(),
        kept.getAverage(),
        early.getMax() > 0);
  }

  /** A number that depends on some axes alone, over the values of each, the others held. */
  private static DoubleSummaryStatistics over(
      Sweep sweep, List<String> keys, ToDoubleFunction<RunConfig> number) {
    DoubleSummaryStatistics numbers = new DoubleSummaryStatistics();
    int stride = 1;
    for (SweepAxis axis : sweep.axes().reversed()) {
      int size = axis.values().size();
      if (keys.contains(axis.key())) {
        int samples = Math.min(size, SAMPLES);
        for (int i = 0; i < samples; i++) {
          long index = samples == 1 ? 0 : (long) i * (size - 1) / (samples - 1);
          numbers.accept(number.applyAsDouble(sweep.config((int) (stride * index))));
        }
      }
      stride *= size;
    }
    if (numbers.getCount() == 0) {
      numbers.accept(number.applyAsDouble(sweep.base()));
    }
    return numbers;
  }
}
