package longrun.report;

import java.util.Locale;

/**
 * The colours of an axis' values, as CSS classes {@code k0}, {@code k1}, … that set {@code color}.
 * Values in order of size go along viridis (van der Walt and Smith, 2015), which is even to the eye
 * and told apart with any of the common colour vision deficiencies; a few values without order have
 * Okabe and Ito's colours (see {@link Ink}). One value alone has the colour of validation.
 */
final class Palette {
  /** Viridis at nine equal distances. */
  private static final int[] VIRIDIS = {
    0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725
  };

  private static final int[] LIGHT = {
    0x0072B2, 0xD55E00, 0x009E73, 0xB04A86, 0x56B4E9, 0xC78500, 0x4A4F54
  };
  private static final int[] DARK = {
    0x56B4E9, 0xF08A3C, 0x2FC79A, 0xE39CC4, 0x3C8FD0, 0xF5C542, 0xC4C8CC
  };

  /** On paper, the bright end would hardly be seen; on black, the dark one. */
  private static final double BRIGHTEST_ON_LIGHT = 0.8;

  private static final double DARKEST_ON_DARK = 0.36;

  private Palette() {}

  /** The rules for so many values, for both colour schemes. */
  static String css(int values, boolean ordered) {
    if (values == 1) {
      return ".k0{color:" + Ink.VALIDATION.cssReference() + "}\n";
    }
    StringBuilder light = new StringBuilder();
    StringBuilder dark = new StringBuilder();
    for (int rank = 0; rank < values; rank++) {
      light.append(rule(rank, onLight(rank, values, ordered)));
      dark.append(rule(rank, onDark(rank, values, ordered)));
    }
    return light + "\n@media (prefers-color-scheme:dark){" + dark + "}\n";
  }

  private static String rule(int rank, int color) {
    return ".k" + rank + "{color:" + hex(color) + "}";
  }

  private static int onLight(int rank, int values, boolean ordered) {
    return isListed(values, ordered)
        ? LIGHT[rank]
        : viridis(BRIGHTEST_ON_LIGHT * share(rank, values));
  }

  private static int onDark(int rank, int values, boolean ordered) {
    return isListed(values, ordered)
        ? DARK[rank]
        : viridis(DARKEST_ON_DARK + (1 - DARKEST_ON_DARK) * share(rank, values));
  }

  private static boolean isListed(int values, boolean ordered) {
    return !ordered && values <= LIGHT.length;
  }

  private static double share(int rank, int values) {
    return (double) rank / (values - 1);
  }

  /** The colour at a place from 0 (dark) to 1 (bright), as 0xRRGGBB. */
  static int viridis(double place) {
    double scaled = Math.clamp(place, 0, 1) * (VIRIDIS.length - 1);
    int below = (int) Math.min(scaled, VIRIDIS.length - 2);
    double rest = scaled - below;
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = VIRIDIS[below] >> shift & 0xFF;
      int to = VIRIDIS[below + 1] >> shift & 0xFF;
      color |= (int) Math.round(from + rest * (to - from)) << shift;
    }
    return color;
  }

  /** {@code #21918c}. */
  static String hex(int color) {
    return String.format(Locale.ROOT, "#%06x", color);
  }

  /** Black or white, whichever is easier to read on a colour (WCAG 2 relative luminance). */
  static String textOn(int color) {
    double luminance =
        0.2126 * linear(color >> 16 & 0xFF)
            + 0.7152 * linear(color >> 8 & 0xFF)
            + 0.0722 * linear(color & 0xFF);
    return (luminance + 0.05) * (luminance + 0.05) > 1.05 * 0.05 ? "#000" : "#fff";
  }

  private static double linear(int channel) {
    double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }
}
