package longrun.measure;

import java.util.Optional;
import java.util.OptionalDouble;
import longrun.plan.Peaks;

/**
 * What follows from a median time per step.
 *
 * @param runStepsPerSecond steps of all runs together
 * @param usefulFlopsPerSecond the plan's work
 * @param naiveFlopsPerSecond what a program without a planner would have to do in that time
 * @param bytesPerSecond that the plan's operations read and write, from whatever cache
 * @param arithmeticShare usefulFlopsPerSecond of the measured peak
 * @param bandwidthShare bytesPerSecond of the measured peak of memory; above 1 where caches help
 * @param speedUp run-steps per second over those of {@link BenchResult#baseline}
 */
public record Rates(
    double runStepsPerSecond,
    double usefulFlopsPerSecond,
    double naiveFlopsPerSecond,
    double bytesPerSecond,
    OptionalDouble arithmeticShare,
    OptionalDouble bandwidthShare,
    OptionalDouble speedUp) {

  static Rates of(
      double runStepsPerSecond, Work work, Optional<Peaks> peaks, OptionalDouble baseline) {
    double flops = runStepsPerSecond * work.usefulFlops();
    double bytes = runStepsPerSecond * work.bytes();
    return new Rates(
        runStepsPerSecond,
        flops,
        runStepsPerSecond * work.naiveFlops(),
        bytes,
        peaks.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(flops / peaks.get().flopsPerSecond()),
        peaks.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(bytes / peaks.get().bytesPerSecond()),
        baseline.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(runStepsPerSecond / baseline.getAsDouble()));
  }
}
