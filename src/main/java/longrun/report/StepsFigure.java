package longrun.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.report.SweepFigure.Entry;
import longrun.report.SweepFigure.Legend;
import longrun.store.StopReason;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;

/**
 * When runs grokked, by the value of an axis: a dot for each, a bar for the median, and above the
 * plot the runs that ended without.
 */
final class StepsFigure {
  private static final double HEIGHT = 300;

  /** More than the other figures have: for words beside it, too. */
  private static final double LEFT = 96;

  private static final double STRIP_PIXELS = 22;

  /** Share of a value's place over which its dots are spread. */
  private static final double SPREAD = 0.6;

  private static final double LETTER_PIXELS = 12;

  /** More dots than this would be a smear. */
  private static final int MOST_DOTS = 4000;

  /** A hint for every dot is only worth its room where a dot can be pointed at. */
  private static final int MOST_HINTS = 400;

  private final SweepView view;
  private final ShownAxis axis;
  private final List<List<RunResult>> groups;
  private final List<String> labels;
  private final double slot;
  private final boolean hints;

  private StepsFigure(SweepView view, ShownAxis axis) {
    this.view = view;
    this.axis = axis;
    groups = view.by(axis);
    labels = axis.labels().stream().map(ShownAxis::shortened).toList();
    slot = (PlotFrame.RIGHT - LEFT) / axis.size();
    hints = view.begun().size() <= MOST_HINTS;
  }

  static SweepFigure of(SweepView view, ShownAxis axis) {
    return new StepsFigure(view, axis).figure();
  }

  private SweepFigure figure() {
    String title = "grokked_at by " + axis.column() + " (log scale)";
    List<RunResult> ended = view.begun().stream().filter(RunResult::isFinal).toList();
    if (ended.isEmpty()) {
      return SweepFigure.empty(title, "No run has ended yet.");
    }
    double lowest = Double.POSITIVE_INFINITY;
    double highest = 0;
    int atZero = 0;
    for (RunResult run : ended) {
      OptionalLong at = run.grokkedAt();
      if (at.isPresent() && at.getAsLong() > 0) {
        lowest = Math.min(lowest, at.getAsLong());
        highest = Math.max(highest, at.getAsLong());
      } else if (at.isPresent()) {
        atZero++;
      }
    }
    if (highest == 0) {
      return SweepFigure.empty(title, "No run that has ended has grokked after step 0.");
    }
    return drawn(title, ValueAxis.around(lowest, highest), atZero);
  }

  private SweepFigure drawn(String title, ValueAxis values, int atZero) {
    boolean never = has(Mark.NEVER);
    boolean diverged = has(Mark.DIVERGED);
    double top = 10 + (never ? STRIP_PIXELS : 0) + (diverged ? STRIP_PIXELS : 0);
    double bottom = top + HEIGHT;
    boolean slanted = longestLabel() * LETTER_PIXELS > slot;
    double under = slanted ? 34 + 5 * longestLabel() : 54;
    Svg svg = new Svg(bottom + under, title + ": a dot for each run, a bar for the median");
    PlotFrame.drawValues(svg, values, LEFT, top, bottom);
    double divergedY = 10 + STRIP_PIXELS / 2;
    double neverY = divergedY + (diverged ? STRIP_PIXELS : 0);
    if (diverged) {
      svg.line("grid", LEFT, divergedY, PlotFrame.RIGHT, divergedY);
      svg.text("end", LEFT - 8, divergedY + 4, "diverged");
    }
    if (never) {
      svg.line("grid", LEFT, neverY, PlotFrame.RIGHT, neverY);
      svg.text("end", LEFT - 8, neverY + 4, "never");
    }
    svg.line("axis", LEFT, bottom, PlotFrame.RIGHT, bottom);
    int every = Math.ceilDiv(Math.max(1, view.begun().size()), MOST_DOTS);
    for (int rank = 0; rank < axis.size(); rank++) {
      List<RunResult> runs = groups.get(rank);
      for (int i = 0; i < runs.size(); i += every) {
        dot(svg, values, top, bottom, neverY, divergedY, rank, i);
      }
      median(svg, values, top, bottom, rank);
    }
    labels(svg, bottom, slanted);
    List<String> notes = new ArrayList<>();
    notes.add(
        "Dot: a run (ring: it has not ended, or never grokked); bar: the median of the runs that"
            + " have ended, those that never grokked later than any step; no bar where it was not"
            + " reached.");
    if (every > 1) {
      notes.add("Every " + every + "th run has a dot; the medians are of all.");
    }
    if (atZero > 0) {
      notes.add(Numbers.counted(atZero, "run") + " at step 0, which a log axis does not have.");
    }
    return SweepFigure.of(title, legend(), svg, notes);
  }

  /** What becomes of a run in this figure. */
  private enum Mark {
    GROKKED,
    NEVER,
    DIVERGED,
    NONE
  }

  private static Mark mark(RunResult run) {
    if (run.status() == Status.FAILED) {
      return Mark.NONE;
    }
    if (run.grokkedAt().isPresent()) {
      return run.grokkedAt().getAsLong() > 0 ? Mark.GROKKED : Mark.NONE;
    }
    if (run.stopReason().filter(StopReason.DIVERGED::equals).isPresent()) {
      return Mark.DIVERGED;
    }
    return run.isFinal() ? Mark.NEVER : Mark.NONE;
  }

  private boolean has(Mark mark) {
    return view.begun().stream().anyMatch(run -> mark(run) == mark);
  }

  private void dot(
      Svg svg,
      ValueAxis values,
      double top,
      double bottom,
      double neverY,
      double divergedY,
      int rank,
      int place) {
    RunResult run = groups.get(rank).get(place);
    int count = groups.get(rank).size();
    double x = middle(rank) + slot * SPREAD * ((place + 0.5) / count - 0.5);
    String color = view.color(run.run());
    double radius = Math.clamp(slot * SPREAD / count, 2, 4);
    switch (mark(run)) {
      case GROKKED -> {
        double y = y(values, top, bottom, run.grokkedAt().getAsLong());
        svg.mark(run.isFinal() ? "dot" : "ring", color, x, y, radius, hint(run));
      }
      case NEVER -> svg.mark("ring", color, x, neverY, radius, hint(run));
      case DIVERGED -> svg.mark("cross", color, x, divergedY, radius, hint(run));
      case NONE -> {}
    }
  }

  private static double y(ValueAxis values, double top, double bottom, double step) {
    return bottom - values.position(step) * (bottom - top);
  }

  private String hint(RunResult run) {
    return hints
        ? "run " + run.run() + ": " + view.sweep().label(run.run()) + "; " + SweepOutcome.of(run)
        : "";
  }

  private void median(Svg svg, ValueAxis values, double top, double bottom, int rank) {
    double median = RunGroup.of(List.of(), groups.get(rank)).grokkedAt().median();
    if (Double.isFinite(median) && values.shows(median)) {
      double y = y(values, top, bottom, median);
      double half = Math.min(slot * 0.4, 60);
      svg.line("median", middle(rank) - half, y, middle(rank) + half, y);
    }
  }

  private double middle(int rank) {
    return LEFT + slot * (rank + 0.5);
  }

  private void labels(Svg svg, double bottom, boolean slanted) {
    double room = slanted ? 24 : longestLabel() * LETTER_PIXELS;
    int every = Math.max(1, (int) Math.ceil((slanted ? room : 1) / slot));
    for (int rank = 0; rank < axis.size(); rank += every) {
      if (slanted) {
        svg.slanted(middle(rank) + 5, bottom + 16, labels.get(rank));
      } else {
        svg.text("middle", middle(rank), bottom + 20, labels.get(rank));
      }
    }
    if (!slanted) {
      double center = (LEFT + PlotFrame.RIGHT) / 2;
      svg.text("middle title", center, bottom + 46, axis.column());
    }
  }

  private int longestLabel() {
    return labels.stream().mapToInt(String::length).max().orElse(1);
  }

  /** Only where the colours say something that the places do not. */
  private Legend legend() {
    Optional<ShownAxis> colored = view.colored();
    if (colored.isEmpty() || colored.get().column().equals(axis.column())) {
      return Legend.NONE;
    }
    List<Entry> entries = new ArrayList<>();
    int size = colored.get().size();
    int every = Math.max(1, (int) Math.ceil(size / 10.0));
    for (int rank = 0; rank < size; rank += every) {
      entries.add(new Entry("k" + rank, colored.get().labels().get(rank)));
    }
    return new Legend(colored.get().column(), entries);
  }
}
