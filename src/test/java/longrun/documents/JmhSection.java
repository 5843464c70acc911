package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import longrun.report.Numbers;

/**
 * A class of JMH benchmarks: its scores with JMH's own error, of how many forks and iterations.
 * Where work was counted, its rate is the score, and calls per time say nothing. Where a device
 * timed it, {@link DeviceRates} has the table.
 */
final class JmhSection {
  /** Of the percentiles that sampling gives. */
  private static final Map<String, String> PERCENTILES =
      Map.of("p0.00", "least", "p0.50", "median", "p0.95", "95% below");

  private static final Map<String, String> UNITS =
      Map.of("flops ops/ns", "GFLOP/s", "bytes ops/ns", "GB/s");

  /** What a reader has to know, by class. */
  private static final Map<String, String> NOTES =
      Map.of(
          "MemoryPeakBenchmark",
          "What is written counts once, though the processor first reads the lines that it is going"
              + " to write: up to a third more moves\nthan the figures say.",
          "UpdateBenchmark",
          "It writes only what it has read, so all that moves counts: it can exceed"
              + " MemoryPeakBenchmark, where up to a fourth does not.");

  private JmhSection() {}

  static String text(MachineResults machine, String jmhClass) throws IOException {
    JsonNode about = machine.about(jmhClass);
    List<JsonNode> results = machine.jmh(jmhClass);
    return text(jmhClass, about, results);
  }

  static String text(String jmhClass, JsonNode about, List<JsonNode> results) {
    String note = NOTES.containsKey(jmhClass) ? NOTES.get(jmhClass) + "\n\n" : "";
    return String.format(
        Locale.ROOT,
        "\n### %s\n\n%s, commit %s, %s\n\n%s%s",
        jmhClass,
        about.required("measured").textValue().substring(0, 10),
        about.required("commit").textValue(),
        String.join("; ", results.stream().map(JmhSection::repetitions).distinct().toList()),
        note,
        DeviceRates.isTimedByADevice(results) ? DeviceRates.table(results) : table(results));
  }

  /** {@code "3 forks × 3 iterations of 1 s, after 2 of 1 s"}. */
  private static String repetitions(JsonNode result) {
    return String.format(
        Locale.ROOT,
        "%s × %s of %s, after %d of %s",
        Numbers.counted(result.required("forks").intValue(), "fork"),
        Numbers.counted(result.required("measurementIterations").intValue(), "iteration"),
        result.required("measurementTime").textValue(),
        result.required("warmupIterations").intValue(),
        result.required("warmupTime").textValue());
  }

  private static MarkdownTable table(List<JsonNode> results) {
    Set<String> parameters = new LinkedHashSet<>();
    Set<String> percentiles = new TreeSet<>();
    for (JsonNode result : results) {
      result.path("params").fieldNames().forEachRemaining(parameters::add);
      result.path("secondaryMetrics").fieldNames().forEachRemaining(percentiles::add);
    }
    percentiles.retainAll(PERCENTILES.keySet());
    List<String> headings = new ArrayList<>(List.of("benchmark"));
    headings.addAll(parameters);
    headings.addAll(List.of("score", "± 99.9%", "unit"));
    percentiles.forEach(name -> headings.add(PERCENTILES.get(name)));
    MarkdownTable table = new MarkdownTable(headings);
    for (JsonNode result : results) {
      scores(result)
          .forEach((name, score) -> table.row(cells(result, name, score, parameters, percentiles)));
    }
    return table;
  }

  /** The rates of counted work; without any, the score under an empty name. */
  private static Map<String, JsonNode> scores(JsonNode result) {
    Map<String, JsonNode> scores = new LinkedHashMap<>();
    result
        .path("secondaryMetrics")
        .properties()
        .forEach(
            counter -> {
              if (!counter.getKey().startsWith("p") && !counter.getKey().startsWith("·")) {
                scores.put(counter.getKey(), counter.getValue());
              }
            });
    return scores.isEmpty() ? Map.of("", result.required("primaryMetric")) : scores;
  }

  private static List<String> cells(
      JsonNode result,
      String name,
      JsonNode score,
      Set<String> parameters,
      Set<String> percentiles) {
    String benchmark = result.required("benchmark").textValue();
    List<String> cells =
        new ArrayList<>(List.of(benchmark.substring(benchmark.lastIndexOf('.') + 1)));
    parameters.forEach(key -> cells.add(result.path("params").path(key).asText()));
    cells.add(Figures.number(score.required("score").doubleValue()));
    double error = score.required("scoreError").asDouble();
    cells.add(Double.isFinite(error) ? Figures.number(error) : "");
    String unit = score.required("scoreUnit").textValue();
    cells.add(name.isEmpty() ? unit : UNITS.getOrDefault(name + " " + unit, name + ", " + unit));
    for (String percentile : percentiles) {
      JsonNode value = result.path("secondaryMetrics").path(percentile);
      cells.add(value.isMissingNode() ? "" : Figures.number(value.required("score").doubleValue()));
    }
    return cells;
  }
}
