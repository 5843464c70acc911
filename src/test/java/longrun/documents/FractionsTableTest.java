package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import longrun.config.ConfigReader;
import longrun.sweep.Quartiles;
import longrun.sweep.Sweep;
import org.junit.jupiter.api.Test;

/** The README's table of nanda-2023 by train fraction is that of the sweep's results.csv. */
class FractionsTableTest {
  private static final Path RESULTS = Path.of("bench/sweeps/nanda-2023-fractions/results.csv");
  private static final Path CONFIG = Path.of("configs/nanda-2023-fractions.yaml");

  @Test
  void theReadmesRowsFollowFromTheResults() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    Map<String, List<Map<String, String>>> groups = groups();
    assertEquals(List.of("0.3", "0.4", "0.5", "0.6"), List.copyOf(groups.keySet()));
    for (Map.Entry<String, List<Map<String, String>>> group : groups.entrySet()) {
      List<Map<String, String>> runs = group.getValue();
      String begin =
          String.format(
              Locale.ROOT,
              "| %.0f%% | %d of %d | %s | %s |",
              100 * Double.parseDouble(group.getKey()),
              runs.stream().filter(run -> !run.get("grokked_at").isEmpty()).count(),
              runs.size(),
              quartiles(runs, "memorised_at"),
              quartiles(runs, "grokked_at"));
      assertTrue(readme.contains("\n" + begin), () -> "README.md lacks: " + begin);
    }
  }

  @Test
  void theResultsAreOfTheSweepThatIsConfigured() throws IOException {
    Sweep sweep = Sweep.of(ConfigReader.readSweep(CONFIG, List.of()));
    List<Map<String, String>> rows = rows();
    assertEquals(sweep.count(), rows.size());
    for (int run = 0; run < rows.size(); run++) {
      assertEquals(
          sweep.values(run),
          List.of(rows.get(run).get("train_fraction"), rows.get(run).get("seed")));
      assertEquals("ended", rows.get(run).get("status"));
    }
  }

  private static String quartiles(List<Map<String, String>> runs, String column) {
    Quartiles quartiles =
        Quartiles.of(
            runs.stream().mapToDouble(run -> Double.parseDouble(run.get(column))).toArray());
    return String.format(
        Locale.ROOT,
        "%,.0f (%,.0f–%,.0f)",
        quartiles.median(),
        quartiles.lower(),
        quartiles.upper());
  }

  private static Map<String, List<Map<String, String>>> groups() throws IOException {
    Map<String, List<Map<String, String>>> groups = new TreeMap<>();
    for (Map<String, String> row : rows()) {
      groups.computeIfAbsent(row.get("train_fraction"), _ -> new ArrayList<>()).add(row);
    }
    return groups;
  }

  private static List<Map<String, String>> rows() throws IOException {
    List<String> lines = Files.readAllLines(RESULTS);
    String[] columns = lines.getFirst().split(",", -1);
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      Map<String, String> row = new TreeMap<>();
      for (int i = 0; i < columns.length; i++) {
        row.put(columns[i], cells[i]);
      }
      rows.add(row);
    }
    return rows;
  }
}
