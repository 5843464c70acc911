package longrun.cli;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Numbers as people read them. */
final class Texts {
  private static final int PER_MILLE = 1000;

  private Texts() {}

  /** {@code 1,350}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** {@code 1 step}, {@code 1,350 steps}. */
  static String steps(long steps) {
    return count(steps) + (steps == 1 ? " step" : " steps");
  }

  /** A share as {@code 23.2%}, rounded, except that only a perfect score reads 100%. */
  static String percent(double share) {
    if (Double.isNaN(share)) {
      return "-";
    }
    long rounded = Math.round(share * PER_MILLE);
    double perMille = share < 1 ? Math.min(rounded, PER_MILLE - 1) : rounded;
    return String.format(Locale.ROOT, "%.1f%%", perMille / 10);
  }

  /** A loss as {@code 5.61} or {@code 1.2e-04}. */
  static String loss(double loss) {
    if (Double.isNaN(loss)) {
      return "-";
    }
    double size = Math.abs(loss);
    return String.format(
        Locale.ROOT, size != 0 && (size < 0.01 || size >= 1000) ? "%.1e" : "%.2f", loss);
  }

  /** {@code 87/s} or {@code 3.2/s}. */
  static String rate(double perSecond) {
    return String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
  }

  /** {@code 41 s}, {@code 6 min 38 s}, {@code 3 h 5 min}. */
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    return whole / 3600 + " h " + whole % 3600 / 60 + " min";
  }

  /** On one line, without anything that a terminal would obey. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(
            character ->
                printable.appendCodePoint(
                    character == '\n' || character == '\t'
                        ? ' '
                        : Character.isISOControl(character) ? '?' : character));
    return printable.toString();
  }

  /** JSON for a stream; where that is not UTF-8, it is written with ASCII alone. */
  static String json(String json, Charset charset) {
    if (charset.equals(StandardCharsets.UTF_8)) {
      return json;
    }
    StringBuilder escaped = new StringBuilder();
    for (char c : json.toCharArray()) {
      // Beyond ASCII, JSON has only the characters of texts.
      escaped.append(c < 0x80 ? Character.toString(c) : String.format("\\u%04x", (int) c));
    }
    return escaped.toString();
  }

  /** A word as a POSIX shell has to be given it. */
  static String shellWord(String word) {
    return word.matches("[A-Za-z0-9_./:=+,@%-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
