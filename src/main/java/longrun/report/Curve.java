package longrun.report;

/**
 * One curve of a chart.
 *
 * @param label its name in the legend
 * @param steps ascending
 * @param values one for each step; NaN is a gap
 */
record Curve(String label, Ink ink, double[] steps, double[] values) {
  Curve {
    if (steps.length != values.length) {
      throw new IllegalArgumentException(
          "steps=" + steps.length + " values=" + values.length + " of curve " + label);
    }
  }

  int size() {
    return steps.length;
  }

  boolean hasFiniteValues() {
    for (double value : values) {
      if (Double.isFinite(value)) {
        return true;
      }
    }
    return false;
  }
}
