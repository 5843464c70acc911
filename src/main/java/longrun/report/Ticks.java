package longrun.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where an axis has its numbers, and how they are written. */
public final class Ticks {
  /** Decades between which one, two and five times a power of ten have room. */
  private static final double DECADES_WITH_MORE = 2.2;

  /** More decades than this are labelled every second, third, … */
  private static final int MOST_DECADES = 8;

  private Ticks() {}

  /**
   * A place on an axis.
   *
   * @param label as short as it can be
   */
  public record Tick(double value, String label) {}

  /** About so many round numbers between two values. */
  static List<Tick> linear(double low, double high, int about) {
    double rough = (high - low) / about;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double factor = rough / power;
    double distance = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    List<Tick> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / distance); i * distance <= high; i++) {
      ticks.add(new Tick(i * distance, label(i * distance)));
    }
    return ticks;
  }

  /** The powers of ten between two values; their multiples by two and five where these are few. */
  public static List<Tick> logarithmic(double low, double high) {
    double decades = Math.log10(high / low);
    boolean more = decades < DECADES_WITH_MORE;
    int every = (int) Math.ceil(decades / MOST_DECADES);
    List<Tick> ticks = new ArrayList<>();
    for (int e = (int) Math.floor(Math.log10(low)); e <= Math.log10(high); e++) {
      if (Math.floorMod(e, every) != 0) {
        continue;
      }
      for (int factor : more ? new int[] {1, 2, 5} : new int[] {1}) {
        double value = factor * Math.pow(10, e);
        if (value >= low && value <= high) {
          ticks.add(new Tick(value, label(value)));
        }
      }
    }
    return ticks;
  }

  /** {@code 10,000}, {@code 0.25}, {@code 1E-5}. */
  static String label(double value) {
    double size = Math.abs(value);
    if (size != 0 && (size < 0.99e-3 || size >= 1e9)) {
      int exponent = (int) Math.floor(Math.log10(size) + 1e-9);
      return Math.round(value / Math.pow(10, exponent)) + "E" + exponent;
    }
    if (size >= 100 || size == Math.rint(size)) {
      return Numbers.count(Math.round(value));
    }
    return Numbers.setting(value).toUpperCase(Locale.ROOT);
  }
}
