package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The README's figures of speed, made from what the benchmarks wrote into {@code bench/results}.
 */
final class SpeedSection {
  static final String BEGIN = "<!-- from bench/results: begin -->\n";
  static final String END = "<!-- from bench/results: end -->\n";

  private static final Path RESULTS = Path.of("bench/results");
  private static final ObjectMapper JSON = new ObjectMapper();

  private SpeedSection() {}

  /** What belongs between the two markers. */
  static String text() throws IOException {
    StringBuilder text = new StringBuilder(BEGIN);
    for (Path machine : machines()) {
      JsonNode about = JSON.readTree(machine.resolve("StepBenchmark.machine.json").toFile());
      text.append(
          String.format(
              Locale.ROOT,
              "\n%s, %d cores, %s, commit %s:\n\n",
              about.required("processor").textValue(),
              about.required("cores").intValue(),
              about.required("measured").textValue().substring(0, 10),
              about.required("commit").textValue()));
      text.append(
          "| training step | threads | median | least | 95% below |\n|---|---|---|---|---|\n");
      for (JsonNode result : results(machine, "StepBenchmark")) {
        JsonNode times = result.required("primaryMetric").required("scorePercentiles");
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %.1f ms | %.1f ms | %.1f ms |\n",
                result.required("params").required("config").textValue(),
                result.required("params").required("threads").textValue(),
                times.required("50.0").doubleValue(),
                times.required("0.0").doubleValue(),
                times.required("95.0").doubleValue()));
      }
      products(machine, text);
    }
    return text.append(END).toString();
  }

  private static void products(Path machine, StringBuilder text) throws IOException {
    double peak = 0;
    for (JsonNode result : results(machine, "FmaPeakBenchmark")) {
      if (result.required("benchmark").textValue().endsWith("preferredVector")) {
        peak = flops(result);
      }
    }
    text.append(
        String.format(
            Locale.ROOT,
            "\n"
                + "| matrix product, one core | GFLOP/s | of the %.0f that fused multiply-adds"
                + " reach |\n"
                + "|---|---|---|\n",
            peak));
    for (JsonNode result : results(machine, "MatMulBenchmark")) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.0f | %.0f%% |\n",
              result.required("params").required("shape").textValue().replace("T ", "transposed "),
              flops(result),
              100 * flops(result) / peak));
    }
  }

  private static double flops(JsonNode result) {
    return result.required("secondaryMetrics").required("flops").required("score").doubleValue();
  }

  private static List<JsonNode> results(Path machine, String benchmark) throws IOException {
    List<JsonNode> results = new ArrayList<>();
    JSON.readTree(machine.resolve(benchmark + ".json").toFile()).forEach(results::add);
    return results;
  }

  private static List<Path> machines() throws IOException {
    try (Stream<Path> folders = Files.list(RESULTS)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("StepBenchmark.json")))
          .sorted()
          .toList();
    }
  }
}
