package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.cli.Finding.Status;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverProbe.ImageStatus;
import longrun.cuda.DriverStatus;
import longrun.cuda.DriverStatus.Device;
import longrun.cuda.MissingPiece;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir private Path folder;

  @Test
  void aFolderThatCannotBeWrittenIsAProblemWithARemedy() {
    Path absent = folder.resolve("absent");
    Finding finding = find(doctor(absent, withoutDriver()), "current folder");
    assertEquals(Status.PROBLEM, finding.status());
    assertTrue(finding.value().contains(absent.toString()), finding.value());
    assertTrue(finding.remedy().orElseThrow().contains("another folder"));
  }

  @Test
  void aHealthyFolderSaysHowMuchIsFreeAndIsLeftClean() throws IOException {
    Finding finding = find(doctor(folder, withoutDriver()), "temporary folder");
    assertEquals(Status.OK, finding.status());
    assertTrue(finding.value().matches(".*, writable, [0-9.]+ [MG]iB free"), finding.value());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void noGpuIsNoProblem() {
    Doctor doctor = doctor(folder, withoutDriver());
    for (String subject :
        List.of(
            "GPU",
            "CUDA driver",
            "CUDA device",
            "kernel image",
            "CUDA compiler",
            "JCublas",
            "engine cuda")) {
      Finding finding = find(doctor, subject);
      assertEquals(Status.ABSENT, finding.status(), subject);
      assertTrue(finding.remedy().isPresent(), subject);
    }
  }

  @Test
  void theReferenceEngineIsAlwaysThere() {
    Finding finding = find(doctor(folder, withoutDriver()), "engine reference");
    assertEquals(Status.OK, finding.status());
  }

  @Test
  void aRealDeviceIsNamedAndUsable() {
    DriverProbe probe =
        new DriverProbe(
            new DriverStatus.Working(12080, List.of(new Device("NVIDIA H100", 9, 0)), false),
            Optional.empty(),
            new ImageStatus.Usable("sm_80, sm_90"));
    Doctor doctor = doctor(folder, probe);
    checkOk(doctor, "CUDA driver", "of CUDA 12.8");
    checkOk(doctor, "CUDA device", "NVIDIA H100 (compute capability 9.0)");
    checkOk(doctor, "kernel image", "for sm_80, sm_90");
    checkOk(doctor, "engine cuda", EngineChoice.CUDA.purpose());
    assertEquals(Optional.empty(), Engines.obstacle(probe));
  }

  @Test
  void theEmulatedDriverIsNamedAndNeverTakenByItself() {
    DriverProbe probe =
        new DriverProbe(
            new DriverStatus.Working(12060, List.of(new Device("pretended", 9, 0)), true),
            Optional.empty(),
            new ImageStatus.Usable("sm_80"));
    Doctor doctor = doctor(folder, probe);
    checkOk(
        doctor,
        "CUDA driver",
        "the emulated driver, a test double that auto never takes, as of CUDA 12.6");
    checkOk(doctor, "CUDA device", "pretended (compute capability 9.0), emulated");
    assertTrue(Engines.obstacle(probe).orElseThrow().contains("emulated"));
  }

  @Test
  void everyMissingPieceIsNamedWithItsRemedy() {
    ImageStatus image = new ImageStatus.Usable("sm_80");
    Device device = new Device("NVIDIA H100", 9, 0);
    check(
        new DriverProbe(new DriverStatus.Failing("cuInit", 999), Optional.empty(), image),
        "CUDA driver",
        "cuInit failed with CUDA error 999",
        "driver");
    check(
        new DriverProbe(new DriverStatus.WithoutDevice(12060, false), Optional.empty(), image),
        "CUDA device",
        "the driver (CUDA 12.6) sees no device",
        "device");
    check(
        new DriverProbe(
            new DriverStatus.Working(11080, List.of(device), false), Optional.empty(), image),
        "CUDA device",
        "the driver is of CUDA 11.8",
        "driver");
    DriverStatus working = new DriverStatus.Working(12060, List.of(device), false);
    check(
        new DriverProbe(
            working, Optional.empty(), new ImageStatus.Unusable(missing(Piece.KERNEL_IMAGE))),
        "kernel image",
        "nothing there",
        "kernel image");
    check(
        new DriverProbe(working, Optional.of(missing(Piece.LIBRARY)), image),
        "native library",
        "nothing there",
        "native library");
  }

  private void check(DriverProbe probe, String subject, String words, String piece) {
    Doctor doctor = doctor(folder, probe);
    Finding finding = find(doctor, subject);
    assertEquals(Status.ABSENT, finding.status(), subject);
    assertEquals(words, finding.value());
    assertTrue(finding.remedy().isPresent(), subject);
    assertEquals(Status.ABSENT, find(doctor, "engine cuda").status());
    assertTrue(
        find(doctor, "engine cuda").remedy().orElseThrow().contains("needs a " + piece + ": "),
        finding::toString);
    assertEquals("CUDA lacks its " + piece, Engines.obstacle(probe).orElseThrow());
  }

  private static void checkOk(Doctor doctor, String subject, String value) {
    assertEquals(Finding.ok(subject, value), find(doctor, subject));
  }

  private static MissingPiece missing(Piece piece) {
    return new MissingPiece(piece, "nothing there", "put it there");
  }

  private static DriverProbe withoutDriver() {
    return new DriverProbe(
        new DriverStatus.Absent("cannot open it"),
        Optional.empty(),
        new ImageStatus.Unusable(missing(Piece.KERNEL_IMAGE)));
  }

  private Doctor doctor(Path runs, DriverProbe probe) {
    MachineProbe machine = new MachineProbe(folder, Map.of());
    return new Doctor(
        machine,
        new CudaFindings(machine, probe, Optional.of(missing(Piece.LIBRARY))),
        runs,
        folder);
  }

  private static Finding find(Doctor doctor, String subject) {
    return doctor.examine().stream()
        .filter(finding -> finding.subject().equals(subject))
        .findFirst()
        .orElseThrow();
  }
}
