package longrun.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws a chart with XChart. Text becomes outlines, so that it looks the same in every browser; it
 * needs AWT's fonts, but no display. The legend is the page's, not the chart's.
 */
final class XChartPainter implements Chart.Painter {
  private static final int WIDTH_PIXELS = 800;
  private static final int PLOT_HEIGHT_PIXELS = 290;

  /**
   * Room for the values beside the plot, so that the step axes of a page stand below each other.
   */
  private static final int LEFT_PIXELS = 58;

  /** Curves of at most this many points show them as dots. */
  private static final int DOTTED_POINTS = 25;

  private static final BasicStroke GRID_STROKE = new BasicStroke(1f);

  @Override
  public String paint(Chart chart) {
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    int labelPixels = MomentMarker.heightPixels(chart.moments().size());
    XYChart drawing = new XYChart(WIDTH_PIXELS, PLOT_HEIGHT_PIXELS + labelPixels);
    style(drawing, chart, labelPixels);
    addGrid(drawing, chart);
    alignLeft(drawing, chart);
    for (Curve curve : chart.curves()) {
      if (curve.hasFiniteValues()) {
        addCurve(drawing, curve);
      }
    }
    drawing.addAnnotation(
        new MomentMarker(chart.moments(), new Font(Font.SANS_SERIF, Font.BOLD, 12)));
    return SvgTidy.tidy(svg(drawing), chart.description());
  }

  private static String svg(XYChart drawing) {
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    try {
      VectorGraphicsEncoder.saveVectorGraphic(drawing, svg, VectorGraphicsFormat.SVG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return svg.toString(StandardCharsets.UTF_8);
  }

  /**
   * Puts the left end of the step axis where the other charts have theirs. XChart only guesses how
   * wide the labels beside it will be, so draw once without the curves to see. It would put its
   * ticks at the values drawn if these were equally spaced, hence the third of them.
   */
  private static void alignLeft(XYChart drawing, Chart chart) {
    double step = chart.steps().low();
    double low = chart.values().low();
    double high = chart.values().high();
    double between = low + 0.3 * (high - low);
    drawing.addSeries("sizing", new double[] {step, step, step}, new double[] {low, between, high});
    svg(drawing);
    int hint = (int) Math.round(2 * LEFT_PIXELS - drawing.getYAxisLeftWidth());
    drawing.getStyler().setYAxisLeftWidthHint(Math.max(1, hint));
    drawing.removeSeries("sizing");
  }

  private static void style(XYChart drawing, Chart chart, int labelPixels) {
    Color clear = new Color(255, 255, 255, 0);
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    drawing.setTitle(" "); // Holds the room above the plot for the labels of the moments.
    drawing.setXAxisTitle(chart.steps().logarithmic() ? "step (log scale)" : "step");
    XYStyler styler = drawing.getStyler();
    styler.setLocale(Locale.ROOT);
    styler.setChartTitleBoxVisible(false).setChartTitlePadding(labelPixels / 2);
    styler.setChartBackgroundColor(clear).setPlotBackgroundColor(clear);
    styler.setPlotBorderVisible(false).setLegendVisible(false).setChartPadding(4);
    styler.setPlotContentSize(1.0);
    styler.setChartFontColor(Ink.TEXT.color());
    styler.setXAxisTitleColor(Ink.TEXT.color());
    styler.setAxisTitleFont(font).setAxisTickLabelsFont(font).setPlotMargin(0);
    styler.setAxisTickLabelsColor(Ink.TEXT.color()).setAxisTickMarksColor(Ink.AXIS.color());
    styler.setXAxisTickLabelsColor(Ink.TEXT.color()).setYAxisTickLabelsColor(Ink.TEXT.color());
    // Grid lines stand for ticks beside the plot; nine ticks a decade would be a smear there.
    styler.setXAxisTickMarksColor(Ink.AXIS.color()).setYAxisTickMarksColor(clear);
    styler.setAxisTickMarksStroke(new BasicStroke(1f)).setAxisTickMarkLength(5);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setPlotGridHorizontalLinesVisible(!chart.values().logarithmic());
    styler.setPlotGridLinesColor(Ink.GRID.color()).setPlotGridLinesStroke(GRID_STROKE);
    styler.setYAxisLabelAlignment(XYStyler.TextAlignment.Right).setYAxisLeftWidthHint(LEFT_PIXELS);
    styler.setXAxisLogarithmic(chart.steps().logarithmic()).setXAxisLogarithmicDecadeOnly(true);
    styler.setYAxisLogarithmic(chart.values().logarithmic()).setYAxisLogarithmicDecadeOnly(true);
    styler.setXAxisMin(chart.steps().low()).setXAxisMax(chart.steps().high());
    styler.setYAxisMin(chart.values().low()).setYAxisMax(chart.values().high());
    if (!chart.values().logarithmic()) {
      styler.setYAxisDecimalPattern("#,##0.########");
    }
    styler.setXAxisDecimalPattern("#,##0.##").setXAxisTickMarkSpacingHint(90);
    styler.setYAxisTickMarkSpacingHint(45).setMarkerSize(5);
  }

  /** Lines at the decades: XChart's own would run through every tenth of them too. */
  private static void addGrid(XYChart drawing, Chart chart) {
    if (chart.steps().logarithmic()) {
      double low = chart.values().low();
      double high = chart.values().high();
      for (int e = decadeAbove(chart.steps().low()); Math.pow(10, e) <= chart.steps().high(); e++) {
        double step = Math.pow(10, e);
        addGridLine(drawing, "steps " + e, new double[] {step, step}, new double[] {low, high});
      }
    }
    if (chart.values().logarithmic()) {
      double low = chart.steps().low();
      double high = chart.steps().high();
      for (int e = decadeAbove(chart.values().low());
          Math.pow(10, e) <= chart.values().high();
          e++) {
        double value = Math.pow(10, e);
        addGridLine(drawing, "values " + e, new double[] {low, high}, new double[] {value, value});
      }
    }
  }

  private static int decadeAbove(double value) {
    return (int) Math.ceil(Math.log10(value));
  }

  private static void addGridLine(XYChart drawing, String name, double[] x, double[] y) {
    XYSeries series = drawing.addSeries("grid " + name, x, y);
    series.setLineColor(Ink.GRID.color()).setLineStyle(GRID_STROKE);
    series.setMarker(SeriesMarkers.NONE);
  }

  private static void addCurve(XYChart drawing, Curve curve) {
    XYSeries series = drawing.addSeries("curve " + curve.label(), curve.steps(), curve.values());
    series.setLineStyle(SeriesLines.SOLID).setLineColor(curve.ink().color()).setLineWidth(2f);
    series.setMarkerColor(curve.ink().color());
    series.setMarker(curve.size() <= DOTTED_POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
  }
}
