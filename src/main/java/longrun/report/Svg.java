package longrun.report;

import static longrun.report.Html.escape;

/**
 * Writes a drawing as an {@code <svg>} element. Lines and colours are the page's style sheet's, by
 * class; text is text, in the reader's font. Coordinates are pixels at the width {@link #WIDTH},
 * written to a tenth. Benchmarks outside of this program draw with it, too.
 */
public final class Svg {
  /** Of every drawing; the page scales it. */
  public static final double WIDTH = 800;

  private final StringBuilder body = new StringBuilder(1 << 14);
  private final double height;
  private final String description;

  /**
   * @param description what it shows, for people who cannot see it
   */
  public Svg(double height, String description) {
    this.height = height;
    this.description = description;
  }

  /** Begins a group; what follows is in it until it is closed. */
  public void open(String classes) {
    body.append("<g class=\"").append(classes).append("\">");
  }

  /** Begins a group with a style of its own. */
  public void open(String classes, String style) {
    body.append("<g class=\"").append(classes).append("\" style=\"").append(style).append("\">");
  }

  /** Ends the group that was begun last. */
  public void close() {
    body.append("</g>\n");
  }

  /** A straight line. */
  public void line(String classes, double x1, double y1, double x2, double y2) {
    body.append("<path class=\"").append(classes).append("\" d=\"");
    body.append('M').append(number(x1)).append(' ').append(number(y1));
    body.append('L').append(number(x2)).append(' ').append(number(y2)).append("\"/>");
  }

  /** A rectangle from its upper left corner. */
  public void rect(String classes, String style, double x, double y, double width, double height) {
    body.append("<rect class=\"").append(classes).append('"');
    if (!style.isEmpty()) {
      body.append(" style=\"").append(style).append('"');
    }
    body.append(" x=\"").append(number(x)).append("\" y=\"").append(number(y));
    body.append("\" width=\"").append(number(width));
    body.append("\" height=\"").append(number(height)).append("\"/>");
  }

  /**
   * Text.
   *
   * @param classes {@code start}, {@code middle} or {@code end} among them says which part of it
   *     stands at x
   */
  public void text(String classes, double x, double y, String text) {
    body.append("<text class=\"").append(classes).append("\" x=\"").append(number(x));
    body.append("\" y=\"").append(number(y)).append("\">").append(escape(text)).append("</text>");
  }

  /** Text that rises to its end at (x, y). */
  void slanted(double x, double y, String text) {
    body.append("<text class=\"end\" transform=\"translate(").append(number(x)).append(' ');
    body.append(number(y)).append(")rotate(-35)\">").append(escape(text)).append("</text>");
  }

  /**
   * A dot; a hint that shows when it is pointed at.
   *
   * @param mark {@code dot}, {@code ring} or {@code cross}
   */
  public void mark(String mark, String color, double x, double y, double radius, String hint) {
    if (mark.equals("cross")) {
      body.append("<path class=\"cross ").append(color).append("\" d=\"M");
      body.append(number(x - radius)).append(' ').append(number(y - radius)).append('l');
      body.append(number(2 * radius)).append(' ').append(number(2 * radius)).append('m');
      body.append(number(-2 * radius)).append(" 0l").append(number(2 * radius)).append(' ');
      body.append(number(-2 * radius)).append('"');
      end("path", hint);
    } else {
      body.append("<circle class=\"").append(mark).append(' ').append(color).append("\" cx=\"");
      body.append(number(x)).append("\" cy=\"").append(number(y)).append("\" r=\"");
      body.append(number(radius)).append('"');
      end("circle", hint);
    }
  }

  private void end(String element, String hint) {
    if (hint.isEmpty()) {
      body.append("/>");
    } else {
      body.append("><title>").append(escape(hint)).append("</title></");
      body.append(element).append('>');
    }
  }

  /** A line through points; NaN is a gap. A point between two gaps becomes a dot. */
  public void curve(String classes, double[] x, double[] y) {
    StringBuilder path = new StringBuilder();
    boolean drawing = false;
    for (int i = 0; i < x.length; i++) {
      if (!Double.isFinite(y[i])) {
        drawing = false;
        continue;
      }
      if (!drawing) {
        path.append('M').append(number(x[i])).append(' ').append(number(y[i]));
        boolean alone = i + 1 == x.length || !Double.isFinite(y[i + 1]);
        path.append(alone ? "h0" : "");
      } else {
        relative(path, x[i - 1], y[i - 1], x[i], y[i]);
      }
      drawing = true;
    }
    if (!path.isEmpty()) {
      body.append("<path");
      if (!classes.isEmpty()) {
        body.append(" class=\"").append(classes).append('"');
      }
      body.append(" d=\"").append(path).append("\"/>\n");
    }
  }

  /** From rounded to rounded point, so that errors do not add up. */
  private static void relative(
      StringBuilder path, double fromX, double fromY, double toX, double toY) {
    path.append('l').append(tenths(Math.round(toX * 10) - Math.round(fromX * 10)));
    long down = Math.round(toY * 10) - Math.round(fromY * 10);
    path.append(down < 0 ? "" : " ").append(tenths(down));
  }

  /** The area between two lines, where both have values. */
  public void area(String classes, double[] x, double[] low, double[] high) {
    for (int start = 0; start < x.length; ) {
      int end = start;
      while (end < x.length && Double.isFinite(low[end]) && Double.isFinite(high[end])) {
        end++;
      }
      if (end - start > 1) {
        body.append("<path class=\"").append(classes).append("\" d=\"M");
        body.append(number(x[start])).append(' ').append(number(high[start]));
        for (int i = start + 1; i < end; i++) {
          body.append('L').append(number(x[i])).append(' ').append(number(high[i]));
        }
        for (int i = end - 1; i >= start; i--) {
          body.append('L').append(number(x[i])).append(' ').append(number(low[i]));
        }
        body.append("Z\"/>\n");
      }
      start = Math.max(end, start + 1);
    }
  }

  @Override
  public String toString() {
    return element() + ">\n" + body + "</svg>";
  }

  /**
   * The drawing as a file of its own.
   *
   * @param css rules for the classes that it uses; without {@code <} and {@code &}
   */
  public String standalone(String css) {
    return element()
        + " width=\""
        + number(WIDTH)
        + "\" height=\""
        + number(height)
        + "\">\n<style>\n"
        + css
        + "</style>\n"
        + body
        + "</svg>\n";
  }

  private String element() {
    return "<svg viewBox=\"0 0 "
        + number(WIDTH)
        + " "
        + number(height)
        + "\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\""
        + escape(description)
        + "\"";
  }

  private static String number(double value) {
    return tenths(Math.round(value * 10));
  }

  private static String tenths(long tenths) {
    if (tenths % 10 == 0) {
      return Long.toString(tenths / 10);
    }
    String sign = tenths < 0 ? "-" : "";
    long size = Math.abs(tenths);
    return sign + (size < 10 ? "" : Long.toString(size / 10)) + "." + size % 10;
  }
}
