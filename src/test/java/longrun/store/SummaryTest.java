package longrun.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryTest {
  @TempDir Path parent;
  private RunFolder folder;

  @BeforeEach
  void create() {
    folder =
        RunFolder.create(
            parent.resolve("run"), Optional.empty(), Checkpointing.checkpoint(0, false, 32));
  }

  @Test
  void itComesBack() {
    assertEquals(Optional.empty(), folder.summary());
    Summary written = summary(OptionalLong.of(140), OptionalLong.of(1350), 0.5);
    folder.writeSummary(written);
    assertEquals(Optional.of(written), folder.summary());
    assertEquals(OptionalDouble.of(1350 / 140.0), written.delay());
  }

  @Test
  void whatDidNotHappenIsNull() throws IOException {
    Summary written = summary(OptionalLong.empty(), OptionalLong.empty(), Double.NaN);
    folder.writeSummary(written);
    String json = Files.readString(folder.summaryFile());
    assertTrue(json.contains("\"memorised_at\" : null"), json);
    assertTrue(json.contains("\"delay\" : null"), json);
    assertTrue(json.contains("\"validation_loss\" : null"), json);
    assertEquals(Optional.of(written), folder.summary());
  }

  @Test
  void memorisedFromTheStartHasNoDelay() {
    assertEquals(
        OptionalDouble.empty(), summary(OptionalLong.of(0), OptionalLong.of(50), 0).delay());
  }

  @Test
  void theKeysAreTheDocumentedOnes() throws IOException {
    folder.writeSummary(summary(OptionalLong.of(140), OptionalLong.of(1350), 0.5));
    String json = Files.readString(folder.summaryFile());
    assertTrue(json.contains("\"stop_reason\" : \"steps_done\""), json);
    assertTrue(json.contains("\"seconds\" : 9.5"), json);
    assertTrue(json.contains("\"step_seconds\" : 1.0"), json);
  }

  @Test
  void anInterruptedRunHasNone() {
    Summary done = summary(OptionalLong.empty(), OptionalLong.empty(), 0);
    Summary interrupted =
        new Summary(
            done.memorisedAt(),
            done.grokkedAt(),
            done.last(),
            StopReason.INTERRUPTED,
            done.steps(),
            done.timing(),
            done.engine(),
            done.engineDescription(),
            done.machine(),
            done.version(),
            done.provenance());
    assertThrows(IllegalArgumentException.class, () -> folder.writeSummary(interrupted));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"steps\" : 40|\"steps\" : \"many\"|steps=\"many\", expected a non-negative integer",
        "\"steps\" : 40|\"steps\" : -1|steps=-1, expected a non-negative integer",
        "\"steps\" : 40|\"stepz\" : 40|steps is missing",
        "steps_done|tired|stop_reason=\"tired\", expected one of",
        "\"train_loss\" : 0.25|\"train_loss\" : true|final.train_loss=true, expected a number",
        "\"cores\" : 2|\"cores\" : 2.5|machine.cores=2.5, expected a non-negative integer",
        "\"steps\" : 40|\"steps\" : 40, \"steps\" : 41|damaged, not valid JSON from here on",
        "\"from_step\" : 20|\"from_step\" : \"x\"|engines[1].from_step=\"x\", expected a",
        "\"engines\" : [|\"engines\" : 3, \"y\" : [|engines=3, expected an array",
        "\"sha256\"|\"sha\"|init.sha256 is missing",
        "\"machine\" : {|\"machine\" : 3, \"x\" : {|machine=3, expected an object",
      })
  void aDamagedOneIsNamedWithThePlace(String sound, String damaged, String expected)
      throws IOException {
    folder.writeSummary(summary(OptionalLong.of(1), OptionalLong.empty(), 0.5));
    String json = Files.readString(folder.summaryFile());
    assertTrue(json.contains(sound), json);
    Files.writeString(folder.summaryFile(), json.replace(sound, damaged));
    StorageException e = assertThrows(StorageException.class, folder::summary);
    assertTrue(e.getMessage().contains(folder.summaryFile().toString()), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(
        e.getMessage()
            .endsWith(
                "; it follows from the other files: delete it, and `longrun resume "
                    + folder.path()
                    + "` writes it again"),
        e.getMessage());
  }

  @Test
  void withoutAnInitialFileItIsNull() throws IOException {
    Summary from = summary(OptionalLong.of(1), OptionalLong.empty(), 0.5);
    Summary written =
        new Summary(
            from.memorisedAt(),
            from.grokkedAt(),
            from.last(),
            from.stopReason(),
            from.steps(),
            from.timing(),
            from.engine(),
            from.engineDescription(),
            from.machine(),
            from.version(),
            new Provenance(List.of(new EngineSpan(0, "cpu")), Optional.empty()));
    folder.writeSummary(written);
    assertTrue(Files.readString(folder.summaryFile()).contains("\"init\" : null"));
    assertEquals(Optional.of(written), folder.summary());
  }

  @Test
  void aTruncatedOneIsNamed() throws IOException {
    folder.writeSummary(summary(OptionalLong.of(1), OptionalLong.empty(), 0.5));
    byte[] json = Files.readAllBytes(folder.summaryFile());
    for (int length = 0; length < json.length - 1; length += 11) {
      Files.writeString(folder.summaryFile(), new String(json, 0, length, StandardCharsets.UTF_8));
      StorageException e = assertThrows(StorageException.class, folder::summary, "at " + length);
      assertTrue(e.getMessage().contains("summary.json"), e.getMessage());
    }
  }

  private static Summary summary(
      OptionalLong memorisedAt, OptionalLong grokkedAt, double validation) {
    return new Summary(
        memorisedAt,
        grokkedAt,
        new Summary.FinalMetrics(0.25, 1, validation, validation, 30),
        StopReason.STEPS_DONE,
        40,
        new Timing(1, 0.5, 0.25, 9.5),
        "reference",
        "double, one thread",
        new Machine("a processor", 2, "Linux 6", "25 (vendor)"),
        "development",
        new Provenance(
            List.of(new EngineSpan(0, "cpu"), new EngineSpan(20, "reference")),
            Optional.of(new InitFile("/data/it's ü.safetensors", "00ff"))));
  }
}
