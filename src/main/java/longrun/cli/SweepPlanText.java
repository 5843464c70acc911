package longrun.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import longrun.plan.Cohort;
import longrun.report.Numbers;
import longrun.sweep.Bytes;
import longrun.sweep.CohortEstimate;
import longrun.sweep.RunLengths;
import longrun.sweep.Separation;
import longrun.sweep.Shard;
import longrun.sweep.SlotChoice;
import longrun.sweep.Sweep;
import longrun.sweep.SweepAxis;
import longrun.sweep.SweepEstimate;
import longrun.sweep.SweepPlan;

/** What a sweep will do and take, for people, on lines of up to 80 characters. */
final class SweepPlanText {
  /** Characters in a line. */
  static final int WIDTH = 80;

  private static final int INDENT = 10;
  private static final int SHOWN_COHORTS = 12;
  private static final int SHOWN_VALUES = 8;
  private static final double GIGA = 1e9;
  private static final double MEGA = 1e6;
  private static final double DAY = 86_400;
  private static final double YEAR = 365 * DAY;

  private final SweepPlan plan;
  private final SweepEstimate estimate;
  private final List<String> lines = new ArrayList<>();

  private SweepPlanText(SweepPlan plan, SweepEstimate estimate) {
    this.plan = plan;
    this.estimate = estimate;
  }

  /**
   * Prints all of it.
   *
   * @param engine and why it was taken
   * @param freeDiskBytes where the sweep's folder will be, if that is known
   */
  static void print(
      PrintStream out,
      SweepPlan plan,
      SweepEstimate estimate,
      String engine,
      OptionalLong freeDiskBytes) {
    lines(plan, estimate, engine, freeDiskBytes)
        .forEach(line -> out.println(Texts.printable(line)));
  }

  static List<String> lines(
      SweepPlan plan, SweepEstimate estimate, String engine, OptionalLong freeDiskBytes) {
    SweepPlanText text = new SweepPlanText(plan, estimate);
    text.runs();
    text.axes();
    text.paragraph("engine", engine);
    text.cohorts();
    text.separations();
    text.slots();
    text.disk(freeDiskBytes);
    text.time();
    return List.copyOf(text.lines);
  }

  /** What to say to somebody who has not said that so large a sweep is meant. */
  static String question(SweepEstimate estimate) {
    return SweepTexts.counted(estimate.runs(), "run")
        + (estimate.seconds().isPresent()
            ? ", " + atMost(estimate) + " of training"
            : ", and a time that cannot be predicted here")
        + " and about "
        + Bytes.text(estimate.diskBytes())
        + " on disk: if that is meant, add --yes; --dry-run says more";
  }

  private void runs() {
    Sweep sweep = plan.sweep();
    String all = SweepTexts.counted(sweep.count(), "run");
    paragraph(
        "sweep",
        estimate.shard().equals(Shard.WHOLE)
            ? all
            : SweepTexts.counted(estimate.runs(), "run")
                + " in shard "
                + estimate.shard()
                + ", of "
                + all);
  }

  private void axes() {
    List<SweepAxis> axes = plan.sweep().axes();
    int key = axes.stream().mapToInt(axis -> axis.key().length()).max().orElseThrow();
    int count = axes.stream().mapToInt(axis -> counted(axis.values()).length()).max().orElseThrow();
    String name = "axes";
    for (SweepAxis axis : axes) {
      String line =
          left(name, INDENT)
              + left(axis.key(), key)
              + "  "
              + right(counted(axis.values()), count)
              + " ";
      lines.add(line + values(axis.values(), WIDTH - line.length()));
      name = "";
    }
  }

  private static String counted(List<String> values) {
    return SweepTexts.counted(values.size(), "value") + ":";
  }

  /** All, or as many of the first as fit and the last. */
  private static String values(List<String> values, int width) {
    int shown = Math.min(values.size(), SHOWN_VALUES);
    String text = shown == values.size() ? String.join(", ", values) : abridged(values, shown / 2);
    while (text.length() > width && shown > 2) {
      shown--;
      text = abridged(values, shown - 1);
    }
    return cut(text, width);
  }

  private static String abridged(List<String> values, int first) {
    return String.join(", ", values.subList(0, first)) + " … " + values.getLast();
  }

  private void cohorts() {
    int count = estimate.cohorts().size();
    paragraph(
        "cohorts",
        count == 1
            ? "1: all runs can share launches"
            : Texts.count(count) + ", of runs that can share launches:");
    List<SweepAxis> shapes = estimate.cohorts().getFirst().cohort().shapes();
    List<List<String>> cells = new ArrayList<>();
    cells.add(
        List.of(
            "",
            "runs",
            "slots",
            "memory",
            "parameters",
            "train",
            "batch",
            "GFLOP",
            shapes.stream().map(SweepAxis::column).collect(Collectors.joining(" · "))));
    List<CohortEstimate> shown = estimate.cohorts().subList(0, Math.min(count, SHOWN_COHORTS));
    shown.forEach(cohort -> cells.add(row(cohort)));
    lines.addAll(table(cells));
    if (count > shown.size()) {
      lines.add(" ".repeat(INDENT) + "and " + Texts.count(count - shown.size()) + " more");
    }
  }

  private static List<String> row(CohortEstimate estimate) {
    Cohort cohort = estimate.cohort().cohort();
    return List.of(
        number(estimate),
        Texts.count(estimate.runs()),
        Texts.count(estimate.slots().slots()),
        Bytes.text(estimate.slots().bytes()),
        Texts.count(cohort.model().elements()),
        Texts.count(cohort.trainExamples()),
        cohort.fullBatch() ? "full" : Texts.count(cohort.batchExamples()),
        flops(estimate.stepFlops()),
        estimate.cohort().shapes().stream()
            .map(axis -> values(axis.values(), WIDTH / 4))
            .collect(Collectors.joining(" · ")));
  }

  private static String number(CohortEstimate estimate) {
    return Texts.count(estimate.cohort().number() + 1L);
  }

  /** Columns of numbers, the last of words. */
  private static List<String> table(List<List<String>> cells) {
    int columns = cells.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : cells) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : cells) {
      StringBuilder line = new StringBuilder(" ");
      for (int i = 0; i < columns - 1; i++) {
        line.append(i == 0 ? "" : "  ").append(right(row.get(i), widths[i]));
      }
      lines.add(cut(line + "  " + row.getLast(), WIDTH));
    }
    return lines;
  }

  private static String flops(long flops) {
    return flops < 10 * MEGA
        ? Numbers.quantity(flops / GIGA)
        : String.format(Locale.ROOT, "%,.2f", flops / GIGA);
  }

  private void separations() {
    List<String> together = new ArrayList<>();
    List<Separation> apart = new ArrayList<>();
    for (Separation separation : plan.separations()) {
      if (separation.why().isPresent()) {
        apart.add(separation);
      } else {
        together.add(separation.key());
      }
    }
    plan.values().forEach(axis -> together.add(axis.key()));
    String name = "apart";
    for (Separation separation : apart) {
      paragraph(
          name,
          separation.key()
              + ": "
              + separation.why().orElseThrow()
              + separation.sharing().stream()
                  .map(values -> "; " + values + " agree")
                  .collect(Collectors.joining()));
      name = "";
    }
    if (!together.isEmpty()) {
      paragraph("together", "whatever the values of " + String.join(", ", together));
    }
  }

  private void slots() {
    Map<String, List<CohortEstimate>> byReason = new LinkedHashMap<>();
    for (CohortEstimate cohort : estimate.cohorts()) {
      SlotChoice slots = cohort.slots();
      byReason.computeIfAbsent(slots.reason(), _ -> new ArrayList<>()).add(cohort);
    }
    String name = "slots";
    for (Map.Entry<String, List<CohortEstimate>> reason : byReason.entrySet()) {
      List<Integer> counts =
          reason.getValue().stream().map(cohort -> cohort.slots().slots()).distinct().toList();
      paragraph(
          name,
          range(counts.stream().mapToInt(count -> count).summaryStatistics())
              + (byReason.size() == 1 ? "" : " (" + which(reason.getValue()) + ")")
              + ", "
              + reason.getKey());
      name = "";
    }
    SlotChoice largest =
        estimate.cohorts().stream()
            .map(CohortEstimate::slots)
            .max(Comparator.comparingLong(SlotChoice::bytes))
            .orElseThrow();
    paragraph(
        "memory",
        (estimate.cohorts().size() == 1 ? "" : "at the most ")
            + Bytes.text(largest.bytes())
            + " of "
            + Bytes.text(largest.freeBytes())
            + ": "
            + Bytes.text(largest.slotBytes())
            + " for each slot");
  }

  private static String range(IntSummaryStatistics counts) {
    return Texts.count(counts.getMin())
        + (counts.getMax() > counts.getMin() ? " to " + Texts.count(counts.getMax()) : "");
  }

  private static String which(List<CohortEstimate> cohorts) {
    return (cohorts.size() == 1 ? "cohort " : "cohorts ")
        + values(cohorts.stream().map(SweepPlanText::number).toList(), WIDTH / 4);
  }

  private void disk(OptionalLong freeBytes) {
    paragraph(
        "disk",
        "about "
            + Bytes.text(estimate.diskBytes())
            + " in the end: "
            + Bytes.text(estimate.checkpointBytes())
            + " of checkpoints ("
            + Numbers.setting(estimate.lengths().meanKept())
            + " kept of each run), "
            + Bytes.text(estimate.metricsBytes())
            + " of metrics"
            + (freeBytes.isPresent()
                ? "; "
                    + Bytes.text(freeBytes.getAsLong())
                    + " are free"
                    + (freeBytes.getAsLong() < estimate.diskBytes() ? ", which is NOT ENOUGH" : "")
                : ""));
  }

  private void time() {
    RunLengths lengths = estimate.lengths();
    if (estimate.seconds().isEmpty()) {
      paragraph("time", "not predicted: the device is emulated, its speed says nothing");
      return;
    }
    paragraph(
        "time",
        atMost(estimate)
            + " for "
            + SweepTexts.counted(estimate.runs(), "run")
            + " of "
            + (lengths.meanSteps() == lengths.maxSteps()
                ? Texts.count(Math.round(lengths.maxSteps())) + " steps"
                : Texts.count(Math.round(lengths.meanSteps()))
                    + " steps on average, "
                    + Texts.count(Math.round(lengths.maxSteps()))
                    + " at the most")
            + ", evaluations included, checkpoints not; "
            + (lengths.canEndEarly() ? "runs that grok early end sooner; " : "")
            + basis());
    if (estimate.isLarge()) {
      paragraph("", "a sweep of this size begins only with --yes");
    }
  }

  private String basis() {
    CohortEstimate first = estimate.cohorts().getFirst();
    String step = Numbers.quantity(1000 * first.stepSeconds().orElseThrow()) + " ms a step";
    String of = estimate.cohorts().size() == 1 ? "" : " in the first cohort";
    String others =
        estimate.known() < estimate.cohorts().size()
            ? ", the other cohorts by "
                + (estimate.basis() == SweepEstimate.Basis.MEASURED ? "their FLOPs" : "neighbours")
            : "";
    return switch (estimate.basis()) {
      case MEASURED -> "measured just now on one thread, " + step + of + others;
      case PREDICTED ->
          "predicted, not measured, from the device's peaks: "
              + step
              + " of all slots"
              + of
              + others;
      case UNKNOWN -> "unknown";
    };
  }

  private static String atMost(SweepEstimate estimate) {
    double seconds = estimate.seconds().orElseThrow();
    if (seconds < 3 * DAY) {
      return "at most " + Numbers.duration(seconds);
    }
    return "at most "
        + (seconds < 2 * YEAR
            ? Numbers.counted(Math.round(seconds / DAY), "day")
            : Numbers.counted(Math.round(seconds / YEAR), "year"));
  }

  /** A name, then words, under each other where they do not fit into a line. */
  private void paragraph(String name, String words) {
    StringBuilder line = new StringBuilder(left(name, INDENT));
    boolean empty = true;
    for (String word : words.split(" ", -1)) {
      if (!empty && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(" ".repeat(INDENT));
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
    }
    lines.add(line.toString());
  }

  private static String left(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private static String cut(String text, int width) {
    String line = text.stripTrailing();
    return line.length() <= width ? line : line.substring(0, width - 1) + "…";
  }
}
