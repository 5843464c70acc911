package longrun.scaling;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import longrun.measure.BenchResult;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Setting;
import longrun.measure.Statistics;
import longrun.measure.Timing;

/**
 * Everything that was measured and predicted.
 *
 * @param bench measurements, machine and peaks
 * @param points in the order of axes, series and values
 */
record ScalingResult(BenchResult bench, List<Point> points) {
  ScalingResult {
    points = List.copyOf(points);
  }

  /** The points of an axis. */
  List<Point> points(Axis axis) {
    return points.stream().filter(point -> point.axis() == axis).toList();
  }

  /** The axes that have points. */
  Set<Axis> axes() {
    Set<Axis> axes = EnumSet.noneOf(Axis.class);
    points.forEach(point -> axes.add(point.axis()));
    return axes;
  }

  /** Nanoseconds per step of all runs of a point together; empty if it was not measured. */
  Optional<Statistics> nanosPerStep(Point point) {
    return measurement(point.setting()).flatMap(Measurement::nanosPerStep);
  }

  /** Whether the times of a point had become steady before they were taken. */
  boolean settled(Point point) {
    return measurement(point.setting())
        .map(measurement -> measurement.outcome())
        .map(
            outcome ->
                outcome instanceof Outcome.Measured(Timing timing) && timing.warmUp().settled())
        .orElse(false);
  }

  /** Why a point has no times; empty if it has. */
  Optional<String> remark(Point point) {
    return point.skipped().isPresent()
        ? point.skipped()
        : measurement(point.setting()).map(Measurement::outcome).flatMap(ScalingResult::remark);
  }

  private static Optional<String> remark(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Measured _ -> Optional.empty();
      case Outcome.OutOfMemory memory ->
          Optional.of(
              "the device has too little memory"
                  + (memory.fittingSlots().isPresent()
                      ? ", " + memory.fittingSlots().getAsInt() + " runs would fit"
                      : ""));
      case Outcome.Unsupported(String reason) -> Optional.of(reason);
      case Outcome.Failed(String reason) -> Optional.of("it failed: " + reason);
      case Outcome.Diverged(int runs) -> Optional.of(runs + " of the runs diverged");
    };
  }

  private Optional<Measurement> measurement(Setting setting) {
    return bench.measurements().stream()
        .filter(measurement -> measurement.setting().equals(setting))
        .findFirst();
  }
}
