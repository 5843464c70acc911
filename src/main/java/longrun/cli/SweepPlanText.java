package longrun.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    List<List<String>> cells = new ArrayList<>();
    for (SweepAxis axis : plan.sweep().axes()) {
      cells.add(
          List.of(
              axis.key(),
              SweepTexts.counted(axis.values().size(), "value") + ":",
              values(axis.values(), SHOWN_VALUES)));
    }
    int key = cells.stream().mapToInt(row -> row.get(0).length()).max().orElseThrow();
    int count = cells.stream().mapToInt(row -> row.get(1).length()).max().orElseThrow();
    String name = "axes";
    for (List<String> row : cells) {
      String line = left(row.get(0), key) + "  " + right(row.get(1), count) + " " + row.get(2);
      lines.add(left(name, INDENT) + cut(line, WIDTH - INDENT));
      name = "";
    }
  }

  /** All, or the first ones and the last. */
  private static String values(List<String> values, int shown) {
    return values.size() <= shown
        ? String.join(", ", values)
        : String.join(", ", values.subList(0, shown / 2)) + " … " + values.getLast();
  }

  private void cohorts() {
    int count = estimate.cohorts().size();
    paragraph(
        "cohorts",
        count == 1
            ? "1: all runs can share launches"
            : Texts.count(count) + ", of runs that can share launches:");
    List<List<String>> cells = new ArrayList<>();
    cells.add(List.of("runs", "parameters", "train", "batch", "GFLOP/step", "values"));
    List<CohortEstimate> shown = estimate.cohorts().subList(0, Math.min(count, SHOWN_COHORTS));
    shown.forEach(cohort -> cells.add(row(cohort)));
    int columns = cells.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : cells) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    boolean hasValues = cells.stream().skip(1).anyMatch(row -> !row.getLast().isEmpty());
    for (List<String> row : cells) {
      StringBuilder line = new StringBuilder(" ".repeat(INDENT));
      for (int i = 0; i < columns - 1; i++) {
        line.append(i == 0 ? "" : "  ").append(right(row.get(i), widths[i]));
      }
      lines.add(cut(hasValues ? line + "  " + row.getLast() : line.toString(), WIDTH));
    }
    if (count > shown.size()) {
      lines.add(" ".repeat(INDENT) + "and " + Texts.count(count - shown.size()) + " more");
    }
  }

  private static List<String> row(CohortEstimate estimate) {
    Cohort cohort = estimate.cohort().cohort();
    return List.of(
        Texts.count(estimate.runs()),
        Texts.count(cohort.model().elements()),
        Texts.count(cohort.trainExamples()),
        cohort.fullBatch() ? "full" : Texts.count(cohort.batchExamples()),
        flops(estimate.stepFlops()),
        estimate.cohort().shapes().stream()
            .map(axis -> axis.column() + "=" + values(axis.values(), SHOWN_VALUES))
            .collect(Collectors.joining(" ")));
  }

  private static String flops(long flops) {
    return String.format(Locale.ROOT, flops < 10 * MEGA ? "%.5f" : "%,.2f", flops / GIGA);
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
    List<SlotChoice> choices =
        estimate.cohorts().stream().map(CohortEstimate::slots).distinct().toList();
    if (choices.size() == 1) {
      SlotChoice choice = choices.getFirst();
      paragraph("slots", Texts.count(choice.slots()) + ", " + choice.reason());
      paragraph("memory", memory(choice));
      return;
    }
    String name = "slots";
    for (CohortEstimate cohort :
        estimate.cohorts().subList(0, Math.min(choices.size(), SHOWN_COHORTS))) {
      SlotChoice choice = cohort.slots();
      paragraph(
          name,
          "cohort "
              + Texts.count(cohort.cohort().number() + 1L)
              + ": "
              + Texts.count(choice.slots())
              + ", "
              + choice.reason()
              + "; "
              + memory(choice));
      name = "";
    }
  }

  private static String memory(SlotChoice choice) {
    return Bytes.text(choice.slotBytes())
        + " for each slot, "
        + Bytes.text(choice.bytes())
        + " in all, of "
        + Bytes.text(choice.freeBytes());
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
            + ", evaluations included; "
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
    return "at most "
        + (seconds < 3 * DAY
            ? Numbers.duration(seconds)
            : Numbers.counted(Math.round(seconds / DAY), "day"));
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
