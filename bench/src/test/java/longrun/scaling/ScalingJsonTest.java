package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import longrun.measure.BenchJson;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.Work;
import longrun.store.StorageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScalingJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ScalingResult RESULT = withConfigurations(Samples.result());

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() {
    file = folder.resolve(ScalingJson.FILE_NAME);
    ScalingJson.write(RESULT, file);
  }

  /** Reading asks that every measurement's configuration is described. */
  private static ScalingResult withConfigurations(ScalingResult result) {
    return new ScalingResult(
        new BenchResult(
            result.bench().environment(),
            result.bench().seconds(),
            result.bench().measurements().stream()
                .map(measurement -> measurement.setting().configuration())
                .distinct()
                .map(name -> new Configuration(name, "yaml", new Work(1000, 3000, 500)))
                .toList(),
            result.bench().peaks(),
            result.bench().measurements(),
            result.bench().memory()),
        result.points());
  }

  @Test
  void whatIsWrittenIsRead() {
    ScalingResult read = ScalingJson.read(file);
    assertEquals(RESULT.points(), read.points());
    assertEquals(RESULT.bench().measurements(), read.bench().measurements());
  }

  @Test
  void itIsAResultOfLongrunBenchToo() {
    assertEquals(RESULT.bench().measurements(), BenchJson.read(file).measurements());
  }

  @Test
  void aPointSaysWhatItIsWhatWasMeasuredAndWhatWasPredicted() throws IOException {
    JsonNode scaling = JSON.readTree(file.toFile()).required("scaling");
    JsonNode point = scaling.required("points").get(1);
    assertEquals("slots", point.required("axis").textValue());
    assertEquals(2, point.required("value").intValue());
    assertEquals(16, point.required("threads").intValue());
    assertEquals(6e6, point.required("nanos_per_step").required("median").doubleValue());
    assertEquals(
        0.7 * 6e-3, point.required("prediction").required("seconds_per_step").doubleValue(), 1e-15);
    assertTrue(scaling.required("predictions").required("cuda").textValue().contains("2 µs"));
  }

  @Test
  void anUnknownAxisIsNamedWithItsPlace() throws IOException {
    assertMistake(point -> point.put("axis", "depth"), "scaling.points[0].axis=\"depth\"");
  }

  @Test
  void aPointWithoutTimesHasToSayWhy() throws IOException {
    assertMistake(point -> point.put("slots", 3), "scaling.points[0].skipped=null, expected why");
    assertMistake(
        point -> point.put("skipped", "no time"), "scaling.points[0].skipped=\"no time\"");
  }

  @Test
  void aPredictionOfNothingIsRefused() throws IOException {
    assertMistake(
        point -> ((ObjectNode) point.required("prediction")).put("seconds_per_step", 0),
        "scaling.points[0].prediction.seconds_per_step=0, expected a positive number");
  }

  private void assertMistake(Consumer<ObjectNode> change, String message) throws IOException {
    JsonNode root = JSON.readTree(ScalingJson.encode(RESULT));
    change.accept((ObjectNode) root.required("scaling").required("points").get(0));
    Files.write(file, JSON.writeValueAsBytes(root));
    StorageException e = assertThrows(StorageException.class, () -> ScalingJson.read(file));
    assertTrue(e.getMessage().contains(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
