package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.model.Tensor;
import longrun.plan.Cohort;
import longrun.store.Checkpoints;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainerTest {
  @TempDir Path parent;

  @Test
  void evaluatesAtTheStartAtMultiplesAndAtTheEnd() throws IOException {
    Path folder = parent.resolve("run");
    PreparedRun run = Runs.prepare("training.steps=45");
    Summary summary = Runs.start(folder, run, ToyEngine.grokkingAt(10, 1000));
    assertEquals(StopReason.STEPS_DONE, summary.stopReason());
    assertEquals(45, summary.steps());
    assertEquals(OptionalLong.of(10), summary.memorisedAt());
    assertEquals(OptionalLong.empty(), summary.grokkedAt());
    List<MetricsRow> rows = MetricsLog.read(folder.resolve("metrics.csv"));
    assertEquals(
        List.of(0L, 10L, 20L, 30L, 40L, 45L), rows.stream().map(MetricsRow::step).toList());
    assertEquals(
        List.of(
            "step-000000020.safetensors",
            "step-000000040.safetensors",
            "step-000000045.safetensors"),
        checkpointNames(folder));
    assertEquals(rows.getLast().trainLoss(), summary.last().trainLoss());
    assertEquals(Optional.of(summary), RunFolder.open(folder).summary());
    assertTrue(summary.timing().total() >= summary.timing().steps());
  }

  @Test
  void aRunOfNoStepsIsEvaluatedAndEnds() throws IOException {
    Path folder = parent.resolve("run");
    Summary summary =
        Runs.start(folder, Runs.prepare("training.steps=0"), ToyEngine.grokkingAt(0, 0));
    assertEquals(StopReason.STEPS_DONE, summary.stopReason());
    assertEquals(2, Runs.metrics(folder).size());
    assertEquals(List.of("step-000000000.safetensors"), checkpointNames(folder));
  }

  @ParameterizedTest
  @CsvSource({
    // groks at, steps after, evaluations in a row, end
    "30, 25, 3, 55",
    "30, 0, 3, 50",
    "30, 20, 3, 50",
    "30, 21, 3, 51",
    "30, 500, 3, 100",
    "0, 0, 1, 0",
    "0, 5, 1, 5",
    "90, 5, 3, 100",
    "100, 0, 1, 100"
  })
  void stopsAfterGrokking(long groksAt, long after, int consecutive, long end) throws IOException {
    Path folder = parent.resolve("run");
    PreparedRun run =
        Runs.prepare("stop.after_grokking_steps=" + after, "evaluation.consecutive=" + consecutive);
    Summary summary = Runs.start(folder, run, ToyEngine.grokkingAt(0, groksAt));
    assertEquals(end, summary.steps());
    assertEquals(end < 100 ? StopReason.GROKKED : StopReason.STEPS_DONE, summary.stopReason());
    List<String> metrics = Runs.metrics(folder);
    assertTrue(metrics.getLast().startsWith(end + ","), metrics.getLast());
    assertEquals(end, Runs.newest(folder, run).step());
  }

  @Test
  void withoutAValidationSetItNeverGroks() {
    PreparedRun run = Runs.prepare("task.train_fraction=1", "stop.after_grokking_steps=0");
    Summary summary = Runs.start(parent.resolve("run"), run, ToyEngine.grokkingAt(0, 0));
    assertEquals(100, summary.steps());
    assertEquals(OptionalLong.empty(), summary.grokkedAt());
    assertEquals(Double.NaN, summary.last().validationAccuracy());
  }

  /** It diverges between two evaluations, and a checkpoint is due before the next one. */
  @ParameterizedTest
  @CsvSource({"1, 0", "55, 45", "50, 45", "45, 30", "100, 90"})
  void aDivergedRunEndsAndKeepsItsLastFiniteCheckpoint(long divergesAt, long checkpoint)
      throws IOException {
    Path folder = parent.resolve("run");
    PreparedRun run = Runs.prepare("checkpoint.every=15");
    Summary summary = Runs.start(folder, run, ToyEngine.divergingAt(divergesAt));
    assertEquals(StopReason.DIVERGED, summary.stopReason());
    assertEquals(divergesAt, summary.steps());
    assertEquals(checkpoint, Runs.newest(folder, run).step());
    List<String> metrics = Runs.metrics(folder);
    assertTrue(metrics.getLast().startsWith(divergesAt + ",nan,"), metrics.getLast());
    for (Tensor tensor : Runs.newest(folder, run).parameters().asMap().values()) {
      assertEquals(-1, FiniteCheck.firstNonFinite(tensor.values()));
    }
    assertTrue(Runs.resume(folder, ToyEngine.divergingAt(divergesAt)).hadEnded());
  }

  @Test
  void theListenerHearsEverythingInOrder() {
    List<String> heard = new ArrayList<>();
    PreparedRun run = Runs.prepare("stop.after_grokking_steps=15", "checkpoint.every=1000");
    Trainer.start(
        parent.resolve("run"),
        run,
        Optional.empty(),
        ToyEngine.grokkingAt(0, 10),
        new StopSignal(),
        new Recorder(heard));
    assertEquals(
        List.of(
            "started 0 false",
            "evaluated 0 OptionalLong.empty OptionalLong.empty",
            "evaluated 10 OptionalLong.empty OptionalLong.empty",
            "evaluated 20 OptionalLong[0] OptionalLong.empty",
            "evaluated 30 OptionalLong[0] OptionalLong[10]",
            "ends at 30",
            "checkpointed 30",
            "finished GROKKED"),
        heard);
  }

  @Test
  void aSecondStartInTheSameFolderIsRefusedAndChangesNothing() throws IOException {
    Path folder = parent.resolve("run");
    PreparedRun run = Runs.prepare();
    Runs.start(folder, run, ToyEngine.grokkingAt(0, 0));
    List<String> before = Runs.metrics(folder);
    StorageException e =
        assertThrows(
            StorageException.class, () -> Runs.start(folder, run, ToyEngine.grokkingAt(0, 0)));
    assertTrue(e.getMessage().contains("already holds a run"), e.getMessage());
    assertEquals(before, Runs.metrics(folder));
  }

  @Test
  void whatAnEngineCannotTrainLeavesNoFolder() {
    Engine picky =
        new Engine() {
          @Override
          public String name() {
            return "picky";
          }

          @Override
          public String description() {
            return "trains nothing";
          }

          @Override
          public int parameterBits() {
            return 32;
          }

          @Override
          public Session open(Cohort cohort, int slots) {
            throw new UnsupportedCohortException("no");
          }
        };
    Path folder = parent.resolve("run");
    assertThrows(
        UnsupportedCohortException.class,
        () ->
            Trainer.start(
                folder,
                Runs.prepare(),
                Optional.empty(),
                picky,
                new StopSignal(),
                TrainingListener.NONE));
    assertFalse(Files.exists(folder));
  }

  @Test
  void aFolderThatIsTrainedInIsNotResumed() {
    Path path = parent.resolve("run");
    List<String> refusals = new ArrayList<>();
    Trainer.start(
        path,
        Runs.prepare(),
        Optional.empty(),
        ToyEngine.grokkingAt(0, 0),
        new StopSignal(),
        new TrainingListener() {
          @Override
          public void checkpointed(long step, Path file) {
            refusals.add(
                assertThrows(
                        StorageException.class, () -> Runs.resume(path, ToyEngine.grokkingAt(0, 0)))
                    .getMessage());
          }
        });
    assertEquals(5, refusals.size());
    assertTrue(refusals.getFirst().contains("is already training in this folder"));
  }

  private static List<String> checkpointNames(Path folder) {
    Checkpoints checkpoints = RunFolder.open(folder).checkpoints();
    return checkpoints.list().stream().map(file -> file.getFileName().toString()).toList();
  }

  private record Recorder(List<String> heard) implements TrainingListener {
    @Override
    public void started(RunFolder folder, PreparedRun run, long step, boolean resumed) {
      heard.add("started " + step + " " + resumed);
    }

    @Override
    public void evaluated(Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
      heard.add("evaluated " + evaluation.step() + " " + memorisedAt + " " + grokkedAt);
    }

    @Override
    public void willEndAt(long step) {
      heard.add("ends at " + step);
    }

    @Override
    public void checkpointed(long step, Path file) {
      assertTrue(Files.exists(file));
      heard.add("checkpointed " + step);
    }

    @Override
    public void finished(Summary summary) {
      heard.add("finished " + summary.stopReason());
    }
  }
}
