package longrun.libtorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import longrun.measure.BenchJson;
import longrun.measure.BenchResult;
import longrun.measure.Outcome;
import longrun.measure.Timing;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command from end to end, on the small experiments of the peers in Python. */
class LibtorchTest {
  private static final Path EXPERIMENTS = Path.of("../tests/experiments");
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  /** What a command printed, and its exit code. */
  private record Answer(int code, String out, String err) {}

  private static Answer run(Object... arguments) {
    return runAsLaunched(Stream.concat(Stream.of("--threads=1"), Stream.of(arguments)).toArray());
  }

  /** With the threads that the environment says. */
  private static Answer runAsLaunched(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    return new Answer(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** A copy of an experiment with another experiment.json. */
  private Path changed(String name, Consumer<ObjectNode> change) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(EXPERIMENTS.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path json = copy.resolve("experiment.json");
    ObjectNode root = (ObjectNode) JSON.readTree(json.toFile());
    change.accept(root);
    JSON.writeValue(json.toFile(), root);
    return copy;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "pre", "post"})
  void lossesAreThoseOfLongrun(String name) throws IOException {
    Answer answer = run(EXPERIMENTS.resolve(name), "--runs", 2, "--check-only");
    assertEquals(0, answer.code, answer.err);
    JsonNode checked = JSON.readTree(answer.out).get("checked");
    assertEquals(50, checked.get("steps").intValue());
    assertTrue(checked.get("largest_relative_difference").doubleValue() < 1e-5, answer.out);
    assertTrue(List.of(0, 1, 2, 5, 10, 20, 50).contains(checked.get("at_step").intValue()));
    assertTrue(answer.err.contains("largest relative difference of a loss"), answer.err);
  }

  @ParameterizedTest
  @CsvSource({
    "beta1, 0.8",
    "beta2, 0.999",
    "weight_decay, 0.0",
    "warmup_steps, 0",
    "warmup_steps, 11",
    "epsilon, 1e-4",
    "learning_rate, 0.00101"
  })
  void wrongSettingsAreNotTimed(String setting, double value) throws IOException {
    Path wrong =
        changed(
            "post",
            root -> {
              ObjectNode optimizer = (ObjectNode) root.get("optimizer");
              if (setting.equals("warmup_steps")) {
                optimizer.put(setting, (int) value);
              } else {
                optimizer.put(setting, value);
              }
            });
    Answer answer = run(wrong, "--seconds", 0.05);
    assertEquals(5, answer.code, answer.err);
    assertEquals("", answer.out);
    assertTrue(answer.err.contains("nothing was timed"), answer.err);
    assertTrue(answer.err.lines().anyMatch(line -> line.endsWith("<")), answer.err);
  }

  @Test
  void onlyTheRunThatDiffersIsShown() throws IOException {
    Path wrong = changed("post", root -> spoil(root, 1));
    Answer answer = run(wrong, "--runs", 2);
    assertEquals(5, answer.code, answer.err);
    assertTrue(answer.err.contains("run 1:"), answer.err);
    assertFalse(answer.err.contains("run 0:"), answer.err);
    assertEquals(0, run(wrong, "--check-only").code, "the first run alone is right");
  }

  private static void spoil(ObjectNode root, int run) {
    ArrayNode losses = (ArrayNode) root.get("train_losses").get(run);
    losses.set(3, 1.01 * losses.get(3).doubleValue());
  }

  @Test
  void whatItMeasuresLongrunCanRead() throws IOException {
    Path file = folder.resolve("result.json");
    Answer answer =
        run(EXPERIMENTS.resolve("post"), "--runs", 2, "--seconds", 0.05, "--json", file);
    assertEquals(0, answer.code, answer.err);
    assertEquals("", answer.out);
    BenchResult result = BenchJson.read(file);
    assertEquals(List.of(file), files());
    var measurement = result.measurements().getFirst();
    Timing timing = ((Outcome.Measured) measurement.outcome()).timing();
    assertEquals(0, timing.stepsPerBlock() % 3, "an epoch has three steps");
    assertEquals("libtorch-jvm", measurement.setting().engine());
    assertEquals(2, measurement.setting().slots());
    assertEquals(1, measurement.setting().threads().orElseThrow());
    assertTrue(result.memory().residentBytes().orElseThrow() > 1 << 20);
    JsonNode root = JSON.readTree(file.toFile());
    JsonNode checked = root.at("/measurements/0/checked");
    assertEquals(50, checked.get("steps").intValue());
    assertTrue(checked.get("largest_relative_difference").doubleValue() < 1e-5, "" + checked);
    assertFalse(root.toString().contains(folder.toString()), "a path of this machine");
    for (String word : List.of("median", "least", "run-steps/s", "peak")) {
      assertTrue(answer.err.contains(word), answer.err);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void theCheckAloneTellsWhereTheLargestDifferenceIs() throws IOException {
    Path file = folder.resolve("result.json");
    Path spoilt =
        changed(
            "post",
            root -> {
              ArrayNode losses = (ArrayNode) root.get("train_losses").get(0);
              losses.set(5, 1.0002 * losses.get(5).doubleValue());
            });
    Answer answer = run(spoilt, "--check-only", "--json", file);
    assertEquals(0, answer.code, answer.err);
    JsonNode checked = JSON.readTree(answer.out).get("checked");
    assertEquals(20, checked.get("at_step").intValue(), answer.out);
    assertEquals(2e-4, checked.get("largest_relative_difference").doubleValue(), 2e-5);
    assertFalse(Files.exists(file), "nothing was measured");
  }

  @Test
  void threadsAreByDefaultThoseThatTheLauncherHasSet() throws IOException {
    Answer answer = runAsLaunched(EXPERIMENTS.resolve("none"), "--unchecked", "--seconds", 0.05);
    assertEquals(0, answer.code, answer.err);
    JsonNode root = JSON.readTree(answer.out);
    assertEquals(1, root.at("/measurements/0/threads").intValue());
  }

  @Test
  void uncheckedIsWrittenAsSuch() throws IOException {
    Answer answer = run(EXPERIMENTS.resolve("none"), "--unchecked", "--seconds", 0.05);
    assertEquals(0, answer.code, answer.err);
    assertTrue(JSON.readTree(answer.out).at("/measurements/0/checked").isNull(), answer.out);
  }

  @Test
  void nativeMemoryDoesNotGrowWithSteps() {
    Experiment experiment = Experiment.read(EXPERIMENTS.resolve("post"));
    Libtorch.load();
    try (Training training = new Training(experiment, "cpu")) {
      training.load(1);
      training.advance(200);
      long before = Pointer.totalCount();
      training.advance(200);
      training.trainLosses();
      training.load(1);
      training.advance(1);
      assertEquals(before, Pointer.totalCount(), "pointers that were not freed");
    }
  }

  @Test
  void probeTellsVersionAndDevices() throws IOException {
    Answer answer = run("--probe");
    assertEquals(0, answer.code, answer.err);
    JsonNode root = JSON.readTree(answer.out);
    assertTrue(root.get("available").booleanValue());
    assertTrue(root.get("version").textValue().startsWith("libtorch 2."), answer.out);
    assertEquals("cpu", root.get("devices").get(0).textValue());
    assertTrue(root.get("separate_blas").booleanValue(), answer.out);
  }

  @Test
  void wrongCommandLines() {
    Path post = EXPERIMENTS.resolve("post");
    Map.of(
            List.<Object>of(post, "--json", folder), "is a folder; name a file",
            List.<Object>of(), "EXPERIMENT is missing",
            List.<Object>of(folder), "it has no experiment.json; bench/export-experiment",
            List.<Object>of(post, "--runs", 9), "--runs 9: " + post + " has 2",
            List.<Object>of(post, "--runs", 0), "--runs 0: at least 1",
            List.<Object>of(post, "--precision", "tf32"), "--precision tf32: only CUDA",
            List.<Object>of(post, "--seconds", "NaN"), "--seconds NaN",
            List.<Object>of(post, "--check-only", "--unchecked"), "mutually exclusive",
            List.<Object>of(post, "--json", folder.resolve("none/x")), "there is no such folder",
            List.<Object>of(post, "--device", "tpu"), "tpu")
        .forEach(
            (arguments, expected) -> {
              Answer answer = run(arguments.toArray());
              assertEquals(2, answer.code, answer.err);
              assertTrue(answer.err.contains(expected), answer.err);
            });
  }

  @Test
  void damagedExperimentsAreNamedWithThePlace() throws IOException {
    Path wrong = changed("none", root -> ((ObjectNode) root.get("model")).put("layers", "one"));
    Answer answer = run(wrong);
    assertEquals(2, answer.code);
    assertTrue(answer.err.contains("experiment.json: model.layers=\"one\""), answer.err);

    wrong = changed("post", root -> root.put("format", "longrun experiment 9"));
    assertTrue(run(wrong).err.contains("expected \"longrun experiment 1\""));

    wrong = changed("pre", root -> ((ObjectNode) root.get("model")).put("d_mlp", 7));
    answer = run(wrong);
    assertEquals(2, answer.code, answer.err);
    assertTrue(answer.err.contains("init-0000.safetensors: blocks.0.mlp.W_in is F32"), answer.err);

    Path examples = wrong.resolve("examples.safetensors");
    byte[] bytes = Files.readAllBytes(examples);
    Files.write(examples, Arrays.copyOf(bytes, bytes.length - 4));
    answer = run(wrong);
    assertEquals(2, answer.code, answer.err);
    assertTrue(answer.err.contains("examples.safetensors"), answer.err);
  }
}
