package longrun.report;

import java.util.List;
import java.util.function.ToDoubleFunction;
import longrun.store.MetricsRow;

/**
 * The rows of {@code metrics.csv} as columns, a value per evaluation.
 *
 * @param steps ascending
 * @param seconds since the run began
 */
record Metrics(
    double[] steps,
    double[] trainLoss,
    double[] trainAccuracy,
    double[] validationLoss,
    double[] validationAccuracy,
    double[] weightNorm,
    double[] learningRate,
    double[] seconds) {

  static Metrics of(List<MetricsRow> rows) {
    return new Metrics(
        column(rows, row -> (double) row.step()),
        column(rows, MetricsRow::trainLoss),
        column(rows, MetricsRow::trainAccuracy),
        column(rows, MetricsRow::validationLoss),
        column(rows, MetricsRow::validationAccuracy),
        column(rows, MetricsRow::weightNorm),
        column(rows, MetricsRow::learningRate),
        column(rows, MetricsRow::seconds));
  }

  private static double[] column(List<MetricsRow> rows, ToDoubleFunction<MetricsRow> value) {
    return rows.stream().mapToDouble(value).toArray();
  }

  int size() {
    return steps.length;
  }

  /** The last value of a column; NaN if there is no row. */
  static double last(double[] column) {
    return column.length == 0 ? Double.NaN : column[column.length - 1];
  }

  long lastStep() {
    return size() == 0 ? 0 : (long) steps[size() - 1];
  }

  /** Whether any example validates: its accuracy is a number even where its loss is not. */
  boolean validates() {
    for (double accuracy : validationAccuracy) {
      if (!Double.isNaN(accuracy)) {
        return true;
      }
    }
    return false;
  }
}
