package longrun.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import longrun.report.SweepCurves.Drawn;
import longrun.report.SweepCurves.Line;
import longrun.report.SweepFigure.Entry;
import longrun.report.SweepFigure.Legend;
import longrun.sweep.RunResult;

/** The figures of a sweep over the steps: accuracies, losses, medians and survival. */
final class CurveFigures {
  /** More lines than this nobody can tell apart. */
  private static final int MOST_LINES = 16;

  /** More areas than this hide each other. */
  private static final int MOST_AREAS = 5;

  private static final int MOST_LEGEND_ENTRIES = 10;
  private static final String NOTHING = "No run has been evaluated yet: there is nothing to draw.";

  private final SweepView view;
  private final SweepCurves curves;

  private CurveFigures(SweepView view, SweepCurves curves) {
    this.view = view;
    this.curves = curves;
  }

  static List<SweepFigure> of(SweepView view, SweepCurves curves) {
    CurveFigures figures = new CurveFigures(view, curves);
    return List.of(figures.accuracy(), figures.medians(), figures.survival(), figures.loss());
  }

  private SweepFigure accuracy() {
    return runs(
        "Accuracy of the runs",
        ValueAxis.shares(),
        Drawn::trainAccuracy,
        Drawn::validationAccuracy,
        isSample());
  }

  private SweepFigure loss() {
    List<Curve> all = new ArrayList<>();
    for (Drawn run : curves.drawn()) {
      all.add(new Curve("", Ink.TRAIN, run.trainLoss().steps(), run.trainLoss().values()));
      Line validation = run.validationLoss();
      all.add(new Curve("", Ink.VALIDATION, validation.steps(), validation.values()));
    }
    return runs(
        "Loss of the runs (log scale)",
        ValueAxis.logarithmic(all),
        Drawn::trainLoss,
        Drawn::validationLoss,
        false);
  }

  private boolean isSample() {
    return curves.read() > SweepCurves.MOST_DRAWN;
  }

  private SweepFigure runs(
      String title,
      ValueAxis values,
      Function<Drawn, Line> train,
      Function<Drawn, Line> validation,
      boolean overBands) {
    PlotFrame frame = PlotFrame.of(curves.steps(), values);
    boolean any =
        curves.drawn().stream()
            .anyMatch(run -> has(train.apply(run)) || has(validation.apply(run)));
    if (!any) {
      return SweepFigure.empty(title, NOTHING);
    }
    Svg svg =
        new Svg(
            frame.drawingHeight(),
            title + " over steps, " + Numbers.counted(curves.drawn().size(), "run") + coloredBy());
    frame.draw(svg);
    if (overBands) {
      drawBands(svg, frame, ranks(), false);
    }
    double opacity = Math.clamp(3 / Math.sqrt(curves.drawn().size()), 0.35, 0.9);
    draw(svg, frame, train, "thin", trainOpacity(opacity), view.colored().isPresent() ? "" : "kt");
    draw(svg, frame, validation, "runs", opacity, "");
    List<String> notes = new ArrayList<>();
    notes.add(
        (curves.validates() ? "Validation; thin and pale: train. " : "Train; nothing validates. ")
            + (isSample()
                ? "Drawn are "
                    + curves.drawn().size()
                    + " of "
                    + Numbers.count(curves.begun())
                    + " runs, spread evenly over the values and drawn by lot"
                    + (overBands ? ", over the medians" + andQuartiles() + " of all." : ".")
                : curves.drawn().size() == 1
                    ? "The only run."
                    : "All " + curves.drawn().size() + " runs that have been evaluated."));
    leftOut(values, train, validation, notes);
    return SweepFigure.of(
        title, view.colored().isPresent() ? legend(allRanks()) : ofKinds(), svg, notes);
  }

  private String andQuartiles() {
    return ranks().size() <= MOST_AREAS ? " and quartiles" : "";
  }

  private static double trainOpacity(double opacity) {
    return 0.5 * opacity;
  }

  private static boolean has(Line line) {
    for (double value : line.values()) {
      if (Double.isFinite(value)) {
        return true;
      }
    }
    return false;
  }

  private void leftOut(
      ValueAxis values,
      Function<Drawn, Line> train,
      Function<Drawn, Line> validation,
      List<String> notes) {
    long outside = 0;
    for (Drawn run : curves.drawn()) {
      for (Line line : List.of(train.apply(run), validation.apply(run))) {
        for (double value : line.values()) {
          outside += Double.isFinite(value) && !values.shows(value) ? 1 : 0;
        }
      }
    }
    if (outside > 0) {
      notes.add("Values zero or outside the axis are left out.");
    }
  }

  private void draw(
      Svg svg,
      PlotFrame frame,
      Function<Drawn, Line> kind,
      String weight,
      double opacity,
      String color) {
    for (int rank = 0; rank < view.colors(); rank++) {
      int each = rank;
      List<Drawn> runs =
          curves.drawn().stream().filter(run -> view.coloredRank(run.run()) == each).toList();
      if (runs.isEmpty()) {
        continue;
      }
      svg.open(
          weight + " " + (color.isEmpty() ? "k" + rank : color),
          "opacity:" + Numbers.setting(Math.round(opacity * 100) / 100.0));
      for (Drawn run : runs) {
        Line line = kind.apply(run);
        svg.curve("", frame.x(line.steps()), frame.y(line.values()));
      }
      svg.close();
    }
  }

  private SweepFigure medians() {
    String title = "Validation accuracy, median and quartiles" + ofEach();
    List<Integer> ranks = ranks();
    boolean any =
        ranks.stream().anyMatch(rank -> has(new Line(curves.places(), band(rank).median())));
    if (!any) {
      return SweepFigure.empty(title, curves.read() > 0 ? "Nothing validates." : NOTHING);
    }
    PlotFrame frame = PlotFrame.of(curves.steps(), ValueAxis.shares());
    Svg svg = new Svg(frame.drawingHeight(), title + " over steps");
    frame.draw(svg);
    drawBands(svg, frame, ranks, true);
    List<String> notes = new ArrayList<>();
    boolean areas = ranks.size() <= MOST_AREAS;
    notes.add(
        (areas
                ? "Line: median of the runs; area: from the lower to the upper quartile."
                : "Line: median of the runs.")
            + " Beyond its end a run that has ended counts with its last value; one that has not"
            + " ended counts as far as it has come.");
    if (curves.read() < curves.begun()) {
      notes.add(
          "From "
              + Numbers.count(curves.read())
              + " of "
              + Numbers.count(curves.begun())
              + " runs, spread evenly over the values.");
    }
    notSaid(ranks, notes);
    return SweepFigure.of(title, legend(ranks), svg, notes);
  }

  private Band band(int rank) {
    return curves.bands().get(rank);
  }

  private void drawBands(Svg svg, PlotFrame frame, List<Integer> ranks, boolean dominant) {
    double[] x = frame.x(curves.places());
    if (ranks.size() <= MOST_AREAS) {
      for (int rank : ranks) {
        double[] lower = frame.y(band(rank).lower());
        svg.area("area k" + rank, x, lower, frame.y(band(rank).upper()));
      }
    }
    for (int rank : ranks) {
      svg.open((dominant ? "bold k" : "runs k") + rank);
      svg.curve("", x, frame.y(band(rank).median()));
      svg.close();
    }
  }

  private SweepFigure survival() {
    String title = "Share of runs that have grokked" + ofEach();
    List<Integer> ranks = new ArrayList<>();
    List<List<RunResult>> groups = view.byColor();
    List<Survival> all = groups.stream().map(Survival::of).toList();
    for (int rank : ranks()) {
      if (all.get(rank).runs() > 0) {
        ranks.add(rank);
      }
    }
    if (ranks.isEmpty()) {
      return SweepFigure.empty(title, "No run that has not failed has been evaluated yet.");
    }
    PlotFrame frame = PlotFrame.of(curves.steps(), ValueAxis.shares());
    Svg svg = new Svg(frame.drawingHeight(), title + " over steps");
    frame.draw(svg);
    for (int rank : ranks) {
      svg.open("bold k" + rank);
      drawSurvival(svg, frame, all.get(rank));
      svg.close();
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        "Kaplan–Meier: a run that used up its steps without grokking, or has not ended, counts up"
            + " to its last step (short stroke) and from there on neither way. A run that diverged"
            + " can never grok, and counts among all to the end. Failed and waiting runs do not"
            + " count.");
    notSaid(ranks(), notes);
    return SweepFigure.of(title, legend(ranks), svg, notes);
  }

  private void drawSurvival(Svg svg, PlotFrame frame, Survival survival) {
    int events = survival.steps().length;
    double[] x = new double[2 * events + 2];
    double[] y = new double[2 * events + 2];
    double share = 0;
    x[0] = PlotFrame.LEFT;
    y[0] = frame.y(0);
    for (int i = 0; i < events; i++) {
      double step = Math.clamp(frame.x(survival.steps()[i]), PlotFrame.LEFT, PlotFrame.RIGHT);
      x[2 * i + 1] = step;
      y[2 * i + 1] = frame.y(share);
      share = survival.shares()[i];
      x[2 * i + 2] = step;
      y[2 * i + 2] = frame.y(share);
    }
    double end = lastOf(survival);
    x[2 * events + 1] = Math.clamp(frame.x(end), PlotFrame.LEFT, PlotFrame.RIGHT);
    y[2 * events + 1] = frame.y(share);
    svg.curve("", x, y);
    double before = Double.NaN;
    for (double step : survival.lastSteps()) {
      if (step != before && frame.steps().shows(step)) {
        double level = frame.y(survival.at(step));
        svg.line("tick", frame.x(step), level - 5, frame.x(step), level + 5);
      }
      before = step;
    }
  }

  /** Every line goes on to the last step of the sweep's runs: nobody un-groks. */
  private double lastOf(Survival survival) {
    double last = curves.places()[SweepCurves.PLACES - 1];
    return survival.lastSteps().length > 0 && survival.steps().length == 0
        ? survival.lastSteps()[survival.lastSteps().length - 1]
        : last;
  }

  private String ofEach() {
    return view.colored().map(axis -> ", by " + axis.column()).orElse("");
  }

  private String coloredBy() {
    return view.colored().map(axis -> ", coloured by " + axis.column()).orElse("");
  }

  private List<Integer> allRanks() {
    List<Integer> all = new ArrayList<>();
    for (int rank = 0; rank < view.colors(); rank++) {
      all.add(rank);
    }
    return all;
  }

  /** The values that get a line: all, or some from the first to the last. */
  private List<Integer> ranks() {
    return some(view.colors(), MOST_LINES);
  }

  private static List<Integer> some(int count, int most) {
    List<Integer> some = new ArrayList<>();
    int wanted = Math.min(count, most);
    for (int i = 0; i < wanted; i++) {
      some.add(wanted == 1 ? 0 : (int) Math.round((double) i * (count - 1) / (wanted - 1)));
    }
    return some;
  }

  private void notSaid(List<Integer> ranks, List<String> notes) {
    if (ranks.size() < view.colors()) {
      notes.add(
          "Lines for "
              + ranks.size()
              + " of the "
              + view.colors()
              + " values; the table has them all.");
    }
  }

  private Legend ofKinds() {
    Entry train = new Entry("kt", "train");
    return new Legend(
        "", curves.validates() ? List.of(train, new Entry("k0", "validation")) : List.of(train));
  }

  /** The colours of values; some of them where there are many. */
  private Legend legend(List<Integer> ranks) {
    Optional<ShownAxis> axis = view.colored();
    if (axis.isEmpty() || ranks.isEmpty()) {
      return Legend.NONE;
    }
    List<Entry> entries = new ArrayList<>();
    List<Integer> named = some(ranks.size(), MOST_LEGEND_ENTRIES);
    int before = -1;
    for (int place : named) {
      if (place > before + 1) {
        entries.add(new Entry("", "…"));
      }
      int rank = ranks.get(place);
      entries.add(new Entry("k" + rank, view.colorLabel(rank)));
      before = place;
    }
    return new Legend(axis.get().column(), entries);
  }
}
