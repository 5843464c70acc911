package longrun.scaling;

import java.util.List;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import longrun.report.Numbers;
import longrun.report.Svg;
import longrun.report.Ticks;
import longrun.report.ValueAxis;

/**
 * Lines over one pair of logarithmic axes.
 *
 * @param title above it: what its values are, with their unit
 * @param unit of the axis below
 * @param lines with at least one number among them
 */
record Panel(String title, String unit, List<PlotLine> lines) {
  /** Of the drawing, above the plot and below it. */
  static final double ABOVE = 24;

  static final double BELOW = 50;

  private static final double LEFT = 62;
  private static final double RIGHT = Svg.WIDTH - 14;
  private static final double LETTER_PIXELS = 7.5;

  /** Between the numbers of an axis. */
  private static final double GAP_PIXELS = 10;

  private static final double DOT_PIXELS = 3.6;
  private static final double CROSS_PIXELS = 5;

  /** Half the width of what ends a bar. */
  private static final double SERIF_PIXELS = 4;

  Panel {
    lines = List.copyOf(lines);
  }

  /** Draws it, its title at the top. */
  void draw(Svg svg, double top, double height) {
    new Drawing(svg, top + ABOVE, top + ABOVE + height).draw();
  }

  private TreeSet<Integer> values() {
    TreeSet<Integer> values = new TreeSet<>();
    lines.forEach(line -> line.marks().forEach(mark -> values.add(mark.value())));
    return values;
  }

  private final class Drawing {
    private final Svg svg;
    private final double top;
    private final double bottom;
    private final TreeSet<Integer> values = values();
    private final ValueAxis across = ValueAxis.around(values.first(), values.last());
    private final ValueAxis up;

    Drawing(Svg svg, double top, double bottom) {
      this.svg = svg;
      this.top = top;
      this.bottom = bottom;
      double[] numbers =
          lines.stream()
              .flatMap(line -> line.marks().stream())
              .flatMapToDouble(PlotLine.Mark::numbers)
              .sorted()
              .toArray();
      this.up = ValueAxis.around(numbers[0], numbers[numbers.length - 1]);
    }

    void draw() {
      svg.text("start", 8, top - 10, title);
      for (Ticks.Tick tick : Ticks.logarithmic(up.low(), up.high())) {
        svg.line("grid", LEFT, y(tick.value()), RIGHT, y(tick.value()));
        svg.text("end", LEFT - 8, y(tick.value()) + 4.5, tick.label());
      }
      double free = 0;
      for (int value : values) {
        String label = Numbers.count(value);
        double half = label.length() * LETTER_PIXELS / 2;
        svg.line("grid", x(value), top, x(value), bottom);
        if (x(value) - half >= free) {
          svg.text("middle", x(value), bottom + 19, label);
          free = x(value) + half + GAP_PIXELS;
        }
      }
      svg.line("axis", LEFT, bottom, RIGHT, bottom);
      svg.line("axis", LEFT, top, LEFT, bottom);
      svg.text("middle", (LEFT + RIGHT) / 2, bottom + 40, unit + " (log scale)");
      lines.forEach(this::drawPrediction);
      lines.forEach(this::drawMeasurement);
    }

    private void drawPrediction(PlotLine line) {
      svg.open("predicted " + line.color());
      curve(line, PlotLine.Mark::predicted);
      svg.close();
      for (PlotLine.Mark mark : line.marks()) {
        if (mark.skipped() && Double.isFinite(mark.predicted())) {
          svg.mark("cross", line.color(), x(mark.value()), y(mark.predicted()), CROSS_PIXELS, "");
        }
      }
    }

    private void drawMeasurement(PlotLine line) {
      svg.open("measured " + line.color());
      curve(line, PlotLine.Mark::median);
      svg.close();
      svg.open("spread " + line.color());
      line.marks().stream().filter(mark -> !mark.skipped()).forEach(this::bar);
      svg.close();
      for (PlotLine.Mark mark : line.marks()) {
        if (!mark.skipped()) {
          String kind = mark.settled() ? "dot" : "ring";
          svg.mark(kind, line.color(), x(mark.value()), y(mark.median()), DOT_PIXELS, "");
        }
      }
    }

    private void bar(PlotLine.Mark mark) {
      double x = x(mark.value());
      svg.line("bar", x, y(mark.lowerQuartile()), x, y(mark.upperQuartile()));
      for (double end : new double[] {mark.lowerQuartile(), mark.upperQuartile()}) {
        svg.line("bar", x - SERIF_PIXELS, y(end), x + SERIF_PIXELS, y(end));
      }
    }

    private void curve(PlotLine line, ToDoubleFunction<PlotLine.Mark> number) {
      svg.curve(
          "",
          line.marks().stream().mapToDouble(mark -> x(mark.value())).toArray(),
          line.marks().stream().mapToDouble(mark -> y(number.applyAsDouble(mark))).toArray());
    }

    private double x(double value) {
      return LEFT + across.position(value) * (RIGHT - LEFT);
    }

    /** NaN stays NaN. */
    private double y(double millis) {
      return bottom - up.position(millis) * (bottom - top);
    }
  }
}
