package longrun.report;

import java.awt.Color;
import java.util.Locale;

/**
 * The colours of the charts. The curves' are Okabe and Ito's, which people with any of the common
 * colour vision deficiencies tell apart (Okabe &amp; Ito 2008, Color Universal Design); their
 * lightness differs too. In the page each is a CSS variable, so that the dark scheme can use
 * lighter ones.
 */
enum Ink {
  TRAIN(new Color(0, 114, 178), "#56b4e9"),
  VALIDATION(new Color(213, 94, 0), "#f0a23b"),
  WEIGHT_NORM(new Color(0, 128, 96), "#2fc79a"),
  LEARNING_RATE(new Color(150, 70, 120), "#dd92bd"),
  TEXT(new Color(60, 64, 67), "#c4c8cc"),
  AXIS(new Color(140, 146, 151), "#7c8388"),
  GRID(new Color(226, 229, 232), "#34383c");

  private final Color light;
  private final String dark;

  Ink(Color light, String dark) {
    this.light = light;
    this.dark = dark;
  }

  /** The colour to draw with; unique to this ink, so that it can be found again in the SVG. */
  Color color() {
    return light;
  }

  /** What {@code color()} is written as by VectorGraphics2D. */
  String svgColor() {
    return "rgb(" + light.getRed() + "," + light.getGreen() + "," + light.getBlue() + ")";
  }

  String cssName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String cssReference() {
    return "var(--" + cssName() + ")";
  }

  static String lightVariables() {
    StringBuilder css = new StringBuilder();
    for (Ink ink : values()) {
      css.append("--").append(ink.cssName()).append(':').append(ink.svgColor()).append(';');
    }
    return css.toString();
  }

  static String darkVariables() {
    StringBuilder css = new StringBuilder();
    for (Ink ink : values()) {
      css.append("--").append(ink.cssName()).append(':').append(ink.dark).append(';');
    }
    return css.toString();
  }
}
