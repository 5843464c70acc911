package longrun.report;

/**
 * The steps a chart spans, on a logarithmic or a linear scale. A logarithmic axis has no place for
 * step 0: it starts at the first evaluated step after it, and the page says so.
 *
 * @param logarithmic whether equal distances are equal ratios
 * @param low the left end; positive where logarithmic
 * @param high the right end, above {@code low}
 */
record StepAxis(boolean logarithmic, double low, double high) {
  /** Below this ratio of the last step to the first a logarithmic axis shows less than a linear. */
  private static final double MINIMUM_RATIO = 10;

  /** A linear axis spans at least this many steps, so that its ticks are whole ones. */
  private static final double SHORTEST_LINEAR_SPAN = 10;

  /** Room left of the curves, as a share of the axis. */
  private static final double LEFT_MARGIN = 0.012;

  /** Room right of them: enough for half of a label at the very end. */
  private static final double RIGHT_MARGIN = 0.045;

  /** The axis for a run evaluated at these steps, ascending. */
  static StepAxis over(double[] steps) {
    double last = steps.length == 0 ? 0 : steps[steps.length - 1];
    double first = 0;
    for (int i = 0; i < steps.length && first == 0; i++) {
      first = steps[i] > 0 ? steps[i] : 0;
    }
    if (first == 0 || last / first < MINIMUM_RATIO) {
      double span = Math.max(SHORTEST_LINEAR_SPAN, last);
      return new StepAxis(false, -LEFT_MARGIN * span, (1 + RIGHT_MARGIN) * span);
    }
    double low = Math.log10(first);
    double high = Math.log10(last);
    if (Math.floor(high) - Math.ceil(low) < 1) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    double decades = high - low;
    return new StepAxis(
        true,
        Math.pow(10, low - LEFT_MARGIN * decades),
        Math.pow(10, high + RIGHT_MARGIN * decades));
  }

  boolean shows(double step) {
    return step >= low && step <= high;
  }

  /** Where a step lies, from 0 at the left end to 1 at the right. */
  double position(double step) {
    return logarithmic
        ? Math.log10(step / low) / Math.log10(high / low)
        : (step - low) / (high - low);
  }
}
