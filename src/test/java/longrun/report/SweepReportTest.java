package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import longrun.store.MetricsRow;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.sweep.Quartiles;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.Sweep;
import longrun.sweep.SweepResults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class SweepReportTest {
  private static final double NAN = Double.NaN;
  private static final long STEPS = 2000;

  private static final String BASE =
      """
      task: {kind: modular, operation: add, modulus: 113, train_fraction: 0.3}
      optimizer: {learning_rate: 0.001, weight_decay: 1.0}
      training: {seed: 7, steps: 2000}
      evaluation: {every: 20}
      checkpoint: {every: 1000}
      sweep:
      """;

  private static final String FRACTIONS_AND_SEEDS =
      "  task.train_fraction: [0.3, 0.4, 0.5, 0.6]\n  training.seed: {from: 1, count: 5}\n";

  @TempDir private Path sweeps;

  private Sweep sweep;
  private SweepFolder folder;

  private void create(String axes) {
    create("sweep", axes);
  }

  private void create(String name, String axes) {
    sweep = SweepFolders.sweep(BASE + axes);
    folder = SweepFolders.create(sweeps.resolve(name), sweep);
  }

  private List<MetricsRow> curve(int run, double grokked) {
    return SweepFolders.curve(sweep.config(run), 60 + run, grokked, STEPS, run);
  }

  private void end(int run, double grokked) throws IOException {
    SweepFolders.end(folder, sweep, run, curve(run, grokked), StopReason.STEPS_DONE);
  }

  private void diverge(int run) throws IOException {
    List<MetricsRow> rows = new ArrayList<>(curve(run, SweepFolders.NEVER).subList(0, 10));
    rows.add(new MetricsRow(200, NAN, 0.01, NAN, 0.01, NAN, 0.001, 2));
    SweepFolders.end(folder, sweep, run, rows, StopReason.DIVERGED);
  }

  private String write() throws IOException {
    Path file = SweepReport.write(folder, sweep);
    assertEquals(folder.reportFile(), file);
    String page = Files.readString(file);
    assertSelfContained(page);
    return page;
  }

  /** No reference that leaves the page, none into the void, and XML that a strict parser takes. */
  private static void assertSelfContained(String page) {
    String withoutNamespace = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assertFalse(withoutNamespace.matches("(?is).*https?:.*"), "names a URL");
    assertFalse(page.contains("url("));
    assertFalse(page.contains("@import"));
    assertFalse(page.matches("(?is).*<(script|link|img|iframe|object|embed|base)\\b.*"));
    NodeList elements = body(page).getElementsByTagName("*");
    Set<String> ids = new HashSet<>();
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      if (element.hasAttribute("id")) {
        assertTrue(ids.add(element.getAttribute("id")), "repeats: " + element.getAttribute("id"));
      }
      if (element.hasAttribute("href")) {
        assertTrue(element.getAttribute("href").startsWith("#"), element.getAttribute("href"));
        targets.add(element.getAttribute("href").substring(1));
      }
      assertFalse(element.hasAttribute("src"));
      for (String name :
          List.of("d", "x", "y", "width", "height", "cx", "cy", "r", "style", "transform")) {
        String value = element.getAttribute(name);
        assertFalse(value.matches("(?s).*(NaN|Infinity|∞|E).*"), name + "=" + value);
      }
      if (element.getTagName().equals("svg")) {
        assertEquals("img", element.getAttribute("role"));
        assertFalse(element.getAttribute("aria-label").isEmpty());
      }
    }
    assertTrue(ids.containsAll(targets), targets + " of " + ids);
  }

  private static Element body(String page) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      String body = page.substring(page.indexOf("<body>"), page.indexOf("</body>") + 7);
      return factory
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(body)))
          .getDocumentElement();
    } catch (Exception e) {
      throw new AssertionError("not well-formed: " + e.getMessage(), e);
    }
  }

  private static List<String> figures(String page) {
    List<String> labels = new ArrayList<>();
    NodeList drawings = body(page).getElementsByTagName("svg");
    for (int i = 0; i < drawings.getLength(); i++) {
      labels.add(((Element) drawings.item(i)).getAttribute("aria-label"));
    }
    return labels;
  }

  /** The texts of the cells, row by row, of the table that has this heading first. */
  private static List<List<String>> table(String page, String heading) {
    NodeList tables = body(page).getElementsByTagName("table");
    for (int i = 0; i < tables.getLength(); i++) {
      Element table = (Element) tables.item(i);
      if (!table.getAttribute("class").equals("data")) {
        continue;
      }
      List<List<String>> rows = new ArrayList<>();
      NodeList trs = table.getElementsByTagName("tr");
      for (int r = 0; r < trs.getLength(); r++) {
        List<String> cells = new ArrayList<>();
        for (var cell = trs.item(r).getFirstChild(); cell != null; cell = cell.getNextSibling()) {
          cells.add(cell.getTextContent());
        }
        rows.add(cells);
      }
      if (rows.getFirst().getFirst().equals(heading)) {
        return rows.subList(1, rows.size());
      }
    }
    throw new AssertionError("no table " + heading);
  }

  /** Written again here, so that a mistake in the page's own way shows. */
  private static String expected(Quartiles quartiles, long most) {
    if (Double.isInfinite(quartiles.lower())) {
      return "not reached";
    }
    return step(quartiles.median(), most)
        + " ["
        + step(quartiles.lower(), most)
        + " – "
        + step(quartiles.upper(), most)
        + "]";
  }

  private static String step(double step, long most) {
    if (Double.isInfinite(step)) {
      return String.format(Locale.ROOT, "> %,d", most);
    }
    String text = String.format(Locale.ROOT, "%,.1f", step);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** Five seeds of four fractions: the first never grok, of the second two, the others all. */
  private void fractionsAndSeeds() throws IOException {
    create(FRACTIONS_AND_SEEDS);
    for (int run = 0; run < sweep.count(); run++) {
      int fraction = run / 5;
      if (run == 9) {
        diverge(run);
      } else {
        boolean groks = fraction > 1 || (fraction == 1 && run < 7);
        end(run, groks ? 900.0 - 150 * fraction + 13 * (run % 5) : SweepFolders.NEVER);
      }
    }
  }

  @Test
  void theNumbersAreThoseOfTheResults() throws IOException {
    fractionsAndSeeds();
    String page = write();
    List<RunResult> results = SweepResults.read(folder, sweep);
    List<RunGroup> groups = RunGroup.by(sweep, List.of(sweep.axes().getFirst()), results);
    List<List<String>> rows = table(page, "train_fraction");
    assertEquals(4, rows.size());
    for (int i = 0; i < 4; i++) {
      RunGroup group = groups.get(i);
      long most = group.mostSteps().orElseThrow();
      assertEquals(
          List.of(
              group.values().getFirst(),
              "5",
              Integer.toString(group.ended()),
              Integer.toString(group.grokked()),
              Integer.toString(group.diverged()),
              expected(group.memorisedAt(), most),
              expected(group.grokkedAt(), most)),
          rows.get(i).subList(0, 7));
    }
    assertEquals(List.of("0", "2", "5", "5"), rows.stream().map(row -> row.get(3)).toList());
    assertEquals("not reached", rows.get(0).get(6));
    assertTrue(rows.get(1).get(6).startsWith("> 2,000 ["), rows.get(1).get(6));
    double delay = groups.get(2).delay().median();
    assertTrue(
        rows.get(2).get(7).startsWith(String.format(Locale.ROOT, "%.1f× [", delay)),
        rows.get(2).get(7));

    List<List<String>> runs = table(page, "run");
    assertEquals(20, runs.size());
    for (RunResult result : results) {
      List<String> row = runs.get(result.run());
      assertEquals(Integer.toString(result.run()), row.get(0));
      assertEquals(result.values(), row.subList(1, 3));
      String grokked =
          result.grokkedAt().isPresent()
              ? String.format(Locale.ROOT, "%,d", result.grokkedAt().getAsLong())
              : "";
      assertEquals(grokked, row.get(5));
      assertEquals(
          result.run() == 9 ? "diverged" : grokked.isEmpty() ? "did not grok" : "grokked",
          row.get(3));
    }
    long step = Math.round(RunGroup.of(List.of(), results).grokkedAt().median());
    assertTrue(
        page.contains(
            String.format(Locale.ROOT, "<h1>12 of 20 runs grokked, median step %,d</h1>", step)),
        page.substring(page.indexOf("<h1>"), page.indexOf("</h1>")));
    assertTrue(page.contains("not reached by half of the runs at 0.3, 0.4."));
    assertTrue(page.contains("accuracy is at least 0.99, evaluated every 20 steps."));
    assertTrue(page.contains("the first of 3 evaluations in a row"));
  }

  @Test
  void everyFigureIsThere() throws IOException {
    fractionsAndSeeds();
    String page = write();
    assertEquals(
        List.of(
            "Accuracy of the runs over steps, 20 runs, coloured by train_fraction",
            "Validation accuracy, median and quartiles, by train_fraction over steps",
            "Share of runs that have grokked, by train_fraction over steps",
            "Loss of the runs (log scale) over steps, 20 runs, coloured by train_fraction",
            "grokked_at by train_fraction (log scale): a dot for each run, a bar for the median",
            "Median grokked_at over train_fraction (rows) and seed (columns), a cell for each pair"
                + " of values"),
        figures(page));
    assertTrue(page.contains("Kaplan–Meier"));
    assertTrue(page.contains("id=\"diverged\""));
    assertTrue(page.contains("run 9 (train_fraction=0.4 seed=5)"));
    assertFalse(page.contains("id=\"failures\""));
    // Cells of single runs: the twelve that grokked have their step, the diverged one a cross.
    for (RunResult run : SweepResults.read(folder, sweep)) {
      if (run.grokkedAt().isPresent()) {
        String number = String.format(Locale.ROOT, "%,d", run.grokkedAt().getAsLong());
        assertTrue(page.contains("\">" + number + "</text></g>"), number);
      }
    }
    assertEquals(1, page.split(">×</text>", -1).length - 1);
    assertEquals(7, page.split(">0/1</text>", -1).length - 1);
  }

  @Test
  void aSweepUnderWay() throws IOException {
    create(FRACTIONS_AND_SEEDS);
    end(0, 800);
    end(1, 900);
    SweepFolders.begin(folder, sweep, 2, curve(2, 500).subList(0, 60));
    SweepFolders.begin(folder, sweep, 3, curve(3, 900).subList(0, 5));
    folder.recordFailure(4, "CUDA_ERROR_OUT_OF_MEMORY <script>alert(1)</script> & more");
    folder.recordFailure(5, "disk full");
    folder.recordFailure(6, "disk full");
    String page = write();
    assertTrue(page.contains("<h1>all 2 ended runs grokked"), page);
    assertTrue(page.contains("3 runs failed: <a href=\"#failures\">reasons</a>"));
    assertTrue(page.contains("<h2>Failed: 3 runs</h2>"));
    assertTrue(page.contains("OUT_OF_MEMORY &lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
    assertEquals(2, page.split("disk full", -1).length, "equal reasons stand together");
    assertTrue(page.indexOf("disk full") < page.indexOf("OUT_OF_MEMORY"), "the most common first");
    assertTrue(page.indexOf("id=\"failures\"") < page.indexOf("id=\"runs\""));
    List<String> outcomes = table(page, "run").stream().map(row -> row.get(3)).toList();
    assertEquals(
        List.of("grokked", "grokked", "grokked, not ended", "not ended", "failed"),
        outcomes.subList(0, 5));
    assertEquals("waiting", outcomes.get(19));
    assertTrue(page.contains("<th scope=\"row\">waiting</th><td>13</td>"));
    assertTrue(page.contains("<th scope=\"row\">begun, not ended</th><td>2</td>"));
  }

  @Test
  void noRunHasBegun() throws IOException {
    create(FRACTIONS_AND_SEEDS);
    String page = write();
    assertTrue(page.contains("<h1>no run has begun yet: 20 runs waiting</h1>"));
    assertEquals(List.of(), figures(page));
    assertEquals(20, table(page, "run").size());
  }

  @Test
  void oneRun() throws IOException {
    create("  training.seed: [3]\n");
    end(0, 900);
    String page = write();
    assertTrue(page.contains("<h1>the run grokked at step "));
    assertTrue(page.contains("There is no heat map: the runs differ in nothing but seeds."));
    assertEquals("all runs", table(page, "").getFirst().getFirst());
    assertEquals(4, figures(page).size());
  }

  @Test
  void anAxisOfOneValueIsNotShownByValue() throws IOException {
    create("  optimizer.weight_decay: [0.5]\n  task.train_fraction: [0.3, 0.4]\n");
    end(0, 900);
    end(1, 800);
    String page = write();
    assertEquals(2, table(page, "train_fraction").size());
    assertTrue(page.contains("There is no heat map: train_fraction is the only axis"));
    assertTrue(page.contains("<th scope=\"row\">optimizer.weight_decay</th><td>0.5</td>"));
  }

  @Test
  void allDiverged() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n  training.seed: [1, 2]\n");
    for (int run = 0; run < 4; run++) {
      diverge(run);
    }
    String page = write();
    assertTrue(page.contains("<h1>all 4 runs diverged</h1>"));
    assertTrue(page.contains("<h2>Diverged: 4 runs</h2>"));
    assertTrue(page.contains("No run that has ended has grokked after step 0."));
    assertEquals(4, page.split(">×</text>", -1).length - 1);
  }

  @Test
  void allFailed() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n");
    folder.recordFailure(0, "no <memory>");
    folder.recordFailure(1, "no <memory>");
    String page = write();
    assertTrue(page.contains("<h1>all 2 runs failed</h1>"));
    assertTrue(page.contains("no &lt;memory&gt;"));
    assertEquals(List.of(), figures(page));
  }

  @Test
  void metricsThatAreNoNumbers() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n  training.seed: [1, 2]\n");
    for (int run = 0; run < 4; run++) {
      List<MetricsRow> rows = new ArrayList<>();
      for (int i = 0; i <= 100; i++) {
        double infinite = i % 2 == 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        rows.add(
            run < 2
                ? new MetricsRow(20L * i, NAN, NAN, NAN, NAN, NAN, NAN, i)
                : new MetricsRow(20L * i, infinite, 0, -1, i % 3 == 0 ? NAN : 2, 0, 0, i));
      }
      SweepFolders.end(folder, sweep, run, rows, StopReason.STEPS_DONE);
    }
    String page = write();
    assertFalse(page.contains("NaN"));
    assertTrue(page.contains("Values zero or outside the axis are left out."));
  }

  @Test
  void onlyStepZero() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n");
    SweepFolders.begin(folder, sweep, 0, curve(0, 900).subList(0, 1));
    SweepFolders.begin(folder, sweep, 1, List.of());
    String page = write();
    assertTrue(page.contains("<h1>no run has ended yet: 2 of 2 runs have begun</h1>"));
    assertEquals(4, figures(page).size());
  }

  @Test
  void whatNamesSayStaysText() throws IOException {
    create("<i>\"it's & <script>\u0007", "  task.operation: [add, subtract]\n");
    end(0, 900);
    end(1, 900);
    String page = write();
    assertTrue(page.contains("&lt;i&gt;&quot;it&#39;s &amp; &lt;script&gt;\uFFFD"));
    assertTrue(page.contains("Zen &lt;3&gt;"));
  }

  @Test
  void damagedRunsAreNamedAndHideNoOther() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n  training.seed: [1, 2]\n");
    for (int run = 0; run < 4; run++) {
      end(run, 800);
    }
    Files.writeString(folder.runPath(1).resolve("metrics.csv"), MetricsRow.HEADER + "\n0,1,2\n");
    Files.writeString(folder.runPath(2).resolve("summary.json"), "{");
    String page = write();
    assertTrue(page.contains("Files that cannot be read"));
    assertTrue(page.contains("summary.json"), "the damaged summary is named");
    assertTrue(page.contains("metrics.csv:2: "), "the damaged metrics are named");
    assertEquals(
        "Accuracy of the runs over steps, 3 runs, coloured by train_fraction",
        figures(page).getFirst());
  }

  @Test
  void aThousandRunsStaySmallAndAreNotAllDrawn() throws IOException {
    create(
        "  optimizer.weight_decay: {log_range: [1e-2, 1e2], points: 10}\n"
            + "  task.train_fraction: [0.3, 0.4, 0.5, 0.6, 0.7]\n"
            + "  training.seed: {from: 1, count: 21}\n");
    for (int run = 0; run < sweep.count(); run++) {
      SweepFolders.begin(folder, sweep, run, curve(run, 300 + run).subList(0, 40));
    }
    String page = write();
    int bytes = page.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes < 3_000_000, "bytes=" + bytes);
    assertTrue(page.contains("Drawn are 80 of 1,050 runs"));
    assertTrue(page.contains("over the medians of all"));
    assertEquals(1000, table(page, "run").size());
    assertTrue(page.contains("The first 1,000 of 1,050 runs; results.csv"));
  }

  @Test
  void noisyCurvesOfTwoHundredRunsStaySmall() throws IOException {
    create("  training.seed: {from: 1, count: 200}\n");
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      double noise = Math.abs(Math.sin(i * 12.9898) * 43758.5453 % 1);
      rows.add(new MetricsRow(20L * i, 1e-7 + noise, noise, 1 + noise, 1 - noise, 30, 0.001, i));
    }
    for (int run = 0; run < 200; run++) {
      SweepFolders.begin(folder, sweep, run, rows);
    }
    String page = write();
    int bytes = page.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes < 3_000_000, "bytes=" + bytes);
    assertTrue(page.contains("All 200 runs that have been evaluated."));
  }

  @Test
  void anotherSweepsFolderIsRefusedAndTheOldReportStays() throws IOException {
    create("  task.train_fraction: [0.3, 0.4]\n");
    String before = write();
    Sweep other = SweepFolders.sweep(BASE + "  task.train_fraction: [0.3, 0.4, 0.5]\n");
    String message =
        assertThrows(StorageException.class, () -> SweepReport.write(folder, other)).getMessage();
    assertTrue(message.contains("sweep.yaml"), message);
    assertEquals(before, Files.readString(folder.reportFile()));
  }

  @Test
  void theSameFilesGiveTheSamePage() throws IOException {
    fractionsAndSeeds();
    assertEquals(write(), write());
  }
}
