package longrun.report;

import java.util.Arrays;

/**
 * Draws like the whole with a bounded number of points: of the values that share a column of the
 * chart, the first, the last, the lowest and the highest stay (M4 of Jugel, Jerzak, Hackenbroich
 * and Markl, VLDB 2014). Steps between two columns' points are left out, never averaged: a spike of
 * one evaluation stays visible.
 */
final class Thinning {
  /** Columns of a chart; less than a pixel each at the width it is drawn. */
  static final int COLUMNS = 1000;

  /** Curves of at most this many points stay as they are. */
  static final int KEPT_WHOLE = 2 * COLUMNS;

  private Thinning() {}

  /** The curve with at most four points for each of the columns of the axis. */
  static Curve thin(Curve curve, StepAxis axis) {
    int size = curve.size();
    if (size <= KEPT_WHOLE) {
      return curve;
    }
    int[] kept = new int[4 * COLUMNS + 4];
    int count = 0;
    for (int start = 0; start < size; ) {
      int column = column(curve, axis, start);
      int end = start + 1;
      while (end < size && column(curve, axis, end) == column) {
        end++;
      }
      count = keep(curve.values(), start, end, kept, count);
      start = end;
    }
    double[] steps = new double[count];
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      steps[i] = curve.steps()[kept[i]];
      values[i] = curve.values()[kept[i]];
    }
    return new Curve(curve.label(), curve.ink(), steps, values);
  }

  private static int column(Curve curve, StepAxis axis, int index) {
    return (int) Math.clamp(axis.position(curve.steps()[index]) * COLUMNS, 0, COLUMNS);
  }

  /** Keeps up to four of the points from start to end; a gap where none of them is a number. */
  private static int keep(double[] values, int start, int end, int[] kept, int count) {
    int first = -1;
    int last = -1;
    int lowest = -1;
    int highest = -1;
    for (int i = start; i < end; i++) {
      if (Double.isFinite(values[i])) {
        first = first < 0 ? i : first;
        last = i;
        lowest = lowest < 0 || values[i] < values[lowest] ? i : lowest;
        highest = highest < 0 || values[i] > values[highest] ? i : highest;
      }
    }
    if (first < 0) {
      kept[count] = start;
      return count + 1;
    }
    int[] points = {first, lowest, highest, last};
    Arrays.sort(points);
    for (int i = 0; i < points.length; i++) {
      if (i == 0 || points[i] != points[i - 1]) {
        kept[count++] = points[i];
      }
    }
    return count;
  }
}
