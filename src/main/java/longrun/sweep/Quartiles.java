package longrun.sweep;

import java.util.Arrays;

/**
 * Median and quartiles, interpolated linearly between the order statistics: of n sorted values x₀ …
 * xₙ₋₁ the quantile of a share q lies at the position q (n − 1) (Hyndman and Fan, "Sample quantiles
 * in statistical packages", 1996, definition 7; the default of numpy, pandas and R).
 *
 * <p>A run that ended before it grokked is a value that is later than any other: {@link
 * Double#POSITIVE_INFINITY}. A quantile for which such a value is needed is infinite: it was not
 * reached.
 *
 * @param lower quartile; NaN if there are no values
 * @param median NaN if there are no values
 * @param upper quartile; NaN if there are no values
 */
public record Quartiles(double lower, double median, double upper) {
  /** Of no values. */
  public static final Quartiles NONE = new Quartiles(Double.NaN, Double.NaN, Double.NaN);

  /**
   * Of values in any order.
   *
   * @throws IllegalArgumentException if one is NaN or negative infinity
   */
  public static Quartiles of(double... values) {
    if (values.length == 0) {
      return NONE;
    }
    for (double value : values) {
      if (Double.isNaN(value) || value == Double.NEGATIVE_INFINITY) {
        throw new IllegalArgumentException("value=" + value);
      }
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Quartiles(quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75));
  }

  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    double rest = position - below;
    if (rest == 0 || sorted[below] == Double.POSITIVE_INFINITY) {
      return sorted[below];
    }
    return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
  }
}
