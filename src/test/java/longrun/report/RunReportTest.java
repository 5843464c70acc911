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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import longrun.config.ConfigException;
import longrun.store.EngineSpan;
import longrun.store.InitFile;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.StopReason;
import longrun.store.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RunReportTest {
  private static final Pattern SVG = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);
  private static final double NAN = Double.NaN;

  @TempDir private Path runs;

  private static String write(Path folder) throws IOException {
    return write(folder, new RunReport());
  }

  private static String write(Path folder, RunReport report) throws IOException {
    Path file = report.write(folder);
    assertEquals("report.html", file.getFileName().toString());
    String page = Files.readString(file);
    assertSelfContained(page);
    return page;
  }

  private Path run(List<MetricsRow> rows) throws IOException {
    return RunFolders.create(runs.resolve("run"), RunFolders.CONFIG, rows);
  }

  /** No reference that a browser would follow, and XML that a strict parser takes. */
  private static void assertSelfContained(String page) {
    String withoutNamespace = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assertFalse(withoutNamespace.matches("(?is).*https?:.*"), "names a URL");
    Matcher urls = Pattern.compile("url\\(([^)]*)\\)").matcher(page);
    while (urls.find()) {
      assertTrue(urls.group(1).startsWith("#"), urls.group());
    }
    assertFalse(page.matches("(?is).*<(script|link|img|iframe|object|embed|base)\\b.*"));
    assertFalse(page.matches("(?is).*\\s(src|href|xlink:href)\\s*=.*"));
    assertFalse(page.contains("@import"));
    String body = page.substring(page.indexOf("<body>"), page.indexOf("</body>") + 7);
    Element root = parse(body);
    List<String> ids = new ArrayList<>();
    NodeList elements = root.getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      if (element.hasAttribute("id")) {
        ids.add(element.getAttribute("id"));
      }
    }
    assertEquals(ids.size(), ids.stream().distinct().count(), "ids repeat: " + ids);
    assertFalse(page.matches("(?s).*(NaN|Infinity)[, \"].*points.*"), "a point is not finite");
  }

  private static Element parse(String xml) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return factory
          .newDocumentBuilder()
          .parse(new InputSource(new StringReader(xml)))
          .getDocumentElement();
    } catch (Exception e) {
      throw new AssertionError("not well-formed: " + e.getMessage(), e);
    }
  }

  private static List<Element> charts(String page) {
    List<Element> charts = new ArrayList<>();
    Matcher matcher = SVG.matcher(page);
    while (matcher.find()) {
      Element svg = parse(matcher.group());
      assertEquals("img", svg.getAttribute("role"));
      assertFalse(svg.getAttribute("aria-label").isEmpty());
      for (String name : List.of("points", "d", "x1", "x2", "y1", "y2", "cx", "cy")) {
        NodeList elements = svg.getElementsByTagName("*");
        for (int i = 0; i < elements.getLength(); i++) {
          String value = ((Element) elements.item(i)).getAttribute(name);
          assertFalse(value.matches("(?s).*(NaN|Infinity|∞).*"), name + "=" + value);
        }
      }
      charts.add(svg);
    }
    return charts;
  }

  private static List<String> labels(String page) {
    return charts(page).stream().map(chart -> chart.getAttribute("aria-label")).toList();
  }

  private static int drawnIn(Element chart, Ink ink) {
    int count = 0;
    NodeList elements = chart.getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      String style = ((Element) elements.item(i)).getAttribute("style");
      count += style.contains(ink.cssReference()) ? 1 : 0;
    }
    return count;
  }

  @Test
  void aRunThatGrokked() throws IOException {
    List<MetricsRow> rows = RunFolders.grokking(200);
    Path folder = run(rows);
    RunFolders.end(
        folder, StopReason.STEPS_DONE, OptionalLong.of(140), OptionalLong.of(1350), rows.getLast());
    String page = write(folder);

    assertTrue(
        page.contains("<h1>memorised at step 140, grokked at step 1,350: 9.6 times later</h1>"));
    assertEquals(
        List.of(
            "Accuracy over log steps: train and validation; memorised at 140; grokked at 1,350",
            "Loss (log scale) over log steps: train and validation; memorised at 140; grokked at"
                + " 1,350",
            "Weight norm, all parameters together over log steps: weight norm"),
        labels(page));
    assertTrue(page.contains("<th scope=\"row\">memorised at</th><td>step 140</td>"));
    assertTrue(page.contains("<th scope=\"row\">delay (grokked / memorised)</th><td>9.6×</td>"));
    assertTrue(
        page.contains("the first of 3 evaluations in a row at which the train (validation)"));
    assertTrue(page.contains("accuracy is at least 0.99."));
    assertTrue(page.contains("A log axis has no step 0"));
    assertTrue(page.contains("<td>1 min 30 s</td><td>90.0%</td>"));
    assertTrue(page.contains("<td>1.00 s</td><td>1.0%</td>"));
    assertTrue(page.contains("modulus: 113"));
    assertTrue(page.contains("longrun train " + folder.resolve("config.yaml") + " --engine cpu"));
    assertFalse(page.contains("metrics.csv has them all"), "nothing was thinned");
  }

  @Test
  void colorsAreTheReadersToChange() throws IOException {
    List<Element> charts = charts(write(run(RunFolders.grokking(200))));
    for (Element chart : charts.subList(0, 2)) {
      assertTrue(drawnIn(chart, Ink.TRAIN) > 0);
      assertTrue(drawnIn(chart, Ink.VALIDATION) > 0);
    }
    for (Element chart : charts) {
      assertTrue(drawnIn(chart, Ink.TEXT) > 5);
      NodeList elements = chart.getElementsByTagName("*");
      for (int i = 0; i < elements.getLength(); i++) {
        String style = ((Element) elements.item(i)).getAttribute("style");
        assertFalse(style.contains("rgb("), style);
      }
    }
  }

  @Test
  void aCurveIsOneElement() throws IOException {
    Element accuracy = charts(write(run(RunFolders.grokking(200)))).getFirst();
    assertEquals(2, accuracy.getElementsByTagName("polyline").getLength());
    Element train = (Element) accuracy.getElementsByTagName("polyline").item(0);
    assertEquals(199, train.getAttribute("points").split(" ").length, "all but step 0");
  }

  @Test
  void aRunThatHasNotEnded() throws IOException {
    String page = write(run(RunFolders.grokking(100)));
    assertTrue(
        page.contains(
            "<h1>memorised at step 140, not yet grokked (validation accuracy 0.5050); interrupted"
                + " at step 990 of 40,000</h1>"));
    assertTrue(page.contains("interrupted; longrun resume goes on"));
    assertTrue(page.contains("The rest is recorded when a run ends."));
  }

  @Test
  void oneRow() throws IOException {
    String page = write(run(RunFolders.grokking(1)));
    assertEquals(3, charts(page).size());
    assertTrue(labels(page).getFirst().startsWith("Accuracy over steps: "));
    assertTrue(page.contains("interrupted at step 0 of 40,000"));
    assertFalse(page.contains("has no step 0"));
  }

  @Test
  void noRow() throws IOException {
    String page = write(run(List.of()));
    assertEquals(0, charts(page).size());
    assertTrue(page.contains("There is no value to draw."));
  }

  @Test
  void oneRowAfterStepZero() throws IOException {
    assertEquals(3, charts(write(run(RunFolders.grokking(2)))).size());
  }

  @Test
  void nothingValidates() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (MetricsRow row : RunFolders.grokking(200)) {
      rows.add(RunFolders.row(row.step(), row.trainLoss(), row.trainAccuracy(), NAN, NAN, 0.001));
    }
    String page = write(run(rows));
    assertEquals("Accuracy over log steps: train; memorised at 140", labels(page).getFirst());
    assertTrue(page.contains("nothing validates, so it cannot grok"));
    assertTrue(page.contains("No example validates."));
    assertFalse(page.contains("NaN"), "what does not exist is not NaN");
    for (Element chart : charts(page)) {
      assertEquals(0, drawnIn(chart, Ink.VALIDATION));
    }
  }

  @Test
  void aRunThatDiverged() throws IOException {
    List<MetricsRow> rows = new ArrayList<>(RunFolders.grokking(50));
    rows.add(new MetricsRow(500, NAN, 0.01, Double.POSITIVE_INFINITY, 0.01, NAN, 0.001, 5));
    Path folder = run(rows);
    RunFolders.end(
        folder, StopReason.DIVERGED, OptionalLong.of(140), OptionalLong.empty(), rows.getLast());
    String page = write(folder);
    assertEquals(3, charts(page).size());
    assertTrue(page.contains("; diverged at step 500</h1>"));
    assertTrue(page.contains("<td>NaN</td><td>∞</td>"));
    assertTrue(page.contains("1 train value not finite: left out."));
    assertTrue(page.contains("1 weight norm value not finite: left out."));
  }

  @Test
  void nothingButNan() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      rows.add(new MetricsRow(i, NAN, NAN, NAN, NAN, NAN, NAN, i));
    }
    String page = write(run(rows));
    assertEquals(0, charts(page).size());
    assertTrue(page.contains("29 train values not finite: left out."));
  }

  @Test
  void lossesOfZeroAreLeftOutAndCounted() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(RunFolders.row(i, i < 40 ? 1 : 0, 1, i < 50 ? 1e-9 : -0.0, 1, 0.001));
    }
    String page = write(run(rows));
    assertTrue(page.contains("60 train values zero or below the axis: left out."));
    assertTrue(page.contains("50 validation values zero or below the axis: left out."));
  }

  @Test
  void extremeNumbers() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      double loss = i % 2 == 0 ? Double.MAX_VALUE : Double.MIN_VALUE;
      double norm = i % 2 == 0 ? Double.MAX_VALUE : -Double.MAX_VALUE;
      long step = i * 1_000_000_000L;
      rows.add(new MetricsRow(step, loss, 2, loss, -3, norm, loss, i));
    }
    String page = write(run(rows));
    assertTrue(charts(page).size() >= 2, labels(page).toString());
    assertTrue(page.contains("99 train values outside the axis: left out."), page);
    assertTrue(page.contains("Weight norm, all parameters together, in units of 1E308"));
    assertFalse(page.contains("Charts are missing"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-320, 1e-30, 1e-12, 1e-5, 1e-3, 1, 1e6, 1e9, 1e30, 1e307})
  void learningRatesOfAnySize(double size) throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(RunFolders.row(i, 1, 0, 1, 0, size * (1 + i / 50.0)));
    }
    String page = write(run(rows));
    assertEquals(4, charts(page).size(), labels(page).toString());
    assertFalse(page.contains("left out"), page);
  }

  @Test
  void markedBeforeTheAxis() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(RunFolders.row(10L * i, 1e-6, 1, 9, i < 60 ? 0.01 : 1, 0.001));
    }
    String page = write(run(rows));
    assertEquals(
        "Accuracy over log steps: train and validation; grokked at 600", labels(page).getFirst());
    assertTrue(page.contains("It memorised at step 0, outside this axis."));
  }

  @Test
  void theLearningRateIsDrawnWhereItChanges() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(RunFolders.row(i, 1, 0, 1, 0, 1e-3 * Math.min(1, i / 50.0)));
    }
    String page = write(run(rows));
    assertEquals("Learning rate over log steps: learning rate", labels(page).getLast());
    assertEquals(4, charts(page).size());
  }

  @Test
  void hundredThousandEvaluationsStaySmall() throws IOException {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      double noise = Math.abs(Math.sin(i * 12.9898) * 43758.5453 % 1);
      rows.add(
          new MetricsRow(
              10L * i, 1e-7 + noise, noise, 1 + noise, 1 - noise, 30 + noise, noise, i * 0.1));
    }
    Path folder = run(rows);
    String page = write(folder);
    long bytes = page.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes < 1_500_000, "bytes=" + bytes);
    assertEquals(4, charts(page).size());
    assertTrue(page.contains("Of the 100,000 evaluations"));
    assertTrue(page.contains("metrics.csv has them all"));
  }

  @Test
  void whatTheFilesSayStaysText() throws IOException {
    List<MetricsRow> rows = RunFolders.grokking(20);
    Path folder =
        RunFolders.create(
            runs.resolve("<script>alert('a&b')</script>".replace('/', '\u2215') + "\u0007\""),
            RunFolders.CONFIG,
            rows);
    Files.writeString(
        folder.resolve("config.yaml"),
        "# </code></pre><script>alert(1)</script> & \"quoted\"\n" + RunFolders.CONFIG);
    RunFolders.end(
        folder, StopReason.STEPS_DONE, OptionalLong.empty(), OptionalLong.empty(), rows.getLast());
    String page = write(folder);
    assertFalse(page.contains("<script"));
    assertFalse(page.contains("\u0007"));
    assertTrue(page.contains("&lt;script&gt;alert(&#39;a&amp;b&#39;)"));
    assertTrue(page.contains("# &lt;/code&gt;&lt;/pre&gt;&lt;script&gt;alert(1)"));
    assertTrue(page.contains("Zen &lt;3&gt;"));
  }

  @Test
  void theCommandCanBePasted() throws IOException {
    Path folder =
        RunFolders.create(runs.resolve("it's mine"), RunFolders.CONFIG, RunFolders.grokking(3));
    Files.writeString(folder.resolve("train_indices.txt"), "0\n1\n");
    String page = write(folder);
    String quoted = (folder.getParent() + "/it'\\''s mine").replace("'", "&#39;");
    assertTrue(
        page.contains(
            "longrun train &#39;" + quoted + "/config.yaml&#39; --train-indices &#39;" + quoted),
        page.substring(page.indexOf("longrun train")));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void withoutFontsTheTablesRemain(int which) throws IOException {
    Throwable failure =
        switch (which) {
          case 0 -> new UnsatisfiedLinkError("libfreetype.so.6: cannot open shared object file");
          case 1 -> new NoClassDefFoundError("Could not initialize class sun.font.FontManager");
          case 2 -> new InternalError(new RuntimeException("Fontconfig head is null"));
          case 3 -> new Error("Probable fatal error: No physical fonts found.");
          case 4 -> new java.awt.AWTError("no toolkit");
          default -> new IllegalArgumentException("<b>a chart of its own mind</b>");
        };
    List<MetricsRow> rows = RunFolders.grokking(200);
    String page = write(run(rows), new RunReport(chart -> thrown(failure)));
    assertEquals(0, charts(page).size());
    assertTrue(page.contains("<h1>memorised at step 140, grokked at step 1,350: 9.6 times later"));
    assertTrue(page.contains("class=\"warning\">Charts are missing: "));
    String expected =
        switch (which) {
          case 0 -> "without the library libfreetype";
          case 1, 2, 3 -> "apt-get install libfontconfig1 fonts-dejavu-core";
          case 4 -> "no toolkit";
          default -> "&lt;b&gt;a chart of its own mind&lt;/b&gt;";
        };
    assertTrue(page.contains(expected), page);
  }

  private static String thrown(Throwable failure) {
    switch (failure) {
      case Error error -> throw error;
      case RuntimeException exception -> throw exception;
      default -> throw new AssertionError(failure);
    }
  }

  @Test
  void oneChartThatFailsTakesNoOtherAlong() throws IOException {
    Chart.Painter painter = new XChartPainter();
    RunReport report =
        new RunReport(
            chart ->
                chart.description().startsWith("Loss")
                    ? thrown(new IllegalStateException("no loss"))
                    : painter.paint(chart));
    String page = write(run(RunFolders.grokking(200)), report);
    assertEquals(2, charts(page).size());
    assertTrue(page.contains("no loss"));
  }

  @Test
  void whatIsNoDrawingFailureIsThrown() throws IOException {
    Path folder = run(RunFolders.grokking(20));
    AssertionError error = new AssertionError("a mistake of this program");
    RunReport report = new RunReport(chart -> thrown(error));
    assertEquals(error, assertThrows(AssertionError.class, () -> report.write(folder)));
    assertFalse(Files.exists(folder.resolve("report.html")));
  }

  @Test
  void damagedFilesAreNamedAndTheOldReportStays() throws IOException {
    Path folder = run(RunFolders.grokking(20));
    String before = write(folder);
    Files.writeString(folder.resolve("metrics.csv"), MetricsRow.HEADER + "\n0,1,2\n");
    String message =
        assertThrows(StorageException.class, () -> new RunReport().write(folder)).getMessage();
    assertTrue(message.contains("metrics.csv:2: "), message);
    assertEquals(before, Files.readString(folder.resolve("report.html")));

    Files.writeString(folder.resolve("config.yaml"), "taks: {}\n");
    String config =
        assertThrows(ConfigException.class, () -> new RunReport().write(folder)).getMessage();
    assertTrue(config.contains("config.yaml:1"), config);
  }

  @Test
  void aRunWhoseEngineWasChangedSaysSo() throws IOException {
    List<MetricsRow> rows = RunFolders.grokking(200);
    Path folder = run(rows);
    RunFolders.end(
        folder,
        StopReason.STEPS_DONE,
        OptionalLong.of(140),
        OptionalLong.of(1350),
        rows.getLast(),
        Provenance.UNKNOWN.goesOnWith("cpu", 0).goesOnWith("reference", 1000));
    String page = write(folder);
    assertTrue(
        page.contains("<th scope=\"row\">engine</th><td>cpu; reference from step 1,000</td>"));
    assertTrue(page.contains("config.yaml --engine cpu --run-dir"));
    assertTrue(
        page.contains(
            "class=\"warning\">The engine was changed on the way (cpu; reference from step"
                + " 1,000)."));
    assertFalse(page.contains("--init"));
  }

  @Test
  void aRunThatWasStartedFromAFileNamesIt() throws IOException {
    List<MetricsRow> rows = RunFolders.grokking(200);
    Path folder = run(rows);
    Provenance provenance =
        new Provenance(
            List.of(new EngineSpan(0, "cpu")), Optional.of(new InitFile("/data/a b", "00ff")));
    RunFolders.end(
        folder,
        StopReason.STEPS_DONE,
        OptionalLong.of(140),
        OptionalLong.of(1350),
        rows.getLast(),
        provenance);
    String page = write(folder);
    assertTrue(page.contains(" --init &#39;/data/a b&#39; --run-dir"), "the copy was taken away");
    assertTrue(page.contains("Started from the parameters in /data/a b, SHA-256 00ff"));
    assertFalse(page.contains("class=\"warning\""));
    Path copy = Files.writeString(folder.resolve("init.safetensors"), "a copy");
    assertTrue(write(folder).contains(" --init " + copy + " --run-dir"));
  }

  @Test
  void aMissingRowIsNamed() throws IOException {
    List<MetricsRow> rows = new ArrayList<>(RunFolders.grokking(100));
    rows.subList(30, 50).clear();
    Path folder = run(rows);
    assertTrue(
        assertThrows(StorageException.class, () -> new RunReport().write(folder))
            .getMessage()
            .endsWith("metrics.csv:32: expected step 300, found 500"));
  }

  @Test
  void theSameFilesGiveTheSamePage() throws IOException {
    Path folder = run(RunFolders.grokking(200));
    assertEquals(write(folder), write(folder));
  }
}
