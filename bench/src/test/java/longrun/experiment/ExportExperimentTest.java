package longrun.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportExperimentTest {
  private static final Path CONFIGS = Path.of("peers/tests/experiments");

  @TempDir private Path folder;

  /** What a command printed, and its exit code. */
  private record Answer(int code, String err) {}

  private Answer export(Path config, Path out, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] all =
        Stream.concat(Stream.of(config.toString(), out.toString()), Stream.of(arguments))
            .toArray(String[]::new);
    int code = ExportExperiment.run(new PrintStream(err, true, StandardCharsets.UTF_8), all);
    return new Answer(code, err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void lossesAreWrittenWithTheRest() throws IOException {
    Path out = folder.resolve("out");
    Answer answer = export(CONFIGS.resolve("post.yaml"), out, "--runs", "2");
    assertEquals(0, answer.code, answer.err);
    JsonNode root = new ObjectMapper().readTree(out.resolve("experiment.json").toFile());
    assertEquals(2, root.get("train_losses").size());
    assertEquals(root.get("evaluated_steps").size(), root.get("train_losses").get(1).size());
  }

  @Test
  void whatNobodyElseTrainsIsRefused() {
    Path out = folder.resolve("out");
    Answer answer = export(CONFIGS.resolve("none.yaml"), out, "--set", "model.activation=square");
    assertEquals(3, answer.code, answer.err);
    assertTrue(answer.err.contains("none.yaml: model.activation=square"), answer.err);
    assertFalse(Files.exists(out));
  }

  @Test
  void nothingIsLeftOfAnExportThatFails() {
    Path out = folder.resolve("out");
    Answer answer = export(CONFIGS.resolve("none.yaml"), out, "--set", "training.precision=tf32");
    assertEquals(3, answer.code, answer.err);
    assertTrue(answer.err.contains("training.precision"), answer.err);
    assertFalse(Files.exists(out), "half a folder");
  }

  @Test
  void foldersThatCannotBeWrittenAreNamedWithTheReason() throws IOException {
    Answer answer = export(CONFIGS.resolve("none.yaml"), folder);
    assertEquals(5, answer.code, answer.err);
    assertTrue(answer.err.contains(folder + ": exists"), answer.err);
    assertTrue(Files.exists(folder), "what was there before stays");

    Path file = Files.createFile(folder.resolve("file"));
    answer = export(CONFIGS.resolve("none.yaml"), file.resolve("below/out"));
    assertEquals(5, answer.code, answer.err);
    assertTrue(answer.err.contains("FileSystemException: " + file), answer.err);
  }
}
