package longrun.measure;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One row of a result.
 *
 * @param on what it ran on, for people: {@code "2 threads, 256-bit vectors, fp32"}
 */
public record Measurement(Setting setting, String on, Outcome outcome) {
  private static final double NANOS = 1e9;

  /** Nanoseconds per step; empty if nothing was measured. */
  public Optional<Statistics> nanosPerStep() {
    return outcome instanceof Outcome.Measured(Timing timing)
        ? Optional.of(timing.nanosPerStep())
        : Optional.empty();
  }

  /** Steps of all runs together in a second, by the median; empty if nothing was measured. */
  public OptionalDouble runStepsPerSecond() {
    return nanosPerStep()
        .map(nanos -> OptionalDouble.of(setting.slots() * NANOS / nanos.median()))
        .orElseGet(OptionalDouble::empty);
  }
}
