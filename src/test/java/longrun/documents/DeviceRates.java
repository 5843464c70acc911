package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Products that a device timed by its own clock: work over the time that the device had for it, of
 * each of JMH's iterations, ours beside cuBLAS's. The work over the wall's time, which JMH would
 * show, is less by what the device waited.
 */
final class DeviceRates {
  private static final String TIME = "deviceNanos";
  private static final String WORK = "flops";
  private static final String OURS = "longrun";
  private static final String THEIRS = "cublas";

  private DeviceRates() {}

  static boolean isTimedByADevice(List<JsonNode> results) {
    return results.stream().anyMatch(result -> result.path("secondaryMetrics").has(TIME));
  }

  /** A row for each combination of parameters. */
  static MarkdownTable table(List<JsonNode> results) {
    Map<List<String>, Map<String, double[]>> rows = new LinkedHashMap<>();
    List<String> headings = new ArrayList<>();
    results.getFirst().required("params").fieldNames().forEachRemaining(headings::add);
    for (JsonNode result : results) {
      List<String> key =
          headings.stream().map(name -> result.required("params").required(name).asText()).toList();
      String benchmark = result.required("benchmark").textValue();
      String method = benchmark.substring(benchmark.lastIndexOf('.') + 1);
      if (!method.equals(OURS) && !method.equals(THEIRS)) {
        throw new IllegalArgumentException(benchmark + " is neither longrun nor cublas");
      }
      rows.computeIfAbsent(key, any -> new LinkedHashMap<>()).put(method, rates(result));
    }
    headings.addAll(List.of("longrun, GFLOP/s", "cuBLAS, GFLOP/s", "longrun / cuBLAS"));
    MarkdownTable table = new MarkdownTable(headings);
    rows.forEach(
        (key, rates) -> {
          List<String> cells = new ArrayList<>(key);
          cells.add(rates.containsKey(OURS) ? text(rates.get(OURS)) : "");
          cells.add(rates.containsKey(THEIRS) ? text(rates.get(THEIRS)) : "");
          cells.add(
              rates.size() == 2
                  ? Figures.number(median(rates.get(OURS)) / median(rates.get(THEIRS)))
                  : "");
          table.row(cells);
        });
    return table;
  }

  /** Of every iteration of every fork, in flops per nanosecond, in rising order. */
  private static double[] rates(JsonNode result) {
    double[] work = samples(result, WORK);
    double[] time = samples(result, TIME);
    if (work.length == 0 || work.length != time.length) {
      throw new IllegalArgumentException(
          result.required("benchmark").textValue()
              + ": "
              + work.length
              + " iterations with flops and "
              + time.length
              + " with the device's time");
    }
    double[] rates = new double[work.length];
    Arrays.setAll(rates, i -> work[i] / time[i]);
    Arrays.sort(rates);
    return rates;
  }

  private static double[] samples(JsonNode result, String counter) {
    List<Double> samples = new ArrayList<>();
    JsonNode forks = result.required("secondaryMetrics").required(counter).required("rawData");
    forks.forEach(fork -> fork.forEach(sample -> samples.add(sample.doubleValue())));
    return samples.stream().mapToDouble(each -> each).toArray();
  }

  private static double median(double[] rising) {
    int half = rising.length / 2;
    return rising.length % 2 == 1 ? rising[half] : (rising[half - 1] + rising[half]) / 2;
  }

  /** Median, least and greatest. */
  private static String text(double[] rising) {
    return Figures.number(median(rising))
        + " ("
        + Figures.number(rising[0])
        + "–"
        + Figures.number(rising[rising.length - 1])
        + ")";
  }
}
