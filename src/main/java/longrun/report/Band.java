package longrun.report;

import java.util.Arrays;
import java.util.List;
import longrun.sweep.Quartiles;

/**
 * Median and quartiles of many runs over the steps.
 *
 * @param lower quartile at each place; NaN where no run has a value
 */
record Band(double[] lower, double[] median, double[] upper) {

  /**
   * Of curves with a value for each of the same places; NaN is no value.
   *
   * @param places how many
   */
  static Band of(List<float[]> curves, int places) {
    double[] lower = new double[places];
    double[] median = new double[places];
    double[] upper = new double[places];
    for (int place = 0; place < places; place++) {
      double[] values = new double[curves.size()];
      int count = 0;
      for (float[] curve : curves) {
        if (Float.isFinite(curve[place])) {
          values[count++] = curve[place];
        }
      }
      Quartiles quartiles = Quartiles.of(Arrays.copyOf(values, count));
      lower[place] = quartiles.lower();
      median[place] = quartiles.median();
      upper[place] = quartiles.upper();
    }
    return new Band(lower, median, upper);
  }
}
