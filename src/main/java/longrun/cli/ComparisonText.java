package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.measure.BenchResult;
import longrun.measure.Comparison;
import longrun.report.Numbers;

/** A {@link Comparison} for people, on lines of up to 100 characters. */
final class ComparisonText {
  private static final String ROW = "  %-50s%10s%10s%8s  %s";

  private ComparisonText() {}

  static List<String> lines(Path file, BenchResult before, BenchResult now) {
    Comparison comparison = Comparison.of(before, now);
    List<String> lines = new ArrayList<>();
    lines.add(
        "compared with "
            + file
            + ": longrun "
            + before.environment().version()
            + ", "
            + before.environment().startedAt());
    if (!before.environment().machine().equals(now.environment().machine())) {
      lines.add("which was measured elsewhere: " + before.environment().machine());
    }
    if (!before.environment().device().equals(now.environment().device())) {
      lines.add(
          "with another GPU or driver: "
              + before
                  .environment()
                  .device()
                  .map(device -> device.name() + ", CUDA " + device.cudaVersion())
                  .orElse("none"));
    }
    lines.add(row("median time per step, ms", "before", "now", "speed", ""));
    for (Comparison.Line line : comparison.lines()) {
      lines.add(
          row(
              BenchTable.cut(line.setting().toString(), 48),
              BenchTable.milliseconds(line.before().nanosPerStep().median()),
              BenchTable.milliseconds(line.now().nanosPerStep().median()),
              "× " + Numbers.times(line.speedRatio()),
              switch (line.verdict()) {
                case FASTER -> "faster";
                case SLOWER -> "slower";
                case WITHIN_NOISE -> "within noise";
                case UNSETTLED -> "not settled";
                case SINGLE_ROUND -> "one round: unknown";
              }));
    }
    comparison.onlyNow().forEach(setting -> lines.add("  only now: " + setting));
    comparison.onlyBefore().forEach(setting -> lines.add("  only before: " + setting));
    lines.add("faster, slower: the medians of all rounds are, and those of all blocks by over 5%");
    lines.add(
        "a neighbour that is busy during one of the calls looks the same: repeat both in turn");
    return lines.stream().map(line -> BenchTable.cut(line, BenchTable.WIDTH)).toList();
  }

  private static String row(
      String setting, String before, String now, String ratio, String verdict) {
    return String.format(Locale.ROOT, ROW, setting, before, now, ratio, verdict).stripTrailing();
  }
}
