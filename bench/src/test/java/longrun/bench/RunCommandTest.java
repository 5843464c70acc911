package longrun.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverProbe.ImageStatus;
import longrun.cuda.DriverStatus;
import longrun.cuda.MissingPiece;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;

/** With a stand-in for JMH, which measures nothing. */
class RunCommandTest {
  private static final DriverProbe WITHOUT_GPU =
      new DriverProbe(
          new DriverStatus.Absent("not found"), Optional.empty(), new ImageStatus.Usable("sm_90"));
  private static final String MEASURED =
      "[{\n    \"jvm\" : \"/usr/lib/jvm/somewhere/bin/java\",\n    \"forks\" : 3\n}]\n";

  @TempDir private Path root;
  private Path kept;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void checkout() throws IOException {
    kept = root.resolve("bench/results/machine");
    Files.createDirectories(root.resolve("bench/target"));
  }

  private int run(RunCommand.Jmh jmh, String... words) throws IOException {
    return new RunCommand(
            root,
            jmh,
            emulated -> new Available(WITHOUT_GPU, Optional::empty, emulated),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(kept, "abc", List.of(words));
  }

  private static void measure(Options options) {
    assertTrue(options.shouldFailOnError().get(), "a failure has to be noticed");
    try {
      Files.writeString(Path.of(options.getResult().get()), MEASURED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode machine(Path folder, String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name + ".machine.json").toFile());
  }

  @Test
  void aClassThatFailsKeepsItsOldResultsAndTheOthersAreMeasured() throws IOException {
    Files.createDirectories(kept);
    Path old = Files.writeString(kept.resolve("FmaPeakBenchmark.json"), "old");
    RunCommand.Jmh jmh =
        options -> {
          measure(options);
          if (options.getIncludes().toString().contains("FmaPeak")) {
            throw new RunnerException("cuBLAS does not start");
          }
        };
    assertEquals(1, run(jmh, "FmaPeak|cpu.MatMul|UpdateB"));
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .contains("FmaPeakBenchmark failed: cuBLAS does not start"),
        err::toString);
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .endsWith("not measured, since it failed: FmaPeakBenchmark\n"),
        err::toString);
    assertEquals("old", Files.readString(old));
    assertFalse(Files.exists(kept.resolve("FmaPeakBenchmark.json.part")));
    assertFalse(Files.exists(kept.resolve("FmaPeakBenchmark.machine.json")));
    for (String name : List.of("MatMulBenchmark", "UpdateBenchmark")) {
      assertEquals(
          MEASURED.replace("/usr/lib/jvm/somewhere/bin/", ""),
          Files.readString(kept.resolve(name + ".json")));
      assertEquals("abc", machine(kept, name).required("commit").textValue());
    }
  }

  @Test
  void theExitCodeSaysWhyNothingIsMeasured() throws IOException {
    assertEquals(4, run(RunCommandTest::measure, "LaunchBenchmark"));
    String text = err.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("leaves out LaunchBenchmark.call, LaunchBenchmark.launch,"), text);
    assertTrue(text.contains("driver: libcuda.so.1 cannot be loaded (not found)"), text);
    assertEquals(2, run(RunCommandTest::measure, "NoSuchBenchmark"));
    assertEquals(2, run(RunCommandTest::measure, "FmaPeak", "--forks", "1"));
    assertEquals(2, run(RunCommandTest::measure, "FmaPeak", "MatMul"));
    assertEquals(2, run(RunCommandTest::measure, "FmaPeak("));
    assertFalse(Files.exists(kept));
  }

  @Test
  void whatNeedsAGpuIsLeftOutAndTheRestIsMeasured() throws IOException {
    assertEquals(0, run(RunCommandTest::measure, "MatMul"));
    assertTrue(Files.exists(kept.resolve("MatMulBenchmark.json")));
    assertFalse(Files.exists(kept.resolve("CudaMatMulBenchmark.json")));
  }

  @Test
  void whatIsMeasuredForLessIsNotKept() throws IOException {
    Path tries = root.resolve("bench/target/tries");
    for (String lowered :
        List.of("-f 2", "-wi 1", "-i 2", "-w 999ms", "-r 500ms", "-bm avgt", "-t 2")) {
      assertEquals(0, run(RunCommandTest::measure, ("FmaPeak " + lowered).split(" ", -1)));
      assertTrue(Files.deleteIfExists(tries.resolve("FmaPeakBenchmark.json")), lowered);
      assertFalse(Files.exists(kept), lowered);
    }
    assertEquals(0, run(RunCommandTest::measure, "FmaPeak", "-f", "3", "-i", "9", "-r", "1s"));
    assertTrue(Files.exists(kept.resolve("FmaPeakBenchmark.json")));
  }

  @Test
  void aFolderThatWasNamedIsWrittenTo() throws IOException {
    kept = root.resolve("elsewhere");
    assertEquals(0, run(RunCommandTest::measure, "FmaPeak", "-f", "1"));
    assertTrue(Files.exists(kept.resolve("FmaPeakBenchmark.json")));
  }

  @Test
  void theFileSystemIsThatOfTheFolderThatIsMeasured() throws IOException {
    assertEquals(0, run(RunCommandTest::measure, "Checkpoint", "-p", "folder=/proc"));
    assertEquals("proc", machine(kept, "CheckpointBenchmark").required("file_system").textValue());
    assertEquals(0, run(RunCommandTest::measure, "Checkpoint", "-p", "folder=/proc,/sys"));
    assertEquals(
        "proc (/proc), sysfs (/sys)",
        machine(kept, "CheckpointBenchmark").required("file_system").textValue());
    String here = Files.getFileStore(root).type();
    assertEquals(0, run(RunCommandTest::measure, "Checkpoint|FmaPeak"));
    assertEquals(here, machine(kept, "CheckpointBenchmark").required("file_system").textValue());
    assertEquals(here, machine(kept, "FmaPeakBenchmark").required("file_system").textValue());
  }

  @Test
  void theEmulatedDriverHasToBeAskedForAndIsNoYardstick() {
    DriverProbe emulator =
        new DriverProbe(
            new DriverStatus.Working(
                12060, List.of(new DriverStatus.Device("emulated", 9, 0)), true),
            Optional.empty(),
            new ImageStatus.Usable("sm_90"));
    Available asked = new Available(emulator, Optional::empty, true);
    Available unasked = new Available(emulator, Optional::empty, false);
    String ours = "longrun.cuda.CudaMatMulBenchmark.longrun";
    String cublas = "longrun.cuda.CudaMatMulBenchmark.cublas";
    assertEquals(Optional.empty(), asked.obstacle(ours));
    assertTrue(asked.obstacle(cublas).orElseThrow().startsWith("cuBLAS needs a GPU"));
    assertTrue(unasked.obstacle(ours).orElseThrow().endsWith("-p driver=emulated"));
  }

  @Test
  void cublasIsMissedByItselfAndTheDriverHasToBeTheOneThatWasNamed() {
    DriverProbe gpu =
        new DriverProbe(
            new DriverStatus.Working(12060, List.of(new DriverStatus.Device("gpu", 9, 0)), false),
            Optional.empty(),
            new ImageStatus.Usable("sm_90"));
    MissingPiece missing = new MissingPiece(MissingPiece.Piece.LIBRARY, "no cuBLAS", "install it");
    Available without = new Available(gpu, () -> Optional.of(missing), false);
    assertEquals(Optional.empty(), without.obstacle("longrun.cuda.CudaMatMulBenchmark.longrun"));
    assertEquals(
        Optional.of(missing.sentence()),
        without.obstacle("longrun.cuda.CudaMatMulBenchmark.cublas"));
    assertEquals(
        Optional.of("driver=emulated was asked for, and the driver is NVIDIA's"),
        new Available(gpu, Optional::empty, true).obstacle("longrun.cuda.LaunchBenchmark.call"));
    assertEquals(Optional.empty(), without.obstacle("longrun.bench.StepBenchmark.steps"));
  }
}
