package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** How figures are written in documents. */
final class Figures {
  private static final double NANOS_PER_MILLISECOND = 1e6;
  private static final double MEGABYTE = 1e6;

  private Figures() {}

  /** Three significant digits, and never fewer than those before the point. */
  static String number(double value) {
    double size = Math.abs(value);
    int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  static String milliseconds(double nanos) {
    return number(nanos / NANOS_PER_MILLISECOND);
  }

  static String megabytes(double bytes) {
    return String.format(Locale.ROOT, "%,.0f MB", bytes / MEGABYTE);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f%%", 100 * share);
  }

  /** {@code "14.3 (13.9–16.0)"}: of an object with a median, in a unit of so many. */
  static String spread(JsonNode object, String low, String high, double unit) {
    return number(object.required("median").doubleValue() / unit)
        + " ("
        + number(object.required(low).doubleValue() / unit)
        + "–"
        + number(object.required(high).doubleValue() / unit)
        + ")";
  }
}
