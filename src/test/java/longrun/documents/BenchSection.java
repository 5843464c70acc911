package longrun.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Rates;
import longrun.measure.Statistics;
import longrun.measure.Timing;

/** What {@code longrun bench --json} wrote. */
final class BenchSection {
  private static final double GIGA = 1e9;

  private BenchSection() {}

  static String text(BenchResult result) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "\n%s, %d cores%s, %s, longrun %s:\n",
            result.environment().machine().cpu(),
            result.environment().machine().cores(),
            result.environment().device().map(device -> ", " + device.name()).orElse(""),
            result.environment().startedAt().toString().substring(0, 10),
            result.environment().version()));
    boolean unsettled = false;
    for (Configuration configuration : result.configurations()) {
      MarkdownTable table =
          new MarkdownTable(
              List.of(
                  configuration.name(),
                  "runs",
                  "ms per step (quartiles)",
                  "run-steps/s",
                  "GFLOP/s",
                  "as naive",
                  "of peak"));
      for (Measurement measurement : result.measurements()) {
        if (measurement.setting().configuration().equals(configuration.name())) {
          table.row(cells(result, measurement));
          unsettled |= isUnsettled(measurement);
        }
      }
      text.append('\n').append(table);
    }
    if (unsettled) {
      text.append("\n\\*: times had not become steady when the warm-up was over.\n");
    }
    return text.toString();
  }

  private static List<String> cells(BenchResult result, Measurement measurement) {
    List<String> cells =
        new ArrayList<>(
            List.of(
                measurement.setting().contender() + (isUnsettled(measurement) ? " \\*" : ""),
                Integer.toString(measurement.setting().slots())));
    return switch (measurement.outcome()) {
      case Outcome.Measured(Timing timing) -> {
        cells.addAll(figures(result, measurement, timing.nanosPerStep()));
        yield cells;
      }
      case Outcome.OutOfMemory _ -> withoutFigures(cells, "out of memory");
      case Outcome.Unsupported _ -> withoutFigures(cells, "not possible");
      case Outcome.Failed _ -> withoutFigures(cells, "failed");
      case Outcome.Diverged _ -> withoutFigures(cells, "diverged");
    };
  }

  private static List<String> withoutFigures(List<String> cells, String why) {
    cells.addAll(List.of(why, "", "", "", ""));
    return cells;
  }

  private static boolean isUnsettled(Measurement measurement) {
    return measurement.outcome() instanceof Outcome.Measured(Timing timing)
        && !timing.warmUp().settled();
  }

  private static List<String> figures(
      BenchResult result, Measurement measurement, Statistics nanos) {
    List<String> cells = new ArrayList<>();
    Rates rates = result.rates(measurement).orElseThrow();
    cells.add(
        Figures.milliseconds(nanos.median())
            + " ("
            + Figures.milliseconds(nanos.lowerQuartile())
            + "–"
            + Figures.milliseconds(nanos.upperQuartile())
            + ")");
    cells.add(Figures.number(rates.runStepsPerSecond()));
    cells.add(Figures.number(rates.usefulFlopsPerSecond() / GIGA));
    cells.add(Figures.number(rates.naiveFlopsPerSecond() / GIGA));
    OptionalDouble share = rates.arithmeticShare();
    cells.add(share.isEmpty() ? "" : Figures.percent(share.getAsDouble()));
    return cells;
  }
}
