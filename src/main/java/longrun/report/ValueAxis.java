package longrun.report;

import java.util.List;

/**
 * The values a chart spans.
 *
 * @param logarithmic whether equal distances are equal ratios
 * @param low the lower end; positive where logarithmic
 * @param high the upper end, above {@code low}
 */
public record ValueAxis(boolean logarithmic, double low, double high) {
  /** More decades than this leave no room for their labels. */
  private static final int MAXIMUM_DECADES = 15;

  /** Losses above ten to this power, or below its inverse, are outside. */
  private static final int LARGEST_EXPONENT = 300;

  /** Room above and below the curves, as a share of the axis. */
  private static final double MARGIN = 0.04;

  /** From 0 to 1, with a little room. */
  static ValueAxis shares() {
    return new ValueAxis(false, -MARGIN, 1 + MARGIN);
  }

  /** The values of the curves on a linear scale; none of them is beyond 1e9 or so. */
  static ValueAxis linear(List<Curve> curves) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Curve curve : curves) {
      for (double value : curve.values()) {
        if (Double.isFinite(value)) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    }
    if (low > high) {
      return shares();
    }
    double span = high - low;
    // A value that hardly moves is drawn as such, not blown up into noise.
    double room = Math.max(MARGIN * span, 0.02 * Math.max(Math.abs(low), Math.abs(high)));
    room = room == 0 ? 1 : room;
    return new ValueAxis(false, low - room, high + room);
  }

  /** Whole decades around the positive values of the curves; at most the upper fifteen. */
  static ValueAxis logarithmic(List<Curve> curves) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (Curve curve : curves) {
      for (double value : curve.values()) {
        if (Double.isFinite(value) && value > 0) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    }
    if (high == 0) {
      low = 1;
      high = 1;
    }
    double top = Math.clamp(Math.ceil(Math.log10(high)), -LARGEST_EXPONENT, LARGEST_EXPONENT);
    double bottom = Math.max(Math.floor(Math.log10(low)), top - MAXIMUM_DECADES);
    bottom = Math.min(bottom, top - 1);
    double margin = 0.02 * (top - bottom);
    return new ValueAxis(true, Math.pow(10, bottom - margin), Math.pow(10, top + margin));
  }

  /** Around positive values, on a logarithmic scale without whole decades. */
  public static ValueAxis around(double lowest, double highest) {
    double middle = (Math.log10(lowest) + Math.log10(highest)) / 2;
    double half = Math.max((Math.log10(highest) - Math.log10(lowest)) * 0.55, 0.35);
    return new ValueAxis(true, Math.pow(10, middle - half), Math.pow(10, middle + half));
  }

  /** Where a value lies, from 0 at the lower end to 1 at the upper. */
  public double position(double value) {
    return logarithmic
        ? Math.log10(value / low) / Math.log10(high / low)
        : (value - low) / (high - low);
  }

  boolean shows(double value) {
    return value >= low && value <= high;
  }
}
