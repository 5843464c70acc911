package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import longrun.measure.BenchResult;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class AxisPlotTest {
  private static final Path RESULTS = Path.of("results");
  private static final ScalingResult SAMPLE = Samples.result();

  /** After new measurements, or another way of drawing: {@code bench/scaling --draw}. */
  @TestFactory
  Stream<DynamicTest> keptDrawingsAreWhatTheirFilesGive() throws IOException {
    try (Stream<Path> folders = Files.list(RESULTS)) {
      List<Path> machines = folders.filter(Files::isDirectory).sorted().toList();
      assertFalse(machines.isEmpty(), "no machine in " + RESULTS.toAbsolutePath());
      return machines.stream()
          .map(folder -> DynamicTest.dynamicTest(folder.toString(), () -> assertDrawn(folder)));
    }
  }

  private static void assertDrawn(Path folder) throws IOException {
    Path file = folder.resolve(ScalingJson.FILE_NAME);
    Set<String> wanted = new TreeSet<>();
    if (Files.exists(file)) {
      ScalingResult result = ScalingJson.read(file);
      for (Axis axis : result.axes()) {
        Optional<String> drawing = AxisPlot.of(result, axis);
        if (drawing.isPresent()) {
          wanted.add(axis.fileName());
          assertEquals(drawing.get(), Files.readString(folder.resolve(axis.fileName())));
        }
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      Set<String> there =
          files
              .map(path -> path.getFileName().toString())
              .filter(name -> name.startsWith("scaling-"))
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(wanted, there);
    }
  }

  @Test
  void theSampleHasEveryAxis() {
    assertEquals(EnumSet.allOf(Axis.class), SAMPLE.axes());
  }

  @ParameterizedTest
  @EnumSource
  void everyMeasuredPointHasADotAndEveryOtherACross(Axis axis) throws Exception {
    Document drawing = parse(AxisPlot.of(SAMPLE, axis).orElseThrow());
    List<Point> points = SAMPLE.points(axis);
    long measured = points.stream().filter(p -> SAMPLE.nanosPerStep(p).isPresent()).count();
    long unsettled =
        points.stream()
            .filter(p -> SAMPLE.nanosPerStep(p).isPresent() && !SAMPLE.settled(p))
            .count();
    assertTrue(unsettled < measured, axis.key());
    boolean slow = EnumSet.of(Axis.SLOTS, Axis.D_MODEL, Axis.MODULUS).contains(axis);
    assertEquals(slow, unsettled > 0, axis.key());
    long missing = points.size() - measured;
    long series = points.stream().map(Point::series).distinct().count();
    int panels = axis == Axis.SLOTS ? 2 : 1;
    // The legend has a dot for each series, one for the spread, and one cross.
    assertEquals(panels * (measured - unsettled) + series + 1, count(drawing, "circle", "dot"));
    assertEquals(
        unsettled == 0 ? 0 : panels * unsettled + 1, count(drawing, "circle", "ring"), axis.key());
    assertEquals(
        missing == 0 ? 0 : panels * missing + 1, count(drawing, "path", "cross"), axis.key());
    assertEquals(panels * series + 1, count(drawing, "g", "predicted"));
  }

  @ParameterizedTest
  @EnumSource
  void allOfItLiesOnThePaper(Axis axis) throws Exception {
    Document drawing = parse(AxisPlot.of(SAMPLE, axis).orElseThrow());
    double width = Double.parseDouble(drawing.getDocumentElement().getAttribute("width"));
    double height = Double.parseDouble(drawing.getDocumentElement().getAttribute("height"));
    for (Element text : elements(drawing, "text")) {
      double x = Double.parseDouble(text.getAttribute("x"));
      double y = Double.parseDouble(text.getAttribute("y"));
      assertTrue(x >= 0 && x <= width && y >= 0 && y <= height, text.getTextContent());
      assertTrue(
          text.getTextContent().length() <= PlotTexts.LINE_CHARACTERS, text.getTextContent());
    }
    for (Element dot : elements(drawing, "circle")) {
      double x = Double.parseDouble(dot.getAttribute("cx"));
      double y = Double.parseDouble(dot.getAttribute("cy"));
      assertTrue(x > 0 && x < width && y > 0 && y < height, x + ", " + y);
    }
  }

  @Test
  void whatIsMissingSaysWhy() {
    String widths = AxisPlot.of(SAMPLE, Axis.D_MODEL).orElseThrow();
    assertTrue(widths.contains("Not measured: cpu, 16 threads at 1,024: too long"), widths);
    String slots = AxisPlot.of(SAMPLE, Axis.SLOTS).orElseThrow();
    assertTrue(
        slots.contains("cuda tf32 at 256: the device has too little memory, 200 runs would fit"),
        slots);
  }

  @Test
  void measurementsAreHeldAgainstTheirPredictions() {
    String sequences = AxisPlot.of(SAMPLE, Axis.SEQUENCE).orElseThrow();
    assertTrue(
        sequences.contains("cpu, 16 threads: measured 1.43 times the prediction"), sequences);
    assertTrue(sequences.contains("random sequences"), sequences);
  }

  @Test
  void anAxisWithoutNumbersIsNotDrawn() {
    Point point =
        SAMPLE.points(Axis.D_MODEL).stream()
            .filter(candidate -> candidate.skipped().isPresent())
            .findFirst()
            .orElseThrow();
    Point unpredicted =
        new Point(
            point.axis(),
            point.value(),
            point.series(),
            point.setting(),
            Optional.empty(),
            point.skipped());
    BenchResult bench = SAMPLE.bench();
    assertEquals(
        Optional.empty(),
        AxisPlot.of(new ScalingResult(bench, List.of(unpredicted)), Axis.D_MODEL));
  }

  private static Document parse(String drawing) throws Exception {
    assertFalse(drawing.contains("NaN"), drawing);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(drawing)));
  }

  private static List<Element> elements(Document drawing, String tag) {
    NodeList nodes = drawing.getElementsByTagName(tag);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static long count(Document drawing, String tag, String first) {
    return elements(drawing, tag).stream()
        .filter(element -> element.getAttribute("class").startsWith(first + " "))
        .count();
  }
}
