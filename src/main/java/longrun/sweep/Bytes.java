package longrun.sweep;

import java.util.Locale;

/** Sizes as people read them. */
public final class Bytes {
  private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};

  private Bytes() {}

  /** {@code 12.3 MB}: decimal units, as disks and {@code longrun plan} have them. */
  public static String text(double bytes) {
    double value = bytes / 1e3;
    int unit = 0;
    while (value >= 999.95 && unit < UNITS.length - 1) {
      value /= 1e3;
      unit++;
    }
    return String.format(Locale.ROOT, "%,.1f %s", value, UNITS[unit]);
  }
}
