package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.sweep.RunResult.Status;
import longrun.testing.SweepFolders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepResultsTest {
  @TempDir private Path parent;
  private SweepFolder folder;

  @BeforeEach
  void create() {
    folder = SweepFolders.create(parent.resolve("sweep"), SweepFolders.EIGHT_RUNS, 1);
  }

  private RunResult result(int run) {
    List<RunResult> all = SweepResults.read(folder, Sweep.of(folder));
    assertEquals(8, all.size());
    for (int i = 0; i < 8; i++) {
      assertEquals(i, all.get(i).run());
      assertEquals(i == run, all.get(i).status() != Status.WAITING, "run " + i);
    }
    return all.get(run);
  }

  @Test
  void aRunThatHasNotBegun() {
    RunResult waiting = SweepResults.of(folder, Sweep.of(folder)).result(5);
    assertEquals(List.of("0.40", "1"), waiting.values());
    assertEquals(Status.WAITING, waiting.status());
    assertEquals(Optional.empty(), waiting.stopReason());
    assertEquals(OptionalLong.empty(), waiting.steps());
    assertEquals(OptionalLong.empty(), waiting.memorisedAt());
    assertEquals(OptionalDouble.empty(), waiting.seconds());
    assertEquals(RunResult.NO_METRICS, waiting.last());
    assertEquals(Optional.empty(), waiting.error());
    assertFalse(waiting.isFinal());
    assertEquals(List.of(), SweepResults.of(folder, Sweep.of(folder)).curve(5));
  }

  @Test
  void aRunThatHasEnded() {
    SweepFolders.grokked(folder, 2, 50);
    RunResult ended = result(2);
    assertEquals(Status.ENDED, ended.status());
    assertEquals(Optional.of(StopReason.GROKKED), ended.stopReason());
    assertEquals(OptionalLong.of(20), ended.memorisedAt());
    assertEquals(OptionalLong.of(50), ended.grokkedAt());
    assertEquals(OptionalDouble.of(2.5), ended.delay());
    assertEquals(OptionalLong.of(100), ended.steps());
    assertEquals(1e-4, ended.last().validationLoss());
    assertEquals(OptionalDouble.of(1.25), ended.seconds());
    assertEquals(Optional.empty(), ended.error());
    assertTrue(ended.isFinal());
    assertEquals(SweepFolders.rows(11, 20, 50), SweepResults.of(folder, Sweep.of(folder)).curve(2));
  }

  @Test
  void aRunThatIsUnderWay() {
    SweepFolders.begin(folder, 3, SweepFolders.rows(9, 20, 50));
    RunResult running = result(3);
    assertEquals(Status.RUNNING, running.status());
    assertEquals(Optional.empty(), running.stopReason());
    assertEquals(OptionalLong.of(20), running.memorisedAt());
    assertEquals(OptionalLong.of(50), running.grokkedAt());
    assertEquals(OptionalLong.of(80), running.steps());
    assertEquals(1, running.last().validationAccuracy());
    assertEquals(OptionalDouble.of(1), running.seconds());
    assertFalse(running.isFinal());
  }

  @Test
  void aRunThatWasNotEvaluatedYet() {
    SweepFolders.begin(folder, 3, List.of());
    RunResult running = result(3);
    assertEquals(Status.RUNNING, running.status());
    assertEquals(OptionalLong.empty(), running.steps());
    assertEquals(Optional.empty(), running.error());
  }

  @Test
  void theRunsOwnEvaluationDecides() {
    SweepFolder other =
        SweepFolders.create(
            parent.resolve("evaluations"),
            """
            evaluation: {every: 10}
            sweep: {evaluation.consecutive: [1, 3], evaluation.accuracy_threshold: [0.1, 0.99]}
            """,
            1);
    for (int run = 0; run < 4; run++) {
      SweepFolders.begin(other, run, SweepFolders.rows(5, 20, 40));
    }
    List<RunResult> all = SweepResults.read(other, Sweep.of(other));
    assertEquals(
        List.of(OptionalLong.of(0), OptionalLong.of(40), OptionalLong.of(0), OptionalLong.empty()),
        all.stream().map(RunResult::grokkedAt).toList());
  }

  @Test
  void aRunThatFailedBeforeItBegan() {
    folder.recordFailure(6, "out of memory\nfree some");
    RunResult failed = result(6);
    assertEquals(Status.FAILED, failed.status());
    assertEquals(Optional.of("out of memory\nfree some"), failed.error());
    assertEquals(OptionalLong.empty(), failed.steps());
  }

  @Test
  void aRunThatFailedOnTheWay() {
    SweepFolders.begin(folder, 6, SweepFolders.rows(4, 20, 50));
    folder.recordFailure(6, "the device was lost");
    RunResult failed = result(6);
    assertEquals(Status.FAILED, failed.status());
    assertEquals(Optional.of("the device was lost"), failed.error());
    assertEquals(OptionalLong.of(30), failed.steps());
    assertEquals(OptionalLong.empty(), failed.memorisedAt());
  }

  @Test
  void aDamagedSummaryIsSaidAndTheMetricsTellTheRest() throws IOException {
    RunFolder run = SweepFolders.grokked(folder, 2, 50);
    Files.writeString(run.summaryFile(), "{\n\"memorised_at\": 2");
    RunResult ended = result(2);
    assertEquals(Status.ENDED, ended.status());
    assertEquals(Optional.empty(), ended.stopReason());
    assertEquals(OptionalLong.of(50), ended.grokkedAt());
    assertEquals(OptionalLong.of(100), ended.steps());
    String error = ended.error().orElseThrow();
    assertTrue(error.contains("0002/summary.json:2: damaged"), error);
    assertTrue(ended.isFinal());
  }

  @Test
  void aRunOfWhichNothingCanBeReadHasNoResult() throws IOException {
    RunFolder run = SweepFolders.notGrokked(folder, 2);
    Files.writeString(run.summaryFile(), "");
    Files.writeString(run.metricsFile(), "step,loss\n");
    RunResult ended = result(2);
    assertEquals(Status.ENDED, ended.status());
    assertFalse(ended.isFinal());
    String error = ended.error().orElseThrow();
    assertTrue(error.contains("summary.json"), error);
    assertTrue(error.contains("metrics.csv:1: expected the header"), error);
  }

  @Test
  void damagedMetricsAreSaid() throws IOException {
    RunFolder run = SweepFolders.begin(folder, 2, SweepFolders.rows(4, 20, 50));
    String text = Files.readString(run.metricsFile());
    Files.writeString(run.metricsFile(), text.replace("\n20,", "\n20,x"));
    RunResult running = result(2);
    assertEquals(Status.RUNNING, running.status());
    assertEquals(OptionalLong.empty(), running.steps());
    String error = running.error().orElseThrow();
    assertTrue(error.contains("0002/metrics.csv:4: train_loss=x"), error);
    StorageException e =
        assertThrows(
            StorageException.class, () -> SweepResults.of(folder, Sweep.of(folder)).curve(2));
    assertEquals(error, e.getMessage());
  }

  @Test
  void aFolderThatIsNoRunsIsSaid() throws IOException {
    Files.createDirectories(folder.runPath(2));
    RunResult running = result(2);
    assertEquals(Status.RUNNING, running.status());
    assertTrue(running.error().orElseThrow().contains("0002 is no run folder"));
  }

  @Test
  void aSweepFileThatWasChangedIsRefused() throws IOException {
    String yaml = Files.readString(folder.sweepFile());
    assertTrue(yaml.contains("0.40"), yaml);
    Files.writeString(folder.sweepFile(), yaml.replace("[0.3, 0.40]", "[0.3, 0.40, 0.5]"));
    StorageException e =
        assertThrows(StorageException.class, () -> SweepResults.read(folder, Sweep.of(folder)));
    assertTrue(e.getMessage().contains("sweep.yaml describes 12 runs"), e.getMessage());
    assertTrue(e.getMessage().contains("created with 8"), e.getMessage());
  }
}
