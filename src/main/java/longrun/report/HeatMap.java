package longrun.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import longrun.report.SweepFigure.Legend;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;

/** The median step of grokking over two axes, a cell for each pair of values. */
final class HeatMap {
  /** Axes with more values would give cells that nobody can see. */
  static final int MOST_VALUES = 60;

  private static final double ROW_PIXELS = 26;
  private static final double THIN_ROW_PIXELS = 13;
  private static final int MOST_THICK_ROWS = 24;
  private static final double LETTER_PIXELS = 7.2;
  private static final double TOP = 8;
  private static final double SCALE_PIXELS = 240;
  private static final int SCALE_PARTS = 48;

  /** On the dark page the darkest cells still have to be seen. */
  private static final double DARKEST = 0.08;

  private final ShownAxis rows;
  private final ShownAxis columns;
  private final RunGroup[][] cells;
  private final double low;
  private final double high;
  private final double left;
  private final double cellWidth;
  private final double cellHeight;

  private HeatMap(SweepView view, ShownAxis rows, ShownAxis columns) {
    this.rows = rows;
    this.columns = columns;
    cells = cells(view, rows, columns);
    double lowest = Double.POSITIVE_INFINITY;
    double highest = 0;
    for (RunGroup[] row : cells) {
      for (RunGroup cell : row) {
        double median = cell.grokkedAt().median();
        if (Double.isFinite(median)) {
          lowest = Math.min(lowest, Math.max(1, median));
          highest = Math.max(highest, Math.max(1, median));
        }
      }
    }
    low = lowest;
    high = highest;
    left = Math.clamp(14 + LETTER_PIXELS * longest(rows), PlotFrame.LEFT, 170);
    cellWidth = (PlotFrame.RIGHT - left) / columns.size();
    cellHeight = rows.size() > MOST_THICK_ROWS ? THIN_ROW_PIXELS : ROW_PIXELS;
  }

  private static RunGroup[][] cells(SweepView view, ShownAxis rows, ShownAxis columns) {
    List<List<List<RunResult>>> runs = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      runs.add(new ArrayList<>());
      for (int column = 0; column < columns.size(); column++) {
        runs.get(row).add(new ArrayList<>());
      }
    }
    for (RunResult result : view.begun()) {
      runs.get(rows.rank(result.run())).get(columns.rank(result.run())).add(result);
    }
    RunGroup[][] cells = new RunGroup[rows.size()][columns.size()];
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < columns.size(); column++) {
        cells[row][column] = RunGroup.of(List.of(), runs.get(row).get(column));
      }
    }
    return cells;
  }

  /**
   * Over the two axes with most values that are no seeds; with one such axis, over it and the seed
   * with most values; else a reason why there is none.
   */
  static SweepFigure of(SweepView view) {
    String title = "Median grokked_at over two axes";
    if (view.begun().stream().noneMatch(RunResult::isFinal)) {
      return SweepFigure.empty(title, "No run has ended yet.");
    }
    Comparator<ShownAxis> bySize = Comparator.comparingInt(ShownAxis::size).reversed();
    List<ShownAxis> usable =
        view.axes().stream().filter(axis -> axis.size() <= MOST_VALUES).sorted(bySize).toList();
    List<ShownAxis> settings = usable.stream().filter(axis -> !axis.isSeed()).toList();
    Optional<ShownAxis> seed = usable.stream().filter(ShownAxis::isSeed).findFirst();
    if (settings.isEmpty()) {
      return SweepFigure.empty(title, "There is no heat map: " + whyNoSetting(view));
    }
    if (settings.size() == 1 && seed.isEmpty()) {
      return SweepFigure.empty(
          title,
          "There is no heat map: "
              + settings.getFirst().column()
              + " is the only axis with several values, up to "
              + MOST_VALUES
              + " of them.");
    }
    ShownAxis one = settings.getFirst();
    ShownAxis other = settings.size() > 1 ? settings.get(1) : seed.get();
    // The first written has the rows; a seed is none of the first.
    boolean asWritten = other.isSeed() || view.axes().indexOf(one) < view.axes().indexOf(other);
    HeatMap map = asWritten ? new HeatMap(view, one, other) : new HeatMap(view, other, one);
    return map.figure();
  }

  private static String whyNoSetting(SweepView view) {
    return view.axes().stream().anyMatch(axis -> !axis.isSeed())
        ? "every axis that is no seed has more than " + MOST_VALUES + " values."
        : "the runs differ in nothing but seeds.";
  }

  private SweepFigure figure() {
    String title =
        "Median grokked_at over "
            + rows.column()
            + " (rows) and "
            + columns.column()
            + " (columns)";
    double bottom = TOP + rows.size() * cellHeight;
    boolean slanted = longest(columns) * LETTER_PIXELS + 8 > cellWidth;
    double under = slanted ? 36 + 4.6 * longest(columns) : 50;
    Svg svg =
        new Svg(bottom + under + (high > 0 ? 44 : 0), title + ", a cell for each pair of values");
    int every = Math.max(1, (int) Math.ceil((slanted ? 16 : 1) / cellWidth));
    for (int row = 0; row < rows.size(); row++) {
      double middle = TOP + (row + 0.5) * cellHeight;
      svg.text("end", left - 8, middle + 4, ShownAxis.shortened(rows.labels().get(row)));
      for (int column = 0; column < columns.size(); column++) {
        cell(svg, row, column);
      }
    }
    for (int column = 0; column < columns.size(); column += every) {
      String label = ShownAxis.shortened(columns.labels().get(column));
      double middle = left + (column + 0.5) * cellWidth;
      if (slanted) {
        svg.slanted(middle + 5, bottom + 15, label);
      } else {
        svg.text("middle", middle, bottom + 18, label);
      }
    }
    if (!slanted) {
      svg.text("middle title", (left + PlotFrame.RIGHT) / 2, bottom + 40, columns.column());
    }
    scale(svg, bottom + under + 6);
    return new SweepFigure(title, Legend.NONE, Optional.of(svg.toString()), true, notes());
  }

  private List<String> notes() {
    return List.of(
        "Colour and number: the median of the cell's runs that have ended, those that never grokked"
            + " later than any step. Grey with k/n: k of n grokked, too few for a median; ×: all"
            + " diverged; empty: none has ended.");
  }

  private void cell(Svg svg, int row, int column) {
    RunGroup cell = cells[row][column];
    double x = left + column * cellWidth;
    double y = TOP + row * cellHeight;
    double gap = cellWidth > 6 ? 1.5 : 0.4;
    double median = cell.grokkedAt().median();
    if (Double.isFinite(median)) {
      int color = color(median);
      svg.rect("", "fill:" + Palette.hex(color), x, y, cellWidth - gap, cellHeight - gap);
      number(svg, x, y, "fill:" + Palette.textOn(color), steps(median));
      return;
    }
    svg.rect(cell.ended() == 0 ? "none" : "never", "", x, y, cellWidth - gap, cellHeight - gap);
    if (cell.ended() > 0) {
      boolean diverged = cell.diverged() == cell.ended() && cell.grokked() == 0;
      number(svg, x, y, "", diverged ? "×" : cell.grokked() + "/" + cell.ended());
    }
  }

  /** Whole, else in thousands, else not at all, as the cell has room. */
  private String steps(double median) {
    String whole = Numbers.count(Math.round(median));
    if (fits(whole)) {
      return whole;
    }
    String thousands =
        median < 1000 ? whole : Numbers.setting(Math.round(median / 100) / 10.0) + "k";
    return fits(thousands) ? thousands : "";
  }

  private boolean fits(String text) {
    return text.length() * LETTER_PIXELS + 4 <= cellWidth && cellHeight >= ROW_PIXELS;
  }

  private void number(Svg svg, double x, double y, String style, String text) {
    if (!text.isEmpty() && fits(text)) {
      svg.open("cell", style);
      svg.text("middle", x + cellWidth / 2, y + cellHeight / 2 + 3.5, text);
      svg.close();
    }
  }

  /** Early is bright, late is dark. */
  private int color(double median) {
    double place = high > low ? Math.log(Math.max(1, median) / low) / Math.log(high / low) : 0.5;
    return Palette.viridis(1 - place * (1 - DARKEST));
  }

  private void scale(Svg svg, double y) {
    if (high == 0) {
      return;
    }
    if (high > low) {
      double part = SCALE_PIXELS / SCALE_PARTS;
      for (int i = 0; i < SCALE_PARTS; i++) {
        double median = low * Math.pow(high / low, (i + 0.5) / SCALE_PARTS);
        String fill = "fill:" + Palette.hex(color(median));
        svg.rect("", fill, left + i * part, y, part + 0.3, 11);
      }
      svg.text("start", left, y + 28, Numbers.count(Math.round(low)));
      double middle = Math.sqrt(low * high);
      svg.text("middle", left + SCALE_PIXELS / 2, y + 28, Numbers.count(Math.round(middle)));
      svg.text("end", left + SCALE_PIXELS, y + 28, Numbers.count(Math.round(high)));
      svg.text("start", left + SCALE_PIXELS + 14, y + 10, "median step (log scale)");
    } else {
      svg.rect("", "fill:" + Palette.hex(color(low)), left, y, 11, 11);
      svg.text("start", left + 18, y + 10, "step " + Numbers.count(Math.round(low)));
    }
  }

  private static int longest(ShownAxis axis) {
    return axis.labels().stream()
        .map(ShownAxis::shortened)
        .mapToInt(String::length)
        .max()
        .orElse(1);
  }
}
