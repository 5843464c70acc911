package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.EnginePeaks;
import longrun.measure.Environment;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Rates;
import longrun.measure.Setting;
import longrun.measure.Statistics;
import longrun.measure.Timing;
import longrun.report.Numbers;
import longrun.store.Machine;

/** A {@link BenchResult} for people, on lines of up to 100 characters. */
final class BenchTable {
  /** Characters in a line. */
  static final int WIDTH = 100;

  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;
  private static final double NANOS_PER_MILLISECOND = 1e6;
  private static final String LABEL = "  %-24s%5s";
  private static final String TIMES = LABEL + " %9s %9s %9s %9s %9s %15s";
  private static final String RATES = LABEL + " %13s %10s %10s %8s %10s %8s";

  private final BenchResult result;
  private final List<String> lines = new ArrayList<>();

  private BenchTable(BenchResult result) {
    this.result = result;
  }

  /**
   * The table.
   *
   * @param withoutCuda why there are no rows of the cuda engine, if that was not asked for
   */
  static List<String> lines(BenchResult result, Optional<String> withoutCuda) {
    BenchTable table = new BenchTable(result);
    table.environment();
    withoutCuda.ifPresent(why -> table.lines.add("cuda     not measured: " + why));
    for (Configuration configuration : result.configurations()) {
      List<Measurement> rows =
          result.measurements().stream()
              .filter(row -> row.setting().configuration().equals(configuration.name()))
              .toList();
      table.lines.add("");
      table.configuration(configuration);
      table.times(rows);
      table.rates(rows);
    }
    table.lines.add("");
    table.legend();
    return table.lines.stream().map(line -> cut(line.stripTrailing(), WIDTH)).toList();
  }

  private void environment() {
    Environment environment = result.environment();
    Machine machine = environment.machine();
    lines.add("program  longrun " + environment.version() + ", " + environment.startedAt());
    lines.add("machine  " + machine.cpu() + ", " + Numbers.counted(machine.cores(), "core"));
    lines.add("         " + machine.os() + ", Java " + machine.java());
    environment.device().ifPresent(device -> lines.add("device   " + describe(device)));
    memory().ifPresent(text -> lines.add("memory   " + text));
    for (EnginePeaks peak : result.peaks()) {
      lines.add(
          "peaks    "
              + Numbers.rate(peak.peaks().flopsPerSecond() / GIGA)
              + " GFLOP/s, "
              + Numbers.rate(peak.peaks().bytesPerSecond() / GIGA)
              + " GB/s: "
              + peak.engine()
              + ", "
              + peak.peaks().name()
              + ", "
              + peak.precision().name().toLowerCase(Locale.ROOT));
    }
  }

  private Optional<String> memory() {
    List<String> parts = new ArrayList<>();
    result
        .memory()
        .residentBytes()
        .ifPresent(bytes -> parts.add(Doctor.bytes(bytes) + " resident at most"));
    result
        .memory()
        .deviceUsedBytes()
        .ifPresent(bytes -> parts.add(Doctor.bytes(bytes) + " of the device in use at most"));
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", parts));
  }

  private static String describe(Environment.Device device) {
    return device.name()
        + (device.emulated() ? " (emulated: these times say nothing about a GPU)" : "")
        + ", driver for CUDA "
        + device.cudaVersion()
        + device.driverRelease().map(release -> " (" + release + ")").orElse("");
  }

  private void configuration(Configuration configuration) {
    lines.add(
        cut(configuration.name(), 40)
            + ": a step of one run is "
            + flops(configuration.work().usefulFlops())
            + ", naively "
            + flops(configuration.work().naiveFlops()));
  }

  private void times(List<Measurement> rows) {
    lines.add(
        row(
            TIMES,
            "time per step, ms",
            "runs",
            "median",
            "least",
            "25%",
            "75%",
            "greatest",
            "blocks × steps"));
    for (Measurement row : rows) {
      Setting setting = row.setting();
      String runs = Texts.count(setting.slots());
      switch (row.outcome()) {
        case Outcome.Measured(Timing timing) -> {
          Statistics nanos = timing.nanosPerStep();
          lines.add(
              row(
                  TIMES,
                  label(setting) + (timing.warmUp().settled() ? "" : " *"),
                  runs,
                  milliseconds(nanos.median()),
                  milliseconds(nanos.least()),
                  milliseconds(nanos.lowerQuartile()),
                  milliseconds(nanos.upperQuartile()),
                  milliseconds(nanos.greatest()),
                  Texts.count(timing.blockNanos().size())
                      + " × "
                      + Texts.count(timing.stepsPerBlock())));
        }
        case Outcome.OutOfMemory memory ->
            lines.add(row(LABEL, label(setting), runs) + "  out of memory" + describe(memory));
        case Outcome.Unsupported(String reason) ->
            lines.add(row(LABEL, label(setting), runs) + "  not possible: " + reason);
        case Outcome.Failed(String reason) ->
            lines.add(row(LABEL, label(setting), runs) + "  failed: " + reason);
        case Outcome.Diverged(int diverged) ->
            lines.add(
                row(LABEL, label(setting), runs)
                    + "  no measurement: "
                    + Numbers.counted(diverged, "run")
                    + " diverged, and does nothing since");
      }
    }
  }

  /** What to do comes first: a narrow line may cut the rest. */
  private static String describe(Outcome.OutOfMemory memory) {
    StringBuilder text = new StringBuilder();
    memory
        .fittingSlots()
        .ifPresent(
            fitting ->
                text.append(": ").append(Numbers.counted(fitting, "run")).append(" would fit"));
    if (memory.neededBytes().isPresent() && memory.freeBytes().isPresent()) {
      text.append(" (needs ")
          .append(Doctor.bytes(memory.neededBytes().getAsLong()))
          .append(", ")
          .append(Doctor.bytes(memory.freeBytes().getAsLong()))
          .append(" free)");
    }
    return text.toString();
  }

  private void rates(List<Measurement> rows) {
    if (rows.stream().allMatch(row -> result.rates(row).isEmpty())) {
      return;
    }
    lines.add(
        row(
            RATES,
            "rates",
            "runs",
            "run-steps/s",
            "GFLOP/s",
            "as naive",
            "% FLOP/s",
            "% memory",
            "× cpu"));
    for (Measurement row : rows) {
      Optional<Rates> rates = result.rates(row);
      rates.ifPresent(
          known ->
              lines.add(
                  row(
                      RATES,
                      label(row.setting()),
                      Texts.count(row.setting().slots()),
                      Numbers.rate(known.runStepsPerSecond()),
                      Numbers.rate(known.usefulFlopsPerSecond() / GIGA),
                      Numbers.rate(known.naiveFlopsPerSecond() / GIGA),
                      percent(known.arithmeticShare()),
                      percent(known.bandwidthShare()),
                      known.speedUp().isPresent()
                          ? Numbers.times(known.speedUp().getAsDouble())
                          : Numbers.NONE)));
    }
  }

  private void legend() {
    lines.add("time per step: of all runs together, over blocks of steps; quartiles 25% and 75%");
    lines.add("GFLOP/s: work of the plan; as naive: what a program without it would have to do");
    lines.add("% FLOP/s, % memory: of the peaks above; caches can take memory above 100%");
    String threads =
        result.configurations().stream()
            .flatMap(
                configuration ->
                    result.measurements().stream()
                        .map(Measurement::setting)
                        .filter(setting -> setting.configuration().equals(configuration.name()))
                        .limit(1))
            .flatMap(setting -> result.baseline(setting).stream())
            .map(base -> label(base.setting()))
            .distinct()
            .collect(Collectors.joining(" or "));
    if (!threads.isEmpty()) {
      lines.add("× cpu: run-steps/s over " + threads + "; many runs over the better of its rows");
    }
    if (result.measurements().stream().anyMatch(BenchTable::isUnsettled)) {
      lines.add("*: times had not become steady when the warm-up was over");
    }
  }

  private static boolean isUnsettled(Measurement measurement) {
    return measurement.outcome() instanceof Outcome.Measured(Timing timing)
        && !timing.warmUp().settled();
  }

  private static String label(Setting setting) {
    return cut(setting.contender(), 22);
  }

  private static String row(String format, Object... cells) {
    return String.format(Locale.ROOT, format, cells);
  }

  private static String flops(double flops) {
    return flops < GIGA
        ? String.format(Locale.ROOT, "%.3f MFLOP", flops / MEGA)
        : String.format(Locale.ROOT, "%,.3f GFLOP", flops / GIGA);
  }

  /** Four significant digits, and never fewer than those before the point. */
  static String milliseconds(double nanos) {
    double value = nanos / NANOS_PER_MILLISECOND;
    int decimals = value < 0.9995 ? 4 : value < 9.9995 ? 3 : value < 99.995 ? 2 : 1;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  private static String percent(OptionalDouble share) {
    return share.isPresent()
        ? String.format(Locale.ROOT, "%.1f", 100 * share.getAsDouble())
        : Numbers.NONE;
  }

  static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + "…";
  }
}
