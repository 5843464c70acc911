package longrun.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** How numbers are written for people: the same everywhere, whatever the machine's language. */
public final class Numbers {
  /** Stands where there is no number. */
  public static final String NONE = "–";

  private Numbers() {}

  /** {@code 1,350}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** {@code 1 step}, {@code 1,350 steps}. */
  public static String counted(long value, String noun) {
    return count(value) + " " + noun + (value == 1 ? "" : "s");
  }

  /** A share of examples, cut off after four decimals: {@code 1.0000} is every one of them. */
  public static String accuracy(double value) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    BigDecimal exact = BigDecimal.valueOf(value);
    BigDecimal rounded = exact.setScale(4, RoundingMode.HALF_UP);
    boolean wouldLookPerfect = value < 1 && rounded.compareTo(BigDecimal.ONE) >= 0;
    return (wouldLookPerfect ? exact.setScale(4, RoundingMode.DOWN) : rounded).toPlainString();
  }

  /** Three significant digits: {@code 4.72}, {@code 2.31e-07}. */
  public static String quantity(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3g", value) : notFinite(value);
  }

  /** A ratio: {@code 1.25}, {@code 9.6}, {@code 130}. */
  public static String times(double value) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    int decimals = value < 1.95 ? 2 : value < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A rate: {@code 0.512}, {@code 38.4}, {@code 1,210}. */
  public static String rate(double value) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    int decimals = value < 9.995 ? 3 : value < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** As short as it can be and still the same number: {@code 0.001}, {@code 1}, {@code 1E-8}. */
  public static String plain(double value) {
    if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    BigDecimal exact = BigDecimal.valueOf(value).stripTrailingZeros();
    return exact.scale() > 6 || exact.precision() - exact.scale() > 9
        ? exact.toString()
        : exact.toPlainString();
  }

  /** {@link #plain} to four significant digits. */
  public static String setting(double value) {
    return Double.isFinite(value)
        ? plain(new BigDecimal(value).round(new MathContext(4)).doubleValue())
        : notFinite(value);
  }

  /** {@code 30%}, {@code 12.5%}: a share as it was configured. */
  public static String shortPercent(double share) {
    return plain(BigDecimal.valueOf(share).movePointRight(2).doubleValue()) + "%";
  }

  /** {@code 12.3%}. */
  public static String percent(double share) {
    return Double.isFinite(share)
        ? String.format(Locale.ROOT, "%.1f%%", 100 * share)
        : notFinite(share);
  }

  /** {@code 47.3 s}, {@code 12 min 05 s}, {@code 3 h 12 min}. */
  public static String duration(double seconds) {
    if (!Double.isFinite(seconds) || seconds < 0) {
      return notFinite(seconds);
    }
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, seconds < 9.995 ? "%.2f s" : "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }
    long minutes = Math.round(seconds / 60);
    return String.format(Locale.ROOT, "%,d h %02d min", minutes / 60, minutes % 60);
  }

  private static String notFinite(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    return Double.isInfinite(value) ? (value > 0 ? "∞" : "−∞") : NONE;
  }
}
