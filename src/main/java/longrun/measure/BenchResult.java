package longrun.measure;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything that one call of {@code longrun bench} measured.
 *
 * @param seconds that each measurement was given
 * @param peaks of the engines that they were measured for
 * @param measurements each of a setting of its own, of one of the configurations
 * @param memory that all of them together took at most
 */
public record BenchResult(
    Environment environment,
    double seconds,
    List<Configuration> configurations,
    List<EnginePeaks> peaks,
    List<Measurement> measurements,
    PeakMemory memory) {

  public BenchResult {
    configurations = List.copyOf(configurations);
    peaks = List.copyOf(peaks);
    measurements = List.copyOf(measurements);
  }

  /** The configuration that a setting names. */
  public Configuration configuration(Setting setting) {
    return configurations.stream()
        .filter(configuration -> configuration.name().equals(setting.configuration()))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("configuration=" + setting.configuration()));
  }

  /** The rates of a measurement; empty if nothing was measured. */
  public Optional<Rates> rates(Measurement measurement) {
    Setting setting = measurement.setting();
    Optional<EnginePeaks> peak =
        peaks.stream().filter(candidate -> candidate.holdsFor(setting)).findFirst();
    OptionalDouble baseline =
        baseline(setting).map(Measurement::runStepsPerSecond).orElseGet(OptionalDouble::empty);
    return measurement.runStepsPerSecond().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Rates.of(
                measurement.runStepsPerSecond().getAsDouble(),
                configuration(setting).work(),
                peak.map(EnginePeaks::peaks),
                baseline));
  }

  /**
   * What a setting's speed-up is over: the cpu engine with the most threads that it was measured
   * with. A single run is compared with a single run; many with whatever number of runs it gets
   * through most steps with.
   */
  public Optional<Measurement> baseline(Setting setting) {
    List<Measurement> candidates =
        measurements.stream()
            .filter(other -> other.nanosPerStep().isPresent())
            .filter(other -> other.setting().configuration().equals(setting.configuration()))
            .filter(other -> other.setting().engine().equals("cpu"))
            .toList();
    int threads = candidates.stream().mapToInt(BenchResult::threads).max().orElse(0);
    return candidates.stream()
        .filter(other -> threads(other) == threads)
        .filter(other -> setting.slots() > 1 || other.setting().slots() == 1)
        .max(Comparator.comparingDouble(other -> other.runStepsPerSecond().orElseThrow()));
  }

  private static int threads(Measurement measurement) {
    return measurement.setting().threads().orElse(0);
  }
}
