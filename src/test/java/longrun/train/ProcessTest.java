package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import longrun.store.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Full disks and sudden ends as the operating system deals them. */
class ProcessTest {
  @TempDir Path parent;

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void killedAgainAndAgainItEndsAsIfNothingHadHappened() throws Exception {
    String[] overrides = {"training.steps=2000", "checkpoint.every=5"};
    PreparedRun run = Runs.prepare(overrides);
    Path whole = parent.resolve("whole");
    Runs.start(whole, run, TrainProcess.ENGINE);
    Path killed = parent.resolve("killed");
    Random random = new Random(7);
    for (int kill = 0; kill < 4; kill++) {
      Process process =
          new ProcessBuilder(TrainProcess.command(killed, overrides))
              .redirectErrorStream(true)
              .start();
      try (BufferedReader output = process.inputReader()) {
        for (int lines = random.nextInt(1, 40); lines > 0; lines--) {
          assertTrue(output.readLine() != null, "it ended before it was killed");
        }
        Thread.sleep(random.nextInt(20));
      } finally {
        process.destroyForcibly();
      }
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertTrue(RunFolder.open(killed).summary().isEmpty(), "it ended before it was killed");
    }
    Runs.resume(killed, TrainProcess.ENGINE);
    Runs.assertSame(whole, killed, run);
  }

  /** The limit on file sizes stands in for a disk that fills up while metrics are written. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aFileThatMayNotGrowEndsTheRunWithAClearError() throws Exception {
    String[] overrides = {"training.steps=300", "evaluation.every=1"};
    Path path = parent.resolve("limited");
    List<String> command = new ArrayList<>(List.of("bash", "-c", "ulimit -f 16; exec \"$@\"", "-"));
    command.addAll(TrainProcess.command(path, overrides));
    String output = run(command, 5);
    assertTrue(output.contains("cannot write the metrics of step "), output);
    assertTrue(output.contains("metrics.csv: File too large; raise the limit"), output);
    assertTrue(output.contains("; the last good checkpoint is intact"), output);
    assertFalse(output.contains("Exception"), output);
    assertResumes(path, overrides);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aFullDiskEndsTheRunWithAClearError() throws Exception {
    assumeTrue(
        mountsAreAllowed(),
        "no full disk here: unshare(1) may not mount a tmpfs on this machine; the disk that fails"
            + " by itself in ResumeTest and the file size limit above cover the same code");
    String[] overrides = {"training.steps=300", "checkpoint.every=1", "checkpoint.keep=1000"};
    Path disk = Files.createDirectory(parent.resolve("disk"));
    Path saved = parent.resolve("saved");
    String script =
        "mount -t tmpfs -o size=256k tmpfs "
            + disk
            + " || exit 99; "
            + "\"$@\"; code=$?; cp -r "
            + disk
            + "/run "
            + saved
            + "; exit $code";
    List<String> command = new ArrayList<>(List.of("unshare", "-rm", "sh", "-c", script, "-"));
    command.addAll(TrainProcess.command(disk.resolve("run"), overrides));
    String output = run(command, 5);
    assertTrue(output.contains("cannot write the "), output);
    assertTrue(output.contains("No space left on device; free some space on the disk"), output);
    assertTrue(output.contains("; the last good checkpoint is intact"), output);
    assertFalse(output.contains("Exception"), output);
    assertResumes(saved, overrides);
  }

  private void assertResumes(Path path, String... overrides) throws IOException {
    PreparedRun run = Runs.prepare(overrides);
    assertEquals(List.of(), Runs.restored(path, run).damaged());
    assertTrue(Runs.newest(path, run).step() > 0);
    Runs.resume(path, TrainProcess.ENGINE);
    Path whole = parent.resolve("whole");
    Runs.start(whole, run, TrainProcess.ENGINE);
    Runs.assertSame(whole, path, run);
  }

  private boolean mountsAreAllowed() throws Exception {
    Path point = Files.createDirectory(parent.resolve("probe"));
    Process process =
        new ProcessBuilder(
                "sh", "-c", "unshare -rm mount -t tmpfs -o size=64k tmpfs " + point + " 2>&1")
            .start();
    process.getInputStream().readAllBytes();
    return process.waitFor() == 0;
  }

  private static String run(List<String> command, int expectedCode) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(expectedCode, process.waitFor(), output);
      return output;
    } finally {
      process.destroyForcibly();
    }
  }
}
