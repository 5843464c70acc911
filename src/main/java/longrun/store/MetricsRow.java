package longrun.store;

import java.util.Locale;
import java.util.regex.Pattern;
import longrun.engine.Evaluation;

/**
 * One evaluation, as metrics.csv holds it.
 *
 * @param step parameter updates done
 * @param validationLoss NaN if nothing validates
 * @param validationAccuracy NaN if nothing validates
 * @param weightNorm Euclidean norm of all parameters together
 * @param seconds since the run began, interruptions left out
 */
public record MetricsRow(
    long step,
    double trainLoss,
    double trainAccuracy,
    double validationLoss,
    double validationAccuracy,
    double weightNorm,
    double learningRate,
    double seconds) {

  /** First line of metrics.csv. */
  public static final String HEADER =
      "step,train_loss,train_accuracy,validation_loss,validation_accuracy,weight_norm,"
          + "learning_rate,seconds";

  private static final int COLUMNS = 8;
  private static final Pattern STEP = Pattern.compile("0|[1-9][0-9]{0,17}");
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|inf|nan)");

  /** The row of an evaluation. */
  public static MetricsRow of(Evaluation evaluation, double seconds) {
    return new MetricsRow(
        evaluation.step(),
        evaluation.trainLoss(),
        evaluation.trainAccuracy(),
        evaluation.validationLoss(),
        evaluation.validationAccuracy(),
        evaluation.weightNorm(),
        evaluation.learningRate(),
        seconds);
  }

  /** As a line without its end; every number but the seconds reads back as the same double. */
  public String toLine() {
    return String.join(
        ",",
        Long.toString(step),
        text(trainLoss),
        text(trainAccuracy),
        text(validationLoss),
        text(validationAccuracy),
        text(weightNorm),
        text(learningRate),
        String.format(Locale.ROOT, "%.3f", seconds));
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is not one, saying why
   */
  static MetricsRow parse(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != COLUMNS) {
      throw new IllegalArgumentException("columns=" + cells.length + " expected=" + COLUMNS);
    }
    if (!STEP.matcher(cells[0]).matches()) {
      throw new IllegalArgumentException("step=" + cells[0] + " is no step number");
    }
    double[] numbers = new double[COLUMNS];
    for (int i = 1; i < COLUMNS; i++) {
      numbers[i] = number(cells[i], i);
    }
    return new MetricsRow(
        Long.parseLong(cells[0]),
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
        numbers[6],
        numbers[7]);
  }

  private static double number(String cell, int column) {
    if (!NUMBER.matcher(cell).matches()) {
      throw new IllegalArgumentException(
          HEADER.split(",", -1)[column] + "=" + cell + " is no number");
    }
    return switch (cell) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(cell);
    };
  }

  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return Double.toString(value);
  }
}
