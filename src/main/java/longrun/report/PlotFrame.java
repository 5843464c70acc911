package longrun.report;

import java.util.List;
import java.util.stream.DoubleStream;
import longrun.report.Ticks.Tick;

/**
 * The frame of a plot: where its values lie on the drawing, the grid, and the numbers beside it.
 * Step axes of a page stand below each other.
 *
 * @param top of the plot, in pixels of the drawing
 * @param bottom of the plot
 */
record PlotFrame(StepAxis steps, ValueAxis values, double top, double bottom) {
  static final double LEFT = 66;
  static final double RIGHT = Svg.WIDTH - 10;

  private static final double HEIGHT = 300;
  private static final double TOP = 10;

  /** Pixels under a plot for the numbers of the steps and what they are. */
  private static final double UNDER = 54;

  /** A frame of the usual height. */
  static PlotFrame of(StepAxis steps, ValueAxis values) {
    return new PlotFrame(steps, values, TOP, TOP + HEIGHT);
  }

  /** Of the drawing with this frame alone. */
  double drawingHeight() {
    return bottom + UNDER;
  }

  double x(double step) {
    return LEFT + steps.position(step) * (RIGHT - LEFT);
  }

  double y(double value) {
    return bottom - values.position(value) * (bottom - top);
  }

  double[] x(double[] all) {
    return DoubleStream.of(all).map(this::x).toArray();
  }

  /** NaN where a value is none, or outside. */
  double[] y(double[] all) {
    return DoubleStream.of(all).map(value -> values.shows(value) ? y(value) : Double.NaN).toArray();
  }

  /** Grid lines and numbers of both axes. */
  void draw(Svg svg) {
    drawValues(svg, values, LEFT, top, bottom);
    List<Tick> ticks =
        steps.logarithmic()
            ? Ticks.logarithmic(steps.low(), steps.high())
            : Ticks.linear(Math.max(0, steps.low()), steps.high(), 6);
    for (Tick tick : ticks) {
      svg.line("grid", x(tick.value()), top, x(tick.value()), bottom);
      svg.text("middle", x(tick.value()), bottom + 20, tick.label());
    }
    svg.line("axis", LEFT, bottom, RIGHT, bottom);
    svg.text(
        "middle title",
        (LEFT + RIGHT) / 2,
        bottom + 46,
        steps.logarithmic() ? "step (log scale)" : "step");
  }

  /** Grid lines and numbers of the values alone. */
  static void drawValues(Svg svg, ValueAxis values, double left, double top, double bottom) {
    List<Tick> ticks =
        values.logarithmic()
            ? Ticks.logarithmic(values.low(), values.high())
            : Ticks.linear(values.low(), values.high(), 6);
    for (Tick tick : ticks) {
      double y = bottom - values.position(tick.value()) * (bottom - top);
      svg.line("grid", left, y, RIGHT, y);
      svg.text("end", left - 8, y + 4, tick.label());
    }
  }
}
