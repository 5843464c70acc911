package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import longrun.cli.LongrunProcess.Result;
import longrun.model.Tensor;
import longrun.store.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a person starts it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TrainEndToEndTest {
  private static final Path GOLDEN =
      Path.of("src/test/resources/golden/one_layer_no_norm").toAbsolutePath();

  @TempDir private Path folder;

  @Test
  void aTinyRunTrainsToItsEndAndLeavesEverything() throws Exception {
    TinyRun.config(folder, 60);
    Result result = train("--run-dir", "run", "--export", "final.safetensors");
    assertEquals(0, result.exitCode(), result.err());
    for (String words :
        List.of(
            "engine  reference: plain loops in float64 on 1 thread (asked for)",
            "task    a + b mod 7: 24 examples train, 25 validate",
            "model   transformer, 1 layer, 2 heads, d_model 8, relu, no normalization: ",
            "run     run: 60 steps",
            "in 60 steps",
            "parameters after 60 steps: final.safetensors",
            "report: run/report.html")) {
      assertTrue(result.out().contains(words), words + " in: " + result.out());
    }
    for (String file : List.of("config.yaml", "metrics.csv", "summary.json", "report.html")) {
      assertTrue(Files.size(folder.resolve("run").resolve(file)) > 0, file);
    }
    assertEquals(14, TinyRun.metricsWithoutSeconds(folder.resolve("run")).size());
    assertEquals(List.of("F64"), dtypes(folder.resolve("final.safetensors")));
    assertFalse(result.err().contains("\u001b"), "control characters where there is no terminal");
    assertFalse(result.err().contains("\r"), "control characters where there is no terminal");
  }

  @Test
  void aFinishedRunIsNotResumedButStillExported() throws Exception {
    TinyRun.config(folder, 20);
    assertEquals(0, train("--run-dir", "run", "--export", "a.safetensors").exitCode());
    String before = TinyRun.snapshot(folder.resolve("run"));
    Result again = LongrunProcess.run(folder, "resume", "run", "--export", "b.safetensors");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.out().contains("run has ended"), again.out());
    assertEquals(before, TinyRun.snapshot(folder.resolve("run")));
    assertEquals(
        -1, Files.mismatch(folder.resolve("a.safetensors"), folder.resolve("b.safetensors")));
  }

  @Test
  void anExistingRunIsRefusedAndUntouched() throws Exception {
    TinyRun.config(folder, 20);
    assertEquals(0, train("--run-dir", "run", "--no-report").exitCode());
    String before = TinyRun.snapshot(folder);
    Result again = train("--run-dir", "run", "--no-report");
    assertEquals(5, again.exitCode(), again.err());
    assertTrue(again.err().contains("run already holds a run"), again.err());
    assertEquals(before, TinyRun.snapshot(folder));
  }

  @Test
  void theDefaultFolderIsNamedAfterTheConfigurationAndIsListed() throws Exception {
    TinyRun.config(folder, 20);
    assertEquals(0, train("--quiet", "--no-report").exitCode());
    assertEquals(0, train("--quiet", "--no-report").exitCode());
    Result list = LongrunProcess.run(folder, "list");
    assertEquals(0, list.exitCode(), list.err());
    assertTrue(list.out().contains("tiny-seed0 "), list.out());
    assertTrue(list.out().contains("tiny-seed0-2 "), list.out());
    Result json = LongrunProcess.run(folder, "list", "--json", "runs");
    assertTrue(json.out().strip().startsWith("["), json.out());
    assertTrue(json.out().contains("\"tiny-seed0-2\""), json.out());
    assertEquals(0, LongrunProcess.run(folder, "report", "runs/tiny-seed0").exitCode());
    assertTrue(Files.exists(folder.resolve("runs/tiny-seed0/report.html")));
  }

  @Test
  void mistakesExitWithTheirCodesAndLeaveNothing() throws Exception {
    TinyRun.config(folder, 20);
    String before = TinyRun.snapshot(folder);
    assertEquals(2, train("--steps", "3").exitCode());
    Result invalid = train("--set", "model.d_modell=3");
    assertEquals(3, invalid.exitCode());
    assertTrue(invalid.err().contains("d_model"), invalid.err());
    Result cuda =
        LongrunProcess.run(
            folder, LongrunProcess.WITHOUT_CUDA, "train", "tiny.yaml", "--engine", "cuda");
    assertEquals(4, cuda.exitCode());
    assertTrue(
        cuda.err().matches("(?s).*longrun: --engine cuda: .* needs a (driver|device): .*; .*"),
        cuda.err());
    assertEquals(5, train("--init", "absent.safetensors").exitCode());
    assertEquals(before, TinyRun.snapshot(folder));
    assertFalse(Files.exists(folder.resolve("runs")));
  }

  @Test
  void aRunThatDivergesExitsWith1() throws Exception {
    TinyRun.config(folder, 400);
    // Decoupled decay multiplies every weight by 1 - 1000 in each step.
    Result result =
        train(
            "--run-dir",
            "run",
            "--no-report",
            "--set",
            "optimizer.learning_rate=1000",
            "--set",
            "optimizer.weight_decay=1");
    assertEquals(1, result.exitCode(), result.err());
    assertTrue(result.out().contains("diverged at step"), result.out());
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeUsed() throws Exception {
    TinyRun.config(folder, 400);
    assertEquals(0, train("--run-dir", "whole", "--no-report").exitCode());
    Path run = folder.resolve("run");
    try (LongrunProcess process =
        LongrunProcess.start(folder, command("--run-dir", "run", "--no-report"))) {
      assertTrue(process.waitUntil(() -> TinyRun.checkpoints(run).size() > 2));
      process.signal("TERM");
      assertEquals(143, process.await().exitCode());
    }
    Path newest = TinyRun.checkpoints(run).getLast();
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(newest, bytes);
    Result resumed = LongrunProcess.run(folder, "resume", "run", "--no-report");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(
        resumed
            .err()
            .contains("damaged checkpoint, renamed to " + newest.getFileName() + ".damaged,"),
        resumed.err());
    assertTrue(Files.exists(newest.resolveSibling(newest.getFileName() + ".damaged")));
    assertTrue(resumed.err().contains(newest.getFileName().toString()), resumed.err());
    assertEquals(
        TinyRun.metricsWithoutSeconds(folder.resolve("whole")), TinyRun.metricsWithoutSeconds(run));
    TinyRun.assertSameTensors(
        TinyRun.checkpoints(folder.resolve("whole")).getLast(), TinyRun.checkpoints(run).getLast());
  }

  @Test
  void aRunWithMoreStepsIsTheOneStartedWithThem() throws Exception {
    TinyRun.config(folder, 43);
    assertEquals(0, train("--run-dir", "run", "--no-report").exitCode());
    Result extended =
        LongrunProcess.run(
            folder, "resume", "run", "--steps", "61", "--engine", "reference", "--no-report");
    assertEquals(0, extended.exitCode(), extended.err());
    assertTrue(extended.out().contains("going on at step 43 of 61"), extended.out());
    assertEquals(
        0, train("--set", "training.steps=61", "--run-dir", "whole", "--no-report").exitCode());
    Path run = folder.resolve("run");
    Path whole = folder.resolve("whole");
    assertEquals(TinyRun.metricsWithoutSeconds(whole), TinyRun.metricsWithoutSeconds(run));
    TinyRun.assertSameTensors(
        TinyRun.checkpoints(whole).getLast(), TinyRun.checkpoints(run).getLast());
    assertEquals(-1, Files.mismatch(whole.resolve("config.yaml"), run.resolve("config.yaml")));

    String before = TinyRun.snapshot(run);
    Result fewer = LongrunProcess.run(folder, "resume", "run", "--steps", "60");
    assertEquals(3, fewer.exitCode(), fewer.err());
    assertTrue(fewer.err().contains("--steps 60: "), fewer.err());
    assertTrue(fewer.err().contains("has 61 steps already"), fewer.err());
    assertEquals(before, TinyRun.snapshot(run));
  }

  @Test
  void anEditedConfigurationExitsWith3() throws Exception {
    TinyRun.config(folder, 20);
    assertEquals(0, train("--run-dir", "run", "--no-report").exitCode());
    Path run = folder.resolve("run");
    Files.delete(run.resolve("summary.json"));
    Path config = run.resolve("config.yaml");
    Files.writeString(config, Files.readString(config).replace("steps: 20", "steps: 30"));
    Result result = LongrunProcess.run(folder, "resume", "run", "--no-report");
    assertEquals(3, result.exitCode(), result.err());
    assertTrue(
        result.err().contains("was 'steps: 20', now it is 'steps: 30'; restore it"), result.err());
  }

  @Test
  void aClosedPipeGivesNoTrace() throws Exception {
    TinyRun.config(folder, 20);
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "\"$0\" --add-modules jdk.incubator.vector -cp \"$1\" longrun.cli.Main --help 2>err"
                    + " | head -1",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"))
            .directory(folder.toFile())
            .start();
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(shell.waitFor(LongrunProcess.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    assertEquals(1, out.lines().count(), out);
    String err = Files.readString(folder.resolve("err"));
    LongrunProcess.assertNoStackTrace(err);
    assertFalse(err.contains("standard output"), err);
  }

  @Test
  void outputThatIsLostIsAFailure() throws Exception {
    for (String command : List.of("--help", "--version", "list --json .")) {
      assertEquals(5, inShell("exec \"$@\" " + command + " >/dev/full 2>err"), command);
      String err = Files.readString(folder.resolve("err"));
      assertTrue(err.contains("longrun: standard output could not be written: No space"), err);
      LongrunProcess.assertNoStackTrace(err);
    }
  }

  @Test
  void aFolderThatJavaCannotNameIsRefused() throws Exception {
    TinyRun.config(folder, 20);
    String script =
        """
        name=$(printf 'c\\303\\274') && mkdir "$name" && cd "$name" || exit 1
        LC_ALL=C "$@" train ../tiny.yaml 2>../err
        code=$?
        cd .. && rmdir "$name" && exit $code
        """;
    assertEquals(5, inShell(script));
    String err = Files.readString(folder.resolve("err"));
    assertTrue(err.contains("the name of the current folder"), err);
    assertTrue(err.contains("LC_ALL=C.UTF-8"), err);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of("err", "tiny.yaml"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  /** Runs a script, whose arguments are the beginning of a command line; gives its exit code. */
  private int inShell(String script) throws Exception {
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                script,
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                "longrun.cli.Main")
            .directory(folder.toFile())
            .start();
    assertTrue(shell.waitFor(LongrunProcess.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    return shell.exitValue();
  }

  @Test
  void theCpuEngineIsTakenByItselfAndAgreesWithTheReference() throws Exception {
    TinyRun.config(folder, 20);
    Result cpu =
        LongrunProcess.run(
            folder,
            LongrunProcess.WITHOUT_CUDA,
            "train",
            "tiny.yaml",
            "--run-dir",
            "cpu",
            "--export",
            "cpu.safetensors");
    assertEquals(0, cpu.exitCode(), cpu.err());
    assertTrue(
        cpu.out()
            .matches("(?s)engine  cpu: [^\n]*fastest here; CUDA lacks its (driver|device)\\).*"),
        cpu.out());
    assertEquals(List.of("F32"), dtypes(folder.resolve("cpu.safetensors")));
    assertEquals(0, train("--run-dir", "reference", "--no-report").exitCode());
    assertEquals(
        lastTrainLoss(folder.resolve("reference")), lastTrainLoss(folder.resolve("cpu")), 1e-3);
  }

  @Test
  void aRunThatDoesNotFitInMemorySaysWhatItNeeds() throws Exception {
    TinyRun.config(folder, 20);
    Result result = train("--set", "model={kind: mlp, hidden: [16384, 16000], bias: false}");
    assertEquals(1, result.exitCode(), result.err());
    assertTrue(result.err().contains("out of memory"), result.err());
    assertTrue(result.err().contains("262,485,376 parameters"), result.err());
    assertTrue(result.err().contains("LONGRUN_JAVA_OPTS"), result.err());
    assertFalse(Files.exists(folder.resolve("runs")));
  }

  @Test
  void helpLoadsNeitherEnginesNorParsers() throws Exception {
    for (String option : List.of("--help", "--version")) {
      Path log = folder.resolve("classes.log");
      try (LongrunProcess process =
          LongrunProcess.start(
              folder,
              Map.of("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + log),
              List.of(option))) {
        assertEquals(0, process.await().exitCode());
      }
      List<String> heavy =
          Files.readAllLines(log).stream()
              .filter(
                  line ->
                      line.matches(
                          ".*\\] (com\\.fasterxml|org\\.knowm|jdk\\.incubator|jcuda|longrun\\."
                              + "(cpu|cuda|verify|measure|reference|train|store|report|config))\\..*"))
              .toList();
      assertEquals(List.of(), heavy, option);
      assertTrue(Files.readString(log).contains("longrun.cli.Main"), "nothing was logged");
    }
  }

  @Test
  void aRunPublishedElsewhereIsReplayed() throws Exception {
    Result result =
        LongrunProcess.run(
            folder,
            "train",
            GOLDEN.resolve("spec.json").toString(),
            "--set",
            "evaluation.every=1",
            "--init",
            GOLDEN.resolve("init.safetensors").toString(),
            "--train-indices",
            GOLDEN.resolve("train_indices.txt").toString(),
            "--engine",
            "reference",
            "--export",
            "out.safetensors",
            "--export-gradients",
            "gradients.safetensors",
            "--run-dir",
            "replay");
    assertEquals(0, result.exitCode(), result.err());
    assertClose("parameters_after_20.safetensors", folder.resolve("out.safetensors"));
    assertClose("gradients_at_init.safetensors", folder.resolve("gradients.safetensors"));
    assertEquals(22, TinyRun.metricsWithoutSeconds(folder.resolve("replay")).size());
  }

  /** 1e-10 in relative error of every tensor's norm-scaled elements; NaN fails. */
  private static void assertClose(String golden, Path actualFile) {
    Map<String, Tensor> expected = Safetensors.read(GOLDEN.resolve(golden)).tensors().asMap();
    Map<String, Tensor> actual = Safetensors.read(actualFile).tensors().asMap();
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) -> {
          double largest = 0;
          for (double value : tensor.values()) {
            largest = Math.max(largest, Math.abs(value));
          }
          double[] values = actual.get(name).values();
          for (int i = 0; i < values.length; i++) {
            double difference = Math.abs(values[i] - tensor.values()[i]);
            assertTrue(
                difference <= 1e-10 * largest,
                name + "[" + i + "] " + values[i] + " expected " + tensor.values()[i]);
          }
        });
  }

  private static double lastTrainLoss(Path run) throws IOException {
    return Double.parseDouble(TinyRun.metricsWithoutSeconds(run).getLast().split(",", -1)[1]);
  }

  private Result train(String... more) throws Exception {
    return LongrunProcess.run(folder, command(more));
  }

  private static String[] command(String... more) {
    List<String> command = new ArrayList<>(List.of("train", "tiny.yaml", "--engine", "reference"));
    command.addAll(List.of(more));
    return command.toArray(String[]::new);
  }

  /** The distinct element types that a file's header names. */
  private static List<String> dtypes(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) bytes.getLong()];
    bytes.get(header);
    return java.util.regex.Pattern.compile("\"dtype\":\"([A-Z0-9]+)\"")
        .matcher(new String(header, StandardCharsets.UTF_8))
        .results()
        .map(match -> match.group(1))
        .distinct()
        .toList();
  }
}
