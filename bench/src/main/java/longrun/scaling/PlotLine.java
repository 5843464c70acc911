package longrun.scaling;

import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import longrun.measure.Statistics;

/**
 * One series in one panel, in milliseconds per step.
 *
 * @param color class of its colour: {@code "k0"}
 * @param marks in the order of their values
 */
record PlotLine(String label, String color, List<Mark> marks) {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MILLIS_PER_SECOND = 1e3;

  PlotLine {
    marks = List.copyOf(marks);
  }

  /**
   * One value of the axis; NaN where there is no number.
   *
   * @param median measured, and the quartiles around it
   * @param settled whether times had become steady before they were taken
   * @param skipped whether it was to be measured and was not
   */
  record Mark(
      int value,
      double lowerQuartile,
      double median,
      double upperQuartile,
      double predicted,
      boolean settled,
      boolean skipped) {

    /** All of its numbers. */
    DoubleStream numbers() {
      return DoubleStream.of(lowerQuartile, median, upperQuartile, predicted)
          .filter(Double::isFinite);
    }
  }

  /**
   * A series of a result.
   *
   * @param perRun whether times are divided by the number of runs
   */
  static PlotLine of(
      String label, String color, List<Point> points, ScalingResult result, boolean perRun) {
    return new PlotLine(
        label, color, points.stream().map(point -> mark(point, result, perRun)).toList());
  }

  private static Mark mark(Point point, ScalingResult result, boolean perRun) {
    double runs = perRun ? point.setting().slots() : 1;
    Optional<Statistics> nanos = result.nanosPerStep(point);
    return new Mark(
        point.value(),
        nanos.map(Statistics::lowerQuartile).orElse(Double.NaN) / NANOS_PER_MILLI / runs,
        nanos.map(Statistics::median).orElse(Double.NaN) / NANOS_PER_MILLI / runs,
        nanos.map(Statistics::upperQuartile).orElse(Double.NaN) / NANOS_PER_MILLI / runs,
        point.prediction().map(Prediction::secondsPerStep).orElse(Double.NaN)
            * MILLIS_PER_SECOND
            / runs,
        result.settled(point),
        nanos.isEmpty());
  }

  /** Measured over predicted, where both are; in any order. */
  double[] ratios() {
    return marks.stream()
        .mapToDouble(mark -> mark.median / mark.predicted)
        .filter(Double::isFinite)
        .toArray();
  }
}
