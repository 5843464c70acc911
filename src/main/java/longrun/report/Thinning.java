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
    if (curve.size() <= KEPT_WHOLE) {
      return curve;
    }
    int[] kept = kept(curve.steps(), curve.values(), axis, COLUMNS);
    return new Curve(curve.label(), curve.ink(), at(curve.steps(), kept), at(curve.values(), kept));
  }

  /**
   * Which points to draw, ascending: at most four for each of so many columns of the axis.
   *
   * @param steps ascending
   * @param values one for each step; NaN is a gap
   */
  static int[] kept(double[] steps, double[] values, StepAxis axis, int columns) {
    int[] kept = new int[Math.min(steps.length, 4 * columns + 4)];
    int count = 0;
    for (int start = 0; start < steps.length; ) {
      int column = column(steps[start], axis, columns);
      int end = start + 1;
      while (end < steps.length && column(steps[end], axis, columns) == column) {
        end++;
      }
      count = keep(values, start, end, kept, count);
      start = end;
    }
    return Arrays.copyOf(kept, count);
  }

  /** The values at some places. */
  static double[] at(double[] values, int[] places) {
    return Arrays.stream(places).mapToDouble(place -> values[place]).toArray();
  }

  private static int column(double step, StepAxis axis, int columns) {
    return (int) Math.clamp(axis.position(step) * columns, 0, columns);
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
