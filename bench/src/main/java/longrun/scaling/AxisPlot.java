package longrun.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import longrun.report.Svg;

/**
 * Draws an axis of a result: a file that shows the same in every browser and embedded in any page.
 */
final class AxisPlot {
  /**
   * Okabe and Ito's colours, on white whatever the page's: four are the most series that an axis
   * has.
   */
  private static final String CSS =
      """
      text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#3c4043}
      .head{font-size:18px;font-weight:650;fill:#1c1f22}
      .start{text-anchor:start}.middle{text-anchor:middle}.end{text-anchor:end}
      .paper{fill:#fff}
      path{fill:none;stroke-linejoin:round}
      .grid{stroke:#e2e5e8}.axis{stroke:#8c9297}
      .k0{color:#0072b2}.k1{color:#d55e00}.k2{color:#009e73}.k3{color:#b04a86}.k4{color:#4a4f54}
      .measured path{stroke:currentColor;stroke-width:2.2}
      .predicted path{stroke:currentColor;stroke-width:1.8;stroke-dasharray:6 8}
      .predicted.k1 path{stroke-dashoffset:7}
      .spread path{stroke:currentColor;stroke-width:1.4}
      .dot{fill:currentColor}
      .ring{fill:#fff;stroke:currentColor;stroke-width:1.6}
      .cross{stroke:currentColor;stroke-width:2}
      """;

  private static final double HEAD = 28;
  private static final double LINE_PIXELS = 19;
  private static final double MARGIN = 8;

  private static final double LEGEND_ROW = 24;
  private static final double SWATCH_PIXELS = 34;
  private static final double MARK_PIXELS = 10;
  private static final double LETTER_PIXELS = 7;
  private static final double LEGEND_GAP = 22;

  private static final double PLOT_HEIGHT = 330;
  private static final double HALF_PLOT_HEIGHT = 235;

  private final ScalingResult result;
  private final Axis axis;
  private final Map<String, List<Point>> series = new LinkedHashMap<>();

  private AxisPlot(ScalingResult result, Axis axis) {
    this.result = result;
    this.axis = axis;
    for (Point point : result.points(axis)) {
      series.computeIfAbsent(point.series(), _ -> new ArrayList<>()).add(point);
    }
  }

  /** The drawing of an axis that has points; empty if there is nothing to draw. */
  static Optional<String> of(ScalingResult result, Axis axis) {
    return new AxisPlot(result, axis).drawing();
  }

  /** An entry of the legend. */
  private record Entry(String group, String color, String mark, String label) {
    /** A mark without a line needs less room. */
    double swatch() {
      return group.isEmpty() || group.equals("spread") ? MARK_PIXELS : SWATCH_PIXELS;
    }

    double width() {
      return swatch() + 8 + label.length() * LETTER_PIXELS + LEGEND_GAP;
    }
  }

  private Optional<String> drawing() {
    List<Panel> panels = panels().stream().filter(AxisPlot::hasNumbers).toList();
    if (panels.isEmpty()) {
      return Optional.empty();
    }
    PlotTexts texts = new PlotTexts(result, axis);
    List<String> subtitle = texts.subtitle();
    List<String> notes = new ArrayList<>();
    notes.addAll(texts.ratios(lines(false)));
    notes.addAll(texts.remarks());
    List<List<Entry>> legend = rows(seriesEntries(), styleEntries());
    double plotHeight = panels.size() == 1 ? PLOT_HEIGHT : HALF_PLOT_HEIGHT;
    double panelHeight = Panel.ABOVE + plotHeight + Panel.BELOW;
    double height =
        HEAD
            + LINE_PIXELS * subtitle.size()
            + LEGEND_ROW * legend.size()
            + MARGIN
            + panelHeight * panels.size()
            + LINE_PIXELS * notes.size()
            + MARGIN;
    String title = "Time of a training step over " + axis.words();
    Svg svg = new Svg(height, title);
    svg.rect("paper", "", 0, 0, Svg.WIDTH, height);
    svg.text("head", MARGIN, HEAD - 6, title);
    double y = HEAD;
    for (String line : subtitle) {
      y += LINE_PIXELS;
      svg.text("start", MARGIN, y - 4, line);
    }
    for (List<Entry> row : legend) {
      drawRow(svg, row, y + LEGEND_ROW / 2 + 2);
      y += LEGEND_ROW;
    }
    y += MARGIN;
    for (Panel panel : panels) {
      panel.draw(svg, y, plotHeight);
      y += panelHeight;
    }
    for (String note : notes) {
      y += LINE_PIXELS;
      svg.text("start", MARGIN, y - 4, note);
    }
    return Optional.of(svg.standalone(CSS));
  }

  private static boolean hasNumbers(Panel panel) {
    return panel.lines().stream()
        .flatMap(line -> line.marks().stream())
        .anyMatch(mark -> mark.numbers().findAny().isPresent());
  }

  private List<Panel> panels() {
    Panel together =
        new Panel(
            axis == Axis.SLOTS
                ? "ms per step of all runs together (log scale)"
                : "ms per step (log scale)",
            axis.unit(),
            lines(false));
    Panel perRun = new Panel("ms per step and run (log scale)", axis.unit(), lines(true));
    return switch (axis) {
      case SLOTS -> List.of(together, perRun);
      case THREADS -> List.of(perRun);
      case D_MODEL, MODULUS, SEQUENCE -> List.of(together);
    };
  }

  private List<PlotLine> lines(boolean perRun) {
    List<PlotLine> lines = new ArrayList<>();
    series.forEach(
        (label, points) ->
            lines.add(PlotLine.of(label, "k" + lines.size(), points, result, perRun)));
    return lines;
  }

  private List<Entry> seriesEntries() {
    List<Entry> entries = new ArrayList<>();
    series.forEach(
        (label, _) -> entries.add(new Entry("measured", "k" + entries.size(), "dot", label)));
    return entries;
  }

  private List<Entry> styleEntries() {
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry("spread", "k4", "dot", "median and quartiles, measured"));
    if (anyPoint(point -> result.nanosPerStep(point).isPresent() && !result.settled(point))) {
      entries.add(new Entry("", "k4", "ring", "not yet steady when measured"));
    }
    if (anyPoint(point -> point.prediction().isPresent())) {
      entries.add(new Entry("predicted", "k4", "", "predicted"));
    }
    if (anyPoint(point -> point.prediction().isPresent() && result.nanosPerStep(point).isEmpty())) {
      entries.add(new Entry("", "k4", "cross", "not measured"));
    }
    return entries;
  }

  private boolean anyPoint(Predicate<Point> predicate) {
    return result.points(axis).stream().anyMatch(predicate);
  }

  /** All in one row if there is room, else styles below series. */
  private static List<List<Entry>> rows(List<Entry> series, List<Entry> styles) {
    List<Entry> all = new ArrayList<>(series);
    all.addAll(styles);
    List<List<Entry>> rows = rows(all);
    if (rows.size() > 1) {
      rows = rows(series);
      rows.addAll(rows(styles));
    }
    return rows;
  }

  private static List<List<Entry>> rows(List<Entry> entries) {
    List<List<Entry>> rows = new ArrayList<>();
    double free = 0;
    for (Entry entry : entries) {
      if (free < entry.width()) {
        rows.add(new ArrayList<>());
        free = Svg.WIDTH - 2 * MARGIN + LEGEND_GAP;
      }
      rows.getLast().add(entry);
      free -= entry.width();
    }
    return rows;
  }

  private static void drawRow(Svg svg, List<Entry> row, double y) {
    double x = MARGIN;
    for (Entry entry : row) {
      double middle = x + entry.swatch() / 2;
      if (entry.group().equals("spread")) {
        svg.open("spread " + entry.color());
        svg.line("bar", middle, y - 8, middle, y + 8);
        svg.line("bar", middle - 4, y - 8, middle + 4, y - 8);
        svg.line("bar", middle - 4, y + 8, middle + 4, y + 8);
        svg.close();
      } else if (!entry.group().isEmpty()) {
        svg.open(entry.group() + " " + entry.color());
        svg.line("", x, y, x + entry.swatch(), y);
        svg.close();
      }
      if (!entry.mark().isEmpty()) {
        svg.mark(
            entry.mark(), entry.color(), middle, y, entry.mark().equals("cross") ? 5 : 3.6, "");
      }
      svg.text("start", x + entry.swatch() + 8, y + 4.5, entry.label());
      x += entry.width();
    }
  }
}
