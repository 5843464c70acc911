package longrun.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import longrun.config.TaskConfig;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.PositionRows;
import longrun.report.Numbers;
import longrun.train.PreparedRun;

/** An {@link Explanation} for people, on lines of up to 100 characters. */
final class PlanText {
  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;

  private final Explanation explanation;
  private final Ledger ledger;
  private final List<String> lines = new ArrayList<>();

  private PlanText(Explanation explanation) {
    this.explanation = explanation;
    this.ledger = explanation.ledger();
  }

  static List<String> lines(Explanation explanation) {
    PlanText text = new PlanText(explanation);
    text.cohort();
    text.positions();
    text.lines.add("");
    text.lines.addAll(PlanTable.lines(explanation.ledger()));
    text.summary();
    text.lines.add("");
    text.lines.addAll(PlanLaunches.lines(explanation));
    return List.copyOf(text.lines);
  }

  private void cohort() {
    PreparedRun run = explanation.run();
    int batch = run.cohort().batchExamples();
    lines.add(
        "task    "
            + run.dataset().name()
            + ": "
            + Texts.count(run.split().train().length)
            + " examples train, "
            + Texts.count(run.split().validation().length)
            + " validate");
    lines.add(
        "model   "
            + RunHeader.describe(run.model().config())
            + ": "
            + Texts.count(run.model().elements())
            + " parameters");
    lines.add(
        "batch   "
            + Numbers.counted(batch, "example")
            + (run.cohort().fullBatch() ? ", all that train" : ""));
  }

  private void positions() {
    Map<String, List<PositionRows>> boundaries = new LinkedHashMap<>();
    for (PositionRows rows : explanation.plan().boundaries()) {
      boundaries.computeIfAbsent(rows.boundary(), name -> new ArrayList<>()).add(rows);
    }
    int positions = boundaries.values().iterator().next().size();
    List<List<String>> cells = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("rows"));
    header.addAll(positions == 1 ? List.of("") : tokens(explanation.run().config().task()));
    header.add("rows computed");
    cells.add(header);
    int examples = explanation.run().cohort().batchExamples();
    boundaries.forEach(
        (name, all) -> {
          List<String> row = new ArrayList<>(List.of("  " + name));
          all.forEach(rows -> row.add(describe(rows)));
          long computed = all.stream().mapToLong(PositionRows::rows).sum();
          row.add(Texts.count(computed) + " of " + Texts.count((long) examples * positions));
          cells.add(row);
        });
    lines.add("");
    lines.addAll(columns(cells));
    if (positions > 1) {
      lines.add("  shared: one row for each distinct value, read by all examples that have it;");
      lines.add("  own: a row for each example; dead: no loss depends on it");
    }
  }

  private static List<String> tokens(TaskConfig task) {
    List<String> tokens = new ArrayList<>();
    for (String token : List.of(task.format().text().split(" ", -1))) {
      tokens.add("\"" + token + "\"");
    }
    return tokens;
  }

  private static String describe(PositionRows rows) {
    return switch (rows.sharing()) {
      case SHARED -> Texts.count(rows.rows()) + " shared";
      case PER_EXAMPLE -> Texts.count(rows.rows()) + " own";
      case DEAD -> "dead";
    };
  }

  /** Left-justified columns. */
  private static List<String> columns(List<List<String>> cells) {
    int count = cells.getFirst().size();
    int[] widths = new int[count];
    for (List<String> row : cells) {
      for (int i = 0; i < count; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : cells) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < count; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 3));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private void summary() {
    lines.add("");
    lines.add(
        "FLOPs   "
            + flops(ledger.plannedFlops())
            + " forward and backward; without a plan "
            + flops(ledger.naiveFlops())
            + ", "
            + Numbers.times((double) ledger.naiveFlops() / ledger.plannedFlops())
            + " times as many:");
    lines.add(
        "        every position of every example through every operation, as a plain PyTorch"
            + " program does");
    Ledger.Arena arena = ledger.arena();
    lines.add("memory  " + bytes(arena.bytes()) + " for each slot, fp32, without padding:");
    lines.add(
        "        buffers "
            + bytes(arena.buffers())
            + ", parameters "
            + bytes(arena.parameters())
            + ", gradients "
            + bytes(arena.gradients())
            + ", moments "
            + bytes(arena.moments())
            + (arena.gradientEma() > 0 ? ", gradient EMA " + bytes(arena.gradientEma()) : ""));
    if (explanation.peaks().isEmpty()) {
      lines.add("time    not predicted: --no-measure");
      return;
    }
    Peaks peaks = explanation.peaks().get();
    lines.add(
        "time    "
            + duration(ledger.predictSeconds(peaks))
            + " per step on this machine: a roofline bound, not a measurement,");
    lines.add(
        "        from measured peaks of "
            + Numbers.rate(peaks.flopsPerSecond() / GIGA)
            + " GFLOP/s and "
            + Numbers.rate(peaks.bytesPerSecond() / GIGA)
            + " GB/s ("
            + peaks.name()
            + ", fp32)");
  }

  private static String duration(double seconds) {
    return seconds < 1 ? Numbers.quantity(1000 * seconds) + " ms" : Numbers.duration(seconds);
  }

  private static String flops(long flops) {
    return flops < GIGA
        ? String.format(Locale.ROOT, "%.2f MFLOP", flops / MEGA)
        : String.format(Locale.ROOT, "%,.2f GFLOP", flops / GIGA);
  }

  private static String bytes(long bytes) {
    return bytes < GIGA
        ? String.format(Locale.ROOT, "%.1f MB", bytes / MEGA)
        : String.format(Locale.ROOT, "%,.1f GB", bytes / GIGA);
  }
}
