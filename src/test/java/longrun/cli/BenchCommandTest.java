package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import longrun.cuda.Emulator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir private Path folder;
  private String config;

  @BeforeEach
  void config() throws IOException {
    config = TinyRun.config(folder, 30).toString();
  }

  private InProcess bench(String... arguments) {
    List<String> all = new ArrayList<>(List.of("bench", config));
    all.addAll(List.of(arguments));
    if (!all.contains("--seconds")) {
      all.addAll(List.of("--seconds", "0.02"));
    }
    return InProcess.run(all.toArray(String[]::new));
  }

  @Test
  void theTableFitsAndSaysWhatWasMeasured() {
    InProcess bench = bench("--engine", "cpu,reference", "--threads", "1,2");
    assertEquals(0, bench.exitCode(), bench.err());
    matches(bench, "machine  .+, \\d+ cores?");
    matches(bench, "peaks    [0-9.,]+ GFLOP/s, [0-9.,]+ GB/s: cpu, 2 threads, .*, fp32");
    matches(bench, "tiny: a step of one run is 0\\.\\d{3} MFLOP, naively 0\\.\\d{3} MFLOP");
    matches(bench, "  time per step, ms +runs +median +least +25% +75% +greatest +blocks × steps");
    for (String label : List.of("reference, 1 thread", "cpu, 1 thread", "cpu, 2 threads")) {
      matches(bench, "  " + label + "( \\*)? +1( +[0-9.]+){5} +[0-9,]+ × [0-9,]+");
    }
    matches(bench, "  cpu, 2 threads( \\*)? +2( +[0-9.]+){5} +[0-9,]+ × [0-9,]+");
    matches(bench, "  rates +runs +run-steps/s +GFLOP/s +as naive .*");
    matches(bench, "  cpu, 2 threads +1( +[0-9.,]+){5} +1\\.00");
    matches(bench, "  reference, 1 thread +1( +[0-9.,]+){3} +– +– +[0-9.]+");
    matches(bench, "memory   [0-9.,]+ MiB resident at most");
    assertFalse(bench.out().contains("cuda"), bench.out());
    matches(InProcess.run("bench", "--help"), ".*--compare=FILE.*");
  }

  @Test
  void slotsThatAreAskedForAreThoseOfTheProcessorToo() {
    InProcess bench = bench("--engine", "cpu", "--threads", "1,2", "--slots", "1,5");
    assertEquals(0, bench.exitCode(), bench.err());
    List<String> measured = bench.err().lines().filter(line -> line.contains("measuring")).toList();
    assertEquals(
        List.of(
            "longrun: measuring tiny, cpu, 1 thread, 1 run",
            "longrun: measuring tiny, cpu, 1 thread, 5 runs",
            "longrun: measuring tiny, cpu, 2 threads, 1 run",
            "longrun: measuring tiny, cpu, 2 threads, 5 runs"),
        measured.subList(0, 4));
    assertEquals(12, measured.size(), "three rounds");
    matches(bench, "  cpu, 1 thread( \\*)? +5( +[0-9.]+){5} +[0-9,]+ × [0-9,]+");
  }

  @Test
  void everySampleIsKeptAndALaterResultIsComparedWithIt() throws IOException {
    Path file = folder.resolve("before.json");
    InProcess first = bench("--engine", "cpu", "--threads", "1", "--json", file.toString());
    assertEquals(0, first.exitCode(), first.err());
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    JsonNode measured = json.required("measurements").get(0);
    assertTrue(measured.required("block_nanos").size() >= 5, measured::toString);
    assertEquals(0.02, json.required("seconds_per_measurement").doubleValue());
    InProcess second = bench("--engine", "cpu", "--threads", "1,2", "--compare", file.toString());
    assertEquals(0, second.exitCode(), second.err());
    matches(second, "compared with \\S*before\\.json: longrun .*");
    matches(
        second,
        "  tiny, cpu, 1 thread, 1 run +[0-9.]+ +[0-9.]+ +× [0-9.,]+  (faster|slower|within"
            + " noise|not settled)");
    matches(second, "  only now: tiny, cpu, 2 threads, 1 run");
    matches(second, "faster, slower: the medians of all rounds are, .*");
  }

  @Test
  void mistakesAreToldBeforeAnythingIsMeasured() throws IOException {
    refused(2, bench("--engine", "gpu"), "\"gpu\" is no engine to measure; allowed: cpu, ref");
    refused(2, bench("--engine", "auto"), "\"auto\" is no engine to measure");
    refused(2, bench("--slots", "1,0"), "--slots 0 is out of range; allowed are 1 to 4096");
    refused(2, bench("--slots", "many"), "--slots", "many");
    refused(2, bench("--threads", "0"), "--threads 0 is out of range");
    refused(2, bench("--precision", "fp16"), "\"fp16\" is no precision");
    refused(2, bench("--seconds", "0"), "--seconds 0.0 is out of range");
    refused(2, bench("--seconds", "NaN"), "--seconds NaN is out of range");
    refused(2, bench("--rounds", "0"), "--rounds 0 is out of range; allowed are 1 to 100");
    refused(2, bench("--json", folder.toString()), "is a folder");
    refused(2, bench("--json", folder.resolve("no/x.json").toString()), "there is no folder");
    refused(2, bench(config), "another configuration is called tiny");
    refused(3, bench("--set", "model.layers=0"), "--set model.layers=0", "out of range");
    refused(3, bench("--set", "training.batch_size=999"), "training.batch_size", "999");
    refused(5, bench("--compare", config), "tiny.yaml:1: this is no result of longrun bench");
    refused(5, bench("--compare", folder.resolve("no.json").toString()), "no.json: no such file");
  }

  @Test
  void whatCannotBeComparedIsToldBeforeAnythingIsMeasured() {
    String file = folder.resolve("before.json").toString();
    assertEquals(0, bench("--engine", "cpu", "--threads", "1", "--json", file).exitCode());
    refused(
        2,
        bench("--engine", "cpu", "--compare", file, "--set", "model.d_mlp=24"),
        "cannot compare with " + file + ": its configuration tiny is another");
    refused(
        2,
        bench("--engine", "reference", "--compare", file),
        "it measured nothing of what is to be measured now");
  }

  @Test
  void theDefaultConfigurationsComeWithTheProgram() throws Exception {
    for (String name : List.of("nanda-2023", "power-2022", "prieto-2025")) {
      assertTrue(Files.exists(Path.of("configs", name + ".yaml")), name);
    }
    LongrunProcess.Result elsewhere = LongrunProcess.run(folder, "bench", "--engine", "cpu");
    assertEquals(2, elsewhere.exitCode(), elsewhere.err());
    assertTrue(elsewhere.err().contains("there is no configs/nanda-2023.yaml"), elsewhere::err);
  }

  @Test
  void theEmulatedDeviceHasToBeAskedForAndIsNamed() throws Exception {
    Emulator.require();
    Path file = folder.resolve("cuda.json");
    String[] common = {"bench", "tiny.yaml", "--seconds", "0.02", "--threads", "1"};
    LongrunProcess.Result byItself = LongrunProcess.run(folder, common);
    assertEquals(0, byItself.exitCode(), byItself.err());
    assertTrue(byItself.out().contains("cuda     not measured: the CUDA driver is the emulated"));
    assertFalse(byItself.out().contains("cuda fp32"), byItself::out);
    List<String> asked = new ArrayList<>(List.of(common));
    asked.addAll(List.of("--engine", "cuda,cpu", "--slots", "1,2,256", "--rounds", "1"));
    asked.addAll(List.of("--json", "cuda.json"));
    LongrunProcess.Result cuda =
        LongrunProcess.run(
            folder, Map.of("LONGRUN_EMULATOR_MEMORY", "2000000"), asked.toArray(String[]::new));
    assertEquals(0, cuda.exitCode(), cuda.err());
    InProcess shown = new InProcess(0, cuda.out(), cuda.err());
    matches(shown, "device   .*\\(emulated: these times say nothing about a GPU\\).*");
    for (String precision : List.of("fp32", "tf32")) {
      for (int slots : List.of(1, 2)) {
        matches(shown, "  emulated cuda " + precision + "( \\*)? +" + slots + "( +[0-9.]+){5} .*");
      }
      matches(
          shown,
          "  emulated cuda "
              + precision
              + " +256  out of memory: [0-9,]+ runs? would fit \\(needs .*, .* free\\)");
    }
    for (JsonNode row : new ObjectMapper().readTree(file.toFile()).required("measurements")) {
      assertEquals(
          row.required("engine").textValue().equals("cuda"),
          row.required("emulated").booleanValue());
    }
  }

  @Test
  void theEnginesToMeasureAreThoseThatExist() {
    assertEquals(
        EngineChoice.concrete().stream()
            .map(EngineChoice::toString)
            .collect(Collectors.joining(", ")),
        BenchCommand.EngineConverter.ALLOWED);
  }

  private static void refused(int exitCode, InProcess ran, String... words) {
    assertEquals(exitCode, ran.exitCode(), ran.err());
    assertEquals("", ran.out());
    assertFalse(ran.err().contains("measuring"), ran.err());
    for (String word : words) {
      assertTrue(ran.err().contains(word), word + " in: " + ran.err());
    }
  }

  /** Some line is so, and none is too long. */
  private static void matches(InProcess ran, String regex) {
    List<String> lines = ran.out().lines().toList();
    assertTrue(lines.stream().anyMatch(line -> line.matches(regex)), regex + " in:\n" + ran.out());
    for (String line : lines) {
      assertTrue(line.length() <= BenchTable.WIDTH, line);
    }
  }
}
