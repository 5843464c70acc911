package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.DeviceProfile;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverProbe.ImageStatus;
import longrun.cuda.DriverStatus;
import longrun.cuda.Emulator;
import longrun.cuda.MissingPiece;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which GPUs {@code longrun plan} predicts for, and how it tells what was measured. */
class PlanGpusTest {
  private static final Path NANDA = Path.of("configs", "nanda-2023.yaml");
  private static final PlanGpus KNOWN = PlanGpus.named(DeviceProfile.KNOWN);
  private static final MissingPiece NO_IMAGE =
      new MissingPiece(Piece.KERNEL_IMAGE, "kernels.fatbin is missing", "build it");

  /** A name as long as they come. */
  private static final DeviceProfile MEASURED =
      new DeviceProfile(
          "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
          "nvidia-rtx-pro-6000",
          188,
          1.1e14,
          1.2e14,
          1.6e12,
          true);

  @Test
  void aRealDeviceComesFirst() {
    List<DeviceProfile> expected = new ArrayList<>(List.of(MEASURED));
    expected.addAll(DeviceProfile.KNOWN);
    assertEquals(PlanGpus.named(expected), PlanGpus.all(working(false), () -> MEASURED));
  }

  static List<DriverProbe> withoutGpu() {
    return List.of(
        working(true),
        probe(new DriverStatus.Absent("no such file")),
        probe(new DriverStatus.WithoutDevice(12060, false)),
        probe(new DriverStatus.WithoutDevice(12060, true)));
  }

  @ParameterizedTest
  @MethodSource("withoutGpu")
  void whereThereIsNoGpuNothingIsMeasured(DriverProbe probe) {
    assertEquals(KNOWN, PlanGpus.all(probe, () -> fail("measured")));
  }

  @Test
  void aGpuThatCannotBeUsedIsTold() {
    told("driver: cuInit failed", probe(new DriverStatus.Failing("cuInit", 999)));
    told("driver: the driver is of CUDA 11.8", probe(working(11080, false)));
    told(
        "kernel image: kernels.fatbin is missing",
        new DriverProbe(
            working(12060, false), Optional.empty(), new ImageStatus.Unusable(NO_IMAGE)));
  }

  private static void told(String why, DriverProbe probe) {
    PlanGpus gpus = PlanGpus.all(probe, () -> fail("measured"));
    assertEquals(DeviceProfile.KNOWN, gpus.profiles());
    assertTrue(gpus.notMeasured().orElseThrow().contains(why), gpus::toString);
  }

  @Test
  void aMeasurementThatFailsIsToldAndDoesNotStopThePlan() throws IOException {
    PlanGpus gpus =
        PlanGpus.all(
            working(false),
            () -> {
              throw new CudaUnavailableException(NO_IMAGE);
            });
    Explanation explanation = explanation(gpus);
    String text = String.join("\n", PlanLaunches.lines(explanation));
    assertTrue(
        text.contains("\n        this machine's GPU was not measured: kernel image: "), text);
    assertTrue(text.contains("\n        from data sheets, "), text);
    JsonNode cuda = new ObjectMapper().readTree(PlanJson.text(explanation)).required("cuda");
    assertTrue(cuda.required("gpu_not_measured").textValue().contains("kernels.fatbin"));
    assertEquals(DeviceProfile.KNOWN.size(), cuda.required("predictions").size());
  }

  @Test
  void whatWasMeasuredIsMarked() throws IOException {
    Explanation explanation = explanation(PlanGpus.all(working(false), () -> MEASURED));
    List<String> lines = PlanLaunches.lines(explanation);
    int heading =
        lines.indexOf("        " + MEASURED.name() + ", this machine's, its peaks measured:");
    assertTrue(heading > 0, () -> String.join("\n", lines));
    assertTrue(
        lines
            .get(heading + 1)
            .matches(" {10}measured .* ms per step.*\\(110\\.0 TFLOP/s, 1\\.60 .*"),
        lines.get(heading + 1));
    assertTrue(lines.get(heading + 2).startsWith("        NVIDIA H100 SXM "));
    assertTrue(lines.getLast().contains("        others from data sheets, "), lines::getLast);
    for (String line : lines) {
      assertTrue(line.length() <= PlanTable.WIDTH, line.length() + ": " + line);
    }
    JsonNode cuda = new ObjectMapper().readTree(PlanJson.text(explanation)).required("cuda");
    assertTrue(cuda.required("gpu_not_measured").isNull());
    JsonNode first = cuda.required("predictions").get(0);
    assertEquals(MEASURED.name(), first.required("name").textValue());
    assertEquals(MEASURED.key(), first.required("device").textValue());
    assertTrue(first.required("measured").booleanValue());
    assertEquals(188, first.required("multiprocessors").intValue());
    assertEquals(1.1e14, first.required("matrix_flops_per_second").doubleValue());
    assertEquals(1.6e12, first.required("bytes_per_second").doubleValue());
    assertTrue(first.required("seconds_per_step").doubleValue() > 0);
    JsonNode second = cuda.required("predictions").get(1);
    assertEquals("h100", second.required("device").textValue());
    assertFalse(second.required("measured").booleanValue());
  }

  @Test
  void theEmulatedDriverIsNeverMeasured() throws IOException {
    Emulator.require();
    Emulator.reset();
    InProcess plan = InProcess.run("plan", NANDA.toString(), "--json");
    assertEquals(0, plan.exitCode(), plan.err());
    JsonNode cuda = new ObjectMapper().readTree(plan.out()).required("cuda");
    assertTrue(cuda.required("gpu_not_measured").isNull());
    for (JsonNode prediction : cuda.required("predictions")) {
      assertFalse(prediction.required("measured").booleanValue(), prediction::toString);
    }
    assertEquals(DeviceProfile.KNOWN.size(), cuda.required("predictions").size());
    assertEquals(0, Emulator.kernels());
    assertEquals(0, Emulator.calls("cuDevicePrimaryCtxRetain"));
  }

  /** For machines with a GPU; elsewhere it is skipped. */
  @Test
  void thisMachinesGpuIsMeasuredUnlessItIsNotWanted() throws IOException {
    assumeTrue(Engines.obstacle(DriverProbe.run()).isEmpty(), "there is no GPU to measure");
    assertTrue(firstPrediction("--json").required("measured").booleanValue());
    assertFalse(firstPrediction("--json", "--no-measure").required("measured").booleanValue());
    assertFalse(firstPrediction("--json", "--device", "h100").required("measured").booleanValue());
  }

  private static JsonNode firstPrediction(String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("plan", NANDA.toString()));
    arguments.addAll(List.of(options));
    InProcess plan = InProcess.run(arguments.toArray(String[]::new));
    assertEquals(0, plan.exitCode(), plan.err());
    JsonNode cuda = new ObjectMapper().readTree(plan.out()).required("cuda");
    return cuda.required("predictions").get(0);
  }

  @Test
  void measuringCanBeSkipped() {
    assertEquals(KNOWN, PlanGpus.all(false));
  }

  private static Explanation explanation(PlanGpus gpus) {
    Explanation of = Explanation.of(NANDA, List.of(), false, 1, DeviceProfile.KNOWN);
    return new Explanation(
        of.run(), of.plan(), of.ledger(), of.peaks(), of.launches(), of.slots(), gpus);
  }

  private static DriverProbe working(boolean emulated) {
    return probe(working(12060, emulated));
  }

  private static DriverStatus working(int version, boolean emulated) {
    return new DriverStatus.Working(
        version, List.of(new DriverStatus.Device("NVIDIA X", 9, 0)), emulated);
  }

  private static DriverProbe probe(DriverStatus driver) {
    return new DriverProbe(driver, Optional.empty(), new ImageStatus.Usable("sm_90"));
  }
}
