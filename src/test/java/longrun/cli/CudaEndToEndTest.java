package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import longrun.cli.LongrunProcess.Result;
import longrun.cuda.Emulator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA engine from the command line, in processes that have the emulated driver. */
class CudaEndToEndTest {
  private static final int STEPS = 30;

  @TempDir private Path folder;

  @BeforeEach
  void emulator() throws Exception {
    Emulator.require();
    TinyRun.config(folder, STEPS);
  }

  @Test
  void aRunTrainsWhereItIsAskedToAndTheDeviceIsNamedAsEmulated() throws Exception {
    Result result = train(Map.of(), "cuda", "--engine", "cuda");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(
        result.out().matches("(?s)engine  cuda: .*\\(emulated, for tests\\).* \\(asked for\\)\n.*"),
        result::out);
    assertEquals(0, train(Map.of(), "reference", "--engine", "reference").exitCode());
    assertEquals(columns("reference", 0), columns("cuda", 0));
  }

  @Test
  void theEmulatedDriverIsNeverTakenByItself() throws Exception {
    Result result = train(Map.of(), "run");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(
        result.out().matches("(?s)engine  cpu: [^\n]*the CUDA driver is the emulated one.*"),
        result::out);
  }

  @Test
  void theMissingPieceIsNamedAndNothingIsWritten() throws Exception {
    String before = TinyRun.snapshot(folder);
    unavailable(
        train(Map.of("LONGRUN_EMULATOR_DEVICES", "0"), "run", "--engine", "cuda"), "device: ");
    unavailable(
        train(Map.of("LONGRUN_EMULATOR_COMPUTE_CAPABILITY", "7.5"), "run", "--engine", "cuda"),
        "device: longrun emulated device is of compute capability 7.5");
    unavailable(
        train(Map.of("LONGRUN_EMULATOR_FAIL", "cuInit:1:999"), "run", "--engine", "cuda"),
        "driver: cuInit failed with CUDA error 999");
    assertEquals(before, TinyRun.snapshot(folder));
  }

  private static void unavailable(Result result, String piece) {
    assertEquals(4, result.exitCode(), result.err());
    assertTrue(
        result.err().contains("longrun: --engine cuda: the cuda engine needs a " + piece),
        result::err);
  }

  @Test
  void tooLittleDeviceMemorySaysHowMuchIsNeeded() throws Exception {
    Result result = train(Map.of("LONGRUN_EMULATOR_MEMORY", "20000"), "run", "--engine", "cuda");
    assertEquals(4, result.exitCode(), result.err());
    assertTrue(result.err().contains("CUDA_ERROR_OUT_OF_MEMORY"), result::err);
    assertTrue(
        result
            .err()
            .matches("(?s).*1 slots? needs? \\d+ bytes, \\d+ are free, 0 slots would fit.*"),
        result::err);
  }

  @Test
  void aFaultIsToldWithItsStepAndTheLastCheckpointIsIntact() throws Exception {
    Result whole = train(Map.of(), "whole", "--engine", "cuda");
    assertEquals(0, whole.exitCode(), whole.err());
    Result result =
        train(Map.of("LONGRUN_EMULATOR_FAIL", "cuGraphLaunch:25:700"), "run", "--engine", "cuda");
    assertEquals(1, result.exitCode(), result.err());
    assertTrue(result.err().contains("CUDA_ERROR_ILLEGAL_ADDRESS"), result::err);
    assertTrue(result.err().matches("(?s).*, run=\\S.* step=\\d+; .*"), result::err);
    assertFalse(TinyRun.checkpoints(folder.resolve("run")).isEmpty());
    Result resumed = LongrunProcess.run(folder, "resume", "run", "--engine", "cuda", "--no-report");
    assertEquals(0, resumed.exitCode(), resumed.err());
    TinyRun.assertSameTensors(last("whole"), last("run"));
  }

  /** A checkpoint of one engine is one of the other's: the run goes on, with other roundings. */
  @ParameterizedTest
  @CsvSource({"cpu, cuda", "cuda, cpu"})
  void aRunGoesOnWithTheOtherEngineWhenAskedTo(String first, String second) throws Exception {
    assertEquals(0, train(Map.of(), "whole", "--engine", first).exitCode());
    Result half = train(Map.of(), "run", "--engine", first, "--set", "training.steps=" + STEPS / 2);
    assertEquals(0, half.exitCode(), half.err());
    Result resumed =
        LongrunProcess.run(
            folder, "resume", "run", "--steps", "" + STEPS, "--engine", second, "--no-report");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertTrue(
        resumed
            .err()
            .contains(
                "trained by the " + first + " engine and goes on with the " + second + " engine"),
        resumed::err);
    assertEquals(columns("whole", 0), columns("run", 0));
    double expected = lastLoss("whole");
    assertEquals(expected, lastLoss("run"), 1e-3 * expected);
    Result own = LongrunProcess.run(folder, "resume", "run", "--steps", "40", "--no-report");
    assertEquals(0, own.exitCode(), own.err());
    assertTrue(own.out().contains("engine  " + second + ": "), own::out);
  }

  private double lastLoss(String run) throws Exception {
    return Double.parseDouble(columns(run, 1).getLast());
  }

  @Test
  void verifyNamesItsGroupsWhereNoneIsMeant() throws Exception {
    Result result = LongrunProcess.run(folder, "verify", "--only", "nonsense");
    assertEquals(2, result.exitCode(), result.err());
    assertEquals("", result.out());
    assertTrue(result.err().contains("longrun: --only nonsense: no group"), result::err);
    for (String group : List.of("matmul_nn_64,", "adamw,", "steps fp32,", "resume tf32")) {
      assertTrue(result.err().contains(group), result::err);
    }
  }

  @Test
  void aTemporaryFolderThatTakesNoFilesIsNamedWithWhatItIsFor() throws Exception {
    String before = TinyRun.snapshot(folder);
    Result result =
        train(Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=/proc"), "run", "--engine", "cuda");
    assertEquals(4, result.exitCode(), result.err());
    assertTrue(
        result
            .err()
            .contains(
                "native library: JCuda's native library is unpacked into the temporary folder"
                    + " /proc, and no folder can be made in it ("),
        result::err);
    assertTrue(result.err().contains("LONGRUN_JAVA_OPTS=-Djava.io.tmpdir=FOLDER"), result::err);
    assertEquals(before, TinyRun.snapshot(folder));
  }

  @Test
  void doctorNamesTheEmulatedDriver() throws Exception {
    Result result = LongrunProcess.run(folder, "doctor");
    assertEquals(0, result.exitCode(), result.out());
    assertTrue(
        result.out().contains("OK       CUDA driver       the emulated driver, a test double"),
        result::out);
    assertTrue(result.out().contains("here on the emulated driver, for tests"), result::out);
  }

  @Test
  void doctorSaysThatTheKernelsAreForNewerDevices() throws Exception {
    Result result =
        LongrunProcess.run(folder, Map.of("LONGRUN_EMULATOR_COMPUTE_CAPABILITY", "7.5"), "doctor");
    assertTrue(
        result
            .out()
            .matches(
                "(?s).*\n- +kernel image +longrun emulated device is of compute"
                    + " capability 7\\.5, and longrun's kernels are for 8\\.0 and newer;.*"),
        result::out);
  }

  private Path last(String run) {
    return TinyRun.checkpoints(folder.resolve(run)).getLast();
  }

  /** A column of a run's metrics. */
  private List<String> columns(String run, int column) throws Exception {
    return TinyRun.metricsWithoutSeconds(folder.resolve(run)).stream()
        .map(line -> line.split(",", -1)[column])
        .toList();
  }

  private Result train(Map<String, String> environment, String run, String... arguments)
      throws Exception {
    List<String> all = new ArrayList<>(List.of("train", "tiny.yaml", "--no-report"));
    all.addAll(List.of("--run-dir", run));
    all.addAll(List.of(arguments));
    return LongrunProcess.run(folder, environment, all.toArray(String[]::new));
  }
}
