package longrun.measure;

import java.util.Arrays;

/**
 * Where samples lie. Quartiles are interpolated linearly between neighbours (Hyndman and Fan 1996,
 * type 7).
 */
public record Statistics(
    double least, double lowerQuartile, double median, double upperQuartile, double greatest) {

  /** Of at least one sample, in any order. */
  public static Statistics of(double... samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("there are no samples");
    }
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    return new Statistics(
        sorted[0],
        quantile(sorted, 0.25),
        quantile(sorted, 0.5),
        quantile(sorted, 0.75),
        sorted[sorted.length - 1]);
  }

  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
