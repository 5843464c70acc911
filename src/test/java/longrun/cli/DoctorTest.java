package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import longrun.cli.Finding.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir private Path folder;

  @Test
  void aFolderThatCannotBeWrittenIsAProblemWithARemedy() {
    Path absent = folder.resolve("absent");
    Finding finding = find(new Doctor(emptyMachine(), absent, folder), "current folder");
    assertEquals(Status.PROBLEM, finding.status());
    assertTrue(finding.value().contains(absent.toString()), finding.value());
    assertTrue(finding.remedy().orElseThrow().contains("another folder"));
  }

  @Test
  void aHealthyFolderSaysHowMuchIsFreeAndIsLeftClean() throws IOException {
    Finding finding = find(new Doctor(emptyMachine(), folder, folder), "temporary folder");
    assertEquals(Status.OK, finding.status());
    assertTrue(finding.value().matches(".*, writable, [0-9.]+ [MG]iB free"), finding.value());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void noGpuIsNoProblem() {
    Doctor doctor = new Doctor(emptyMachine(), folder, folder);
    for (String subject : List.of("GPU", "CUDA driver", "CUDA compiler", "engine cuda")) {
      Finding finding = find(doctor, subject);
      assertEquals(Status.ABSENT, finding.status(), subject);
      assertTrue(finding.remedy().isPresent(), subject);
    }
  }

  @Test
  void theReferenceEngineIsAlwaysThere() {
    Finding finding = find(new Doctor(emptyMachine(), folder, folder), "engine reference");
    assertEquals(Status.OK, finding.status());
  }

  private MachineProbe emptyMachine() {
    return new MachineProbe(folder, Map.of());
  }

  private static Finding find(Doctor doctor, String subject) {
    return doctor.examine().stream()
        .filter(finding -> finding.subject().equals(subject))
        .findFirst()
        .orElseThrow();
  }
}
