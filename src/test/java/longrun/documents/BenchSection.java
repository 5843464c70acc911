package longrun.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.Measurement;
import longrun.measure.Rates;
import longrun.measure.Statistics;

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
    for (Configuration configuration : result.configurations()) {
      MarkdownTable table =
          new MarkdownTable(
              List.of(
                  configuration.name(),
                  "runs",
                  "ms per step",
                  "run-steps/s",
                  "GFLOP/s",
                  "as naive",
                  "of peak"));
      for (Measurement measurement : result.measurements()) {
        if (measurement.setting().configuration().equals(configuration.name())) {
          table.row(cells(result, measurement));
        }
      }
      text.append('\n').append(table);
    }
    return text.toString();
  }

  private static List<String> cells(BenchResult result, Measurement measurement) {
    List<String> cells =
        new ArrayList<>(
            List.of(
                measurement.setting().contender(),
                Integer.toString(measurement.setting().slots())));
    if (measurement.nanosPerStep().isEmpty()) {
      cells.addAll(List.of(measurement.outcome().getClass().getSimpleName(), "", "", "", ""));
      return cells;
    }
    Statistics nanos = measurement.nanosPerStep().get();
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
