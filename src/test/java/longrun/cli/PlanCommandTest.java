package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.cuda.DeviceProfile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanCommandTest {
  private static final String NANDA = Path.of("configs", "nanda-2023.yaml").toString();

  @TempDir private Path folder;

  @Test
  void saysWhatIsSharedAndWhatItCosts() {
    InProcess plan = InProcess.run("plan", NANDA, "--no-measure");
    assertEquals(0, plan.exitCode(), plan.err());
    assertEquals("", plan.err());
    line(plan, "task", "a + b mod 113", "3,830 examples train", "8,939 validate");
    line(plan, "model", "1 layer", "d_model 128", "226,816 parameters");
    line(plan, "batch", "3,830 examples");
    line(plan, "rows", "\"a\"", "\"b\"", "\"=\"");
    line(plan, "  input", "113 shared   113 shared   1 shared", "227 of 11,490");
    line(plan, "  after layer 0", "dead", "3,830 own", "3,830 of 11,490");
    line(plan, "  operation", "writes", "rows × width", "weight", "MFLOP", "MB", "% FLOPs");
    line(plan, "  MatMul", "0.attn.k ", "227 × 128", "0.attn.W_K", "7.4", "0.30", "0.2");
    line(plan, "  MatMul", "0.mlp.hidden ", "3,830 × 512", "0.mlp.W_in", "505.9", "13.3");
    line(plan, "  Attention", "0.attn.z, probabilities.2", "3,830 × 128");
    line(plan, "  Weight", "0.mlp.W_in, b_in", "3,830 × 512");
    line(plan, "  Update", "parameters", "226,816 × 1");
    line(plan, "          ", "forward and loss", "1,270.4", "36.68", "33.4");
    line(plan, "          ", "step", "3,806.1", "125.27", "100.0");
    line(plan, "FLOPs", "3.80 GFLOP", "14.66 GFLOP", "3.9 times");
    line(plan, "memory", "35.9 MB for each slot");
    line(plan, "        buffers 32.2 MB", "parameters 0.9 MB", "moments 1.8 MB");
    line(plan, "time", "not predicted", "--no-measure");
  }

  @Test
  void countsLaunchesAndPredictsForKnownGpus() {
    InProcess plan = InProcess.run("plan", NANDA, "--no-measure", "--slots", "64");
    line(plan, "CUDA", "24 launches per step");
    line(plan, "  weight_gradient  ", "1 ");
    line(plan, "        predicted, not measured, for 64 slots");
    for (DeviceProfile profile : DeviceProfile.KNOWN) {
      line(plan, "        " + profile.name(), "ms per step", "run-steps/s");
    }
    InProcess one = InProcess.run("plan", NANDA, "--no-measure", "--device", "h100");
    line(one, "        NVIDIA H100 SXM", "66.9 TFLOP/s", "3.35 TB/s");
    assertFalse(one.out().contains("A6000"), one.out());
  }

  @Test
  void refusesUnknownGpusAndAbsurdSlots() {
    String allowed =
        DeviceProfile.KNOWN.stream().map(DeviceProfile::key).collect(Collectors.joining(", "));
    InProcess unknown = InProcess.run("plan", NANDA, "--device", "v100");
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("\"v100\" is no known GPU; allowed: " + allowed));
    assertEquals(2, InProcess.run("plan", NANDA, "--slots", "0").exitCode());
  }

  @Test
  void predictsATimeFromMeasuredPeaks() {
    InProcess plan = InProcess.run("plan", NANDA);
    assertEquals(0, plan.exitCode(), plan.err());
    line(plan, "time", "per step", "roofline bound", "not a measurement");
    line(plan, "        from measured peaks", "GFLOP/s", "GB/s", "-bit vectors");
  }

  static Stream<Path> configs() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("configs"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  /** Of a sweep, the plan of what its axes are laid over. */
  @ParameterizedTest
  @MethodSource("configs")
  void fitsIntoAHundredColumns(Path config) {
    InProcess plan =
        InProcess.run("plan", config.toString(), "--no-measure", "--set", "sweep=null");
    assertEquals(0, plan.exitCode(), plan.err());
    List<String> lines = plan.out().lines().toList();
    assertTrue(lines.size() > 20, plan.out());
    for (String line : lines) {
      assertTrue(line.length() <= PlanTable.WIDTH, line.length() + ": " + line);
      assertEquals(line.stripTrailing(), line, "no blanks at the end");
    }
  }

  @Test
  void anMlpHasNoPositions() {
    InProcess plan =
        InProcess.run("plan", Path.of("configs", "prieto-2025.yaml").toString(), "--no-measure");
    line(plan, "model", "MLP", "107,800 parameters");
    line(plan, "  every layer", "5,107 own", "5,107 of 5,107");
    line(plan, "  LookupSum", "hidden0", "5,107 × 200", "layers.0.W");
    assertFalse(plan.out().contains("dead"), plan.out());
  }

  @Test
  void overridesCount() {
    InProcess plan =
        InProcess.run("plan", NANDA, "--no-measure", "--set", "training.batch_size=113");
    line(plan, "batch", "113 examples");
    line(plan, "  input", "113 own", "1 shared", "227 of 339");
  }

  @Test
  void jsonHoldsTheSameInFull() throws IOException {
    InProcess plan = InProcess.run("plan", NANDA, "--json", "--no-measure");
    assertEquals(0, plan.exitCode(), plan.err());
    JsonNode json = new ObjectMapper().readTree(plan.out());
    assertEquals("a + b mod 113", json.required("task").textValue());
    assertEquals(226_816, json.required("parameters").longValue());
    assertEquals(3830, json.required("batch_examples").intValue());
    assertEquals(6, json.required("positions").size());
    JsonNode equals = json.required("positions").get(2);
    assertEquals("input", equals.required("boundary").textValue());
    assertEquals("shared", equals.required("sharing").textValue());
    assertEquals(1, equals.required("rows").intValue());
    assertEquals("dead", json.required("positions").get(3).required("sharing").textValue());
    long flops = 0;
    long bytes = 0;
    for (JsonNode operation : json.required("operations")) {
      flops += operation.required("flops").longValue();
      bytes += operation.required("bytes").longValue();
    }
    JsonNode step = json.required("totals").required("step");
    assertEquals(step.required("flops").longValue(), flops);
    assertEquals(step.required("bytes").longValue(), bytes);
    assertEquals(
        flops - json.required("totals").required("update").required("flops").longValue(),
        json.required("planned_flops").longValue());
    assertEquals(14_662_802_640L, json.required("naive_flops").longValue());
    assertEquals(4 * 226_816, json.required("bytes_per_slot").required("parameters").longValue());
    assertTrue(json.required("peaks").isNull());
    assertTrue(json.required("roofline_seconds_per_step").isNull());
    JsonNode matMul = json.required("operations").get(3);
    assertEquals("forward", matMul.required("phase").textValue());
    assertEquals("MatMul", matMul.required("kind").textValue());
    assertEquals("blocks.0.attn.q.shared", matMul.required("writes").get(0).textValue());
    assertEquals("blocks.0.attn.W_Q", matMul.required("weight").textValue());
    assertFalse(matMul.required("per_example").booleanValue());
  }

  @Test
  void jsonHoldsPeaksThatWereMeasured() throws IOException {
    JsonNode json = new ObjectMapper().readTree(InProcess.run("plan", NANDA, "--json").out());
    JsonNode peaks = json.required("peaks");
    double flopsPerSecond = peaks.required("flops_per_second").doubleValue();
    assertTrue(flopsPerSecond > 0, json.toString());
    assertTrue(peaks.required("bytes_per_second").doubleValue() > 0, json.toString());
    double flops = json.required("totals").required("step").required("flops").doubleValue();
    assertTrue(
        json.required("roofline_seconds_per_step").doubleValue() >= flops / flopsPerSecond,
        json.toString());
  }

  @Test
  void mistakesHaveTheirExitCodesAndPlaces() throws IOException {
    check(2, InProcess.run("plan"), "CONFIG", "longrun plan --help");
    check(2, InProcess.run("plan", NANDA, "--mesure"), "--mesure");
    String absent = folder.resolve("absent.yaml").toString();
    check(3, InProcess.run("plan", absent), "absent.yaml", "no such file");
    Path unknown = Files.writeString(folder.resolve("unknown.yaml"), "task: {modulos: 7}\n");
    check(3, InProcess.run("plan", unknown.toString()), "unknown.yaml:1", "modulos", "modulus");
    check(
        3,
        InProcess.run("plan", NANDA, "--set", "training.batch_size=4000"),
        "training.batch_size",
        "4000",
        "3830");
    check(3, InProcess.run("plan", NANDA, "--set", "model.layers=0"), "model.layers", "0");
  }

  private static void check(int exitCode, InProcess ran, String... words) {
    assertEquals(exitCode, ran.exitCode(), ran.err());
    assertEquals("", ran.out());
    for (String word : words) {
      assertTrue(ran.err().contains(word), word + " in: " + ran.err());
    }
  }

  /** Some line starts so and holds these words in this order. */
  private static void line(InProcess ran, String start, String... words) {
    boolean found =
        ran.out()
            .lines()
            .filter(line -> line.startsWith(start))
            .anyMatch(line -> inOrder(line.substring(start.length()), words));
    assertTrue(found, start + " … " + List.of(words) + " in:\n" + ran.out());
  }

  private static boolean inOrder(String line, String... words) {
    int from = 0;
    for (String word : words) {
      int at = line.indexOf(word, from);
      if (at < 0) {
        return false;
      }
      from = at + word.length();
    }
    return true;
  }
}
