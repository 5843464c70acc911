package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import longrun.config.ConfigReader;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.sweep.Sweep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  private static final String YAML =
      """
      task: {kind: modular, modulus: 5}
      sweep:
        task.train_fraction: [0.4, 0.5]
        training.seed: {from: 0, count: 3}
      """;

  @TempDir private Path temporary;

  private Path sweep() {
    Sweep sweep = Sweep.of(ConfigReader.parseSweep(YAML, "test.yaml", List.of()));
    Path folder = temporary.resolve("fractions");
    return SweepFolder.create(folder, sweep.toYaml(), new SweepManifest(sweep.count(), 1, "test"))
        .path();
  }

  @Test
  void ofASweep() throws IOException {
    Path folder = sweep();
    InProcess run = InProcess.run("report", folder.toString());
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("report: " + folder.resolve("report.html"), run.out().strip());
    String page = Files.readString(folder.resolve("report.html"));
    assertTrue(page.contains("<h1>no run has begun yet: 6 runs waiting</h1>"), page);
  }

  @Test
  void aChangedSweepIsNamedAndNothingIsWritten() throws IOException {
    Path folder = sweep();
    Files.writeString(folder.resolve("sweep.yaml"), "taks: {}\n");
    InProcess run = InProcess.run("report", folder.toString());
    assertEquals(ExitCode.STORAGE, run.exitCode());
    assertTrue(run.err().contains("sweep.yaml: was changed since"), run.err());
    assertFalse(Files.exists(folder.resolve("report.html")));
  }

  @Test
  void ofNeither() {
    InProcess run = InProcess.run("report", temporary.resolve("nothing").toString());
    assertFalse(run.exitCode() == 0);
    assertTrue(run.err().contains("nothing"), run.err());
  }
}
