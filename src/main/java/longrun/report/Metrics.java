package longrun.report;

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

  int size() {
    return steps.length;
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
