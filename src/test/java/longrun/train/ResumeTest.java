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
import java.util.Map;
import java.util.Optional;
import longrun.config.ConfigException;
import longrun.engine.Engine;
import longrun.reference.ReferenceEngine;
import longrun.store.Checkpoints;
import longrun.store.DurableFiles;
import longrun.store.EngineSpan;
import longrun.store.FaultyFiles;
import longrun.store.InitFile;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.Safetensors;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.Summary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTest {
  private static final ToyEngine ENGINE = ToyEngine.grokkingAt(20, 50);

  @TempDir Path parent;

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void interruptedAndResumedIsUninterrupted(int bits) throws IOException {
    ToyEngine engine = bits == 32 ? ENGINE.with32Bits() : ENGINE;
    PreparedRun run = Runs.prepare("stop.after_grokking_steps=33", "checkpoint.every=7");
    Path whole = parent.resolve("whole");
    assertEquals(83, Runs.start(whole, run, engine).steps());
    for (int blocks = 1; blocks <= 9; blocks += 2) {
      Path cut = parent.resolve("cut" + blocks);
      int interruptions = trainInterrupted(cut, run, engine, blocks);
      assertTrue(interruptions > 1, "interruptions=" + interruptions);
      Runs.assertSame(whole, cut, run);
    }
  }

  @Test
  void interruptedAndResumedIsUninterruptedOnTheReferenceEngine() throws IOException {
    PreparedRun run =
        Runs.prepare("training.batch_size=5", "training.steps=37", "checkpoint.every=10");
    Engine engine = new ReferenceEngine();
    Path whole = parent.resolve("whole");
    Trainer.start(whole, run, Optional.empty(), engine, new StopSignal(), TrainingListener.NONE);
    Path cut = parent.resolve("cut");
    assertTrue(trainInterrupted(cut, run, engine, 3) > 1);
    Runs.assertSame(whole, cut, run);
  }

  /** Stops after so many blocks, again and again; returns how often it was resumed. */
  private static int trainInterrupted(Path path, PreparedRun run, Engine engine, int blocks) {
    Stopper first = new Stopper(blocks);
    Summary summary =
        Trainer.start(path, run, Optional.empty(), engine, first.signal, first).summary();
    int interruptions = 0;
    while (summary.stopReason() == StopReason.INTERRUPTED) {
      assertEquals(Optional.empty(), RunFolder.open(path).summary());
      assertEquals(
          summary.steps(),
          Runs.newest(path, run).step(),
          "the checkpoint is of the step it stopped at");
      interruptions++;
      Stopper next = new Stopper(blocks);
      summary = Trainer.resume(path, engine, next.signal, next).summary();
    }
    return interruptions;
  }

  /** The world ends before any one change to the disk; whatever is left is gone on with. */
  @Test
  void crashedAnywhereAndResumedIsUninterrupted() throws IOException {
    PreparedRun run = Runs.prepare("training.steps=45", "stop.after_grokking_steps=0");
    ToyEngine engine = ToyEngine.grokkingAt(0, 10);
    Path whole = parent.resolve("whole");
    Runs.start(whole, run, engine);
    boolean crashed = true;
    int resumed = 0;
    for (int i = 0; crashed; i++) {
      Path path = parent.resolve("crash" + i);
      crashed = crashes(path, run, engine, FaultyFiles.crashingAt(i));
      if (Files.exists(path)) {
        TrainingResult result = Runs.resume(path, engine);
        resumed += result.hadEnded() ? 0 : 1;
        Runs.assertSame(whole, path, run);
        assertEquals(List.of(), temporaries(path));
      }
    }
    assertTrue(resumed > 20, "resumed=" + resumed);
  }

  private static boolean crashes(Path path, PreparedRun run, ToyEngine engine, DurableFiles files) {
    try {
      Trainer.start(
          path, run, Optional.empty(), engine, new StopSignal(), TrainingListener.NONE, files);
      return false;
    } catch (FaultyFiles.Crash e) {
      return true;
    }
  }

  /** What a power failure could tear apart is fsynced in this order. */
  @Test
  void rowsAreOnTheDiskBeforeTheCheckpointIsAndFilesBeforeTheirNames() {
    FaultyFiles files = FaultyFiles.sound();
    assertFalse(crashes(parent.resolve("run"), Runs.prepare(), ENGINE, files));
    List<String> changes = files.changes();
    int checkpoint = changes.indexOf("rename step-000000020.safetensors");
    assertEquals(
        List.of("write metrics.csv", "write metrics.csv", "write metrics.csv", "sync metrics.csv"),
        changes.subList(0, checkpoint).stream()
            .filter(change -> change.endsWith(" metrics.csv"))
            .skip(3) // created, written and synced with the folder
            .toList());
    List<String> checkpointChanges = changes.subList(0, checkpoint + 2);
    String temporary = ".step-000000020.safetensors.tmp-" + ProcessHandle.current().pid();
    int synced = checkpointChanges.lastIndexOf("sync " + temporary);
    assertEquals(checkpoint - 1, synced, "synced as the last thing before the rename");
    assertTrue(checkpointChanges.lastIndexOf("write " + temporary) < synced);
    assertTrue(checkpointChanges.lastIndexOf("sync metrics.csv") < synced);
    assertEquals("sync checkpoints", checkpointChanges.getLast());
    int created = changes.indexOf("rename run");
    assertTrue(changes.subList(0, created).contains("sync step-000000000.safetensors"));
    assertTrue(changes.subList(0, created).contains("sync metrics.csv"));
    assertTrue(changes.subList(0, created).contains("sync config.yaml"));
    assertEquals("sync " + parent.getFileName(), changes.get(created + 1));
  }

  /** The disk is full from some change on; once there is room, it is gone on with. */
  @Test
  void stoppedByAFullDiskAndResumedIsUninterrupted() throws IOException {
    PreparedRun run = Runs.prepare("training.steps=45");
    Path whole = parent.resolve("whole");
    Runs.start(whole, run, ENGINE);
    int stopped = 0;
    boolean full = true;
    for (int i = 0; full; i++) {
      Path path = parent.resolve("full" + i);
      full = isStoppedByAFullDisk(path, run, FaultyFiles.fullAt(i));
      if (full && Files.exists(path)) {
        stopped++;
        Runs.resume(path, ENGINE);
        Runs.assertSame(whole, path, run);
      }
    }
    assertTrue(stopped > 20, "stopped=" + stopped);
  }

  private static boolean isStoppedByAFullDisk(Path path, PreparedRun run, DurableFiles files) {
    try {
      Trainer.start(
          path, run, Optional.empty(), ENGINE, new StopSignal(), TrainingListener.NONE, files);
      return false;
    } catch (StorageException e) {
      assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
      assertTrue(
          e.getMessage().endsWith("the last good checkpoint is intact")
              || e.getMessage().endsWith("nothing was created"),
          e.getMessage());
      return true;
    }
  }

  @Test
  void aDamagedCheckpointIsNamedAndTheOneBeforeItUsed() throws IOException {
    PreparedRun run = Runs.prepare("checkpoint.keep=2");
    Path whole = parent.resolve("whole");
    Runs.start(whole, run, ENGINE);
    Path path = parent.resolve("damaged");
    interruptAt(path, run, 71);
    List<Path> files = RunFolder.open(path).checkpoints().list();
    Path newest = files.getLast();
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 4;
    Files.write(newest, bytes);

    List<String> told = new ArrayList<>();
    Trainer.resume(
        path,
        ENGINE,
        new StopSignal(),
        new TrainingListener() {
          @Override
          public void damagedCheckpoint(Path file, String reason) {
            told.add(file.getFileName() + ": " + reason);
          }

          @Override
          public void started(RunFolder folder, PreparedRun prepared, long step, boolean again) {
            told.add("resumed=" + again + " step=" + step);
          }
        });

    assertEquals(2, told.size());
    assertTrue(told.getFirst().startsWith(newest.getFileName() + ": "), told.getFirst());
    assertTrue(told.getFirst().contains(newest.toString()), told.getFirst());
    long before = Checkpoints.step(files.get(files.size() - 2));
    assertEquals("resumed=true step=" + before, told.getLast());
    Runs.assertSame(whole, path, run);
  }

  @Test
  void withoutAUsableCheckpointNothingIsChanged() throws IOException {
    PreparedRun run = Runs.prepare();
    Path path = parent.resolve("run");
    interruptAt(path, run, 31);
    for (Path file : RunFolder.open(path).checkpoints().list()) {
      Files.write(file, new byte[] {1, 2, 3});
    }
    List<String> metrics = Runs.metrics(path);
    StorageException e = assertThrows(StorageException.class, () -> Runs.resume(path, ENGINE));
    assertTrue(e.getMessage().startsWith("no usable checkpoint in "), e.getMessage());
    assertTrue(e.getMessage().contains("step-000000020.safetensors: bytes=3"), e.getMessage());
    assertEquals(metrics, Runs.metrics(path));
    assertFalse(RunFolder.open(path).checkpoints().list().isEmpty());
  }

  @Test
  void anEditedConfigurationIsRefused() throws IOException {
    Path path = parent.resolve("run");
    interruptAt(path, Runs.prepare(), 31);
    Path config = path.resolve("config.yaml");
    String yaml = Files.readString(config);
    assertTrue(yaml.contains("steps: 100"), yaml);
    Files.writeString(config, yaml.replace("steps: 100", "steps: 200"));
    ConfigException e = assertThrows(ConfigException.class, () -> Runs.resume(path, ENGINE));
    assertTrue(
        e.getMessage()
            .startsWith(config.toRealPath() + " was changed after the run started: line "),
        e.getMessage());
    assertTrue(
        e.getMessage()
            .contains(" was 'steps: 100', now it is 'steps: 200'; restore it, or start a new run"),
        e.getMessage());
  }

  @Test
  void aGivenSplitIsKept() throws IOException {
    Path indices = parent.resolve("indices.txt");
    Files.writeString(indices, "20\n3\n7\n");
    PreparedRun run = PreparedRun.of(Runs.prepare().config(), Optional.of(indices));
    Path path = parent.resolve("run");
    interruptAt(path, run, 31);
    assertEquals("3\n7\n20\n", Files.readString(path.resolve("train_indices.txt")));
    Files.delete(indices);
    assertEquals(StopReason.STEPS_DONE, Runs.resume(path, ENGINE).summary().stopReason());

    Path edited = parent.resolve("edited");
    interruptAt(edited, run, 31);
    Files.writeString(edited.resolve("train_indices.txt"), "3\n7\n21\n");
    StorageException e = assertThrows(StorageException.class, () -> Runs.resume(edited, ENGINE));
    assertTrue(e.getMessage().contains("another split"), e.getMessage());
  }

  @Test
  void aFinishedRunIsLeftAsItIs() throws IOException {
    PreparedRun run = Runs.prepare();
    Path path = parent.resolve("run");
    Summary summary = Runs.start(path, run, ENGINE);
    String metrics = Files.readString(path.resolve("metrics.csv"));
    TrainingResult result =
        Trainer.resume(
            path,
            ENGINE,
            new StopSignal(),
            new TrainingListener() {
              @Override
              public void started(RunFolder folder, PreparedRun prepared, long step, boolean r) {
                throw new AssertionError("a finished run is not started");
              }
            });
    assertTrue(result.hadEnded());
    assertEquals(summary, result.summary());
    assertEquals(metrics, Files.readString(path.resolve("metrics.csv")));
  }

  @Test
  void anotherEnginesCheckpointIsGoneOnWith() {
    PreparedRun run = Runs.prepare();
    Path path = parent.resolve("run");
    interruptAt(path, run, 31);
    assertEquals(64, Runs.restored(path, run).checkpoint().bits());
    assertEquals(
        StopReason.STEPS_DONE, Runs.resume(path, ENGINE.with32Bits()).summary().stopReason());
    assertEquals(32, Runs.restored(path, run).checkpoint().bits());
  }

  /** The rows lost are those that would have said when it memorised. */
  @Test
  void missingRowsAreNotGoneOnWith() throws IOException {
    Path path = parent.resolve("run");
    interruptAt(path, Runs.prepare(), 61);
    Path metrics = path.resolve("metrics.csv");
    List<String> lines = new ArrayList<>(Files.readAllLines(metrics));
    lines.subList(3, 6).clear();
    Files.writeString(metrics, String.join("\n", lines) + "\n");
    StorageException e = assertThrows(StorageException.class, () -> Runs.resume(path, ENGINE));
    assertTrue(
        e.getMessage().startsWith(metrics.toRealPath() + ":4: expected step 20, found 50; "),
        e.getMessage());
  }

  @Test
  void aRunRemembersEveryEngine() {
    PreparedRun run = Runs.prepare();
    Path path = parent.resolve("run");
    interruptAt(path, run, 31);
    assertEquals(
        List.of(new EngineSpan(0, "toy")),
        Runs.restored(path, run).checkpoint().provenance().engines());
    long step = Runs.newest(path, run).step();
    Summary summary =
        Trainer.resume(path, new ReferenceEngine(), new StopSignal(), TrainingListener.NONE)
            .summary();
    List<EngineSpan> spans = List.of(new EngineSpan(0, "toy"), new EngineSpan(step, "reference"));
    assertEquals(spans, summary.provenance().engines());
    assertEquals(spans, Runs.restored(path, run).checkpoint().provenance().engines());
  }

  @Test
  void anEngineThatDidNoStepIsNoPartOfTheHistory() {
    Provenance none = Provenance.UNKNOWN.goesOnWith("cpu", 0);
    assertEquals(none, none.goesOnWith("cpu", 40));
    assertEquals(none, none.goesOnWith("reference", 40).goesOnWith("cpu", 40));
    assertEquals(
        List.of(new EngineSpan(0, "reference")), none.goesOnWith("reference", 0).engines());
  }

  @Test
  void theFileARunStartsFromIsKeptAndRemembered() throws IOException {
    PreparedRun run = Runs.prepare();
    Path init = parent.resolve("init.safetensors");
    Safetensors.write(init, run.model().initialize(99), 64, Map.of());
    Path path = parent.resolve("run");
    Stopper stopper = new Stopper(2);
    Trainer.start(path, run, Optional.of(init), ENGINE, stopper.signal, stopper);
    InitFile expected = InitFile.of(init);
    assertEquals(-1, Files.mismatch(init, path.resolve("init.safetensors")));
    Files.delete(init);
    Summary summary = Runs.resume(path, ENGINE).summary();
    assertEquals(Optional.of(expected), summary.provenance().init());

    Path again = parent.resolve("again");
    Trainer.start(
        again,
        run,
        Optional.of(path.resolve("init.safetensors")),
        ENGINE,
        new StopSignal(),
        TrainingListener.NONE);
    Runs.assertSame(path, again, run);
  }

  @Test
  void secondsGoOnFromTheCheckpoint() throws IOException {
    PreparedRun run = Runs.prepare();
    Path path = parent.resolve("run");
    interruptAt(path, run, 31);
    double before = Runs.restored(path, run).checkpoint().timing().total();
    Summary summary = Runs.resume(path, ENGINE).summary();
    double previous = 0;
    for (MetricsRow row : MetricsLog.read(path.resolve("metrics.csv"))) {
      assertTrue(row.seconds() >= previous);
      previous = row.seconds();
    }
    assertTrue(summary.timing().total() > before);
    assertTrue(previous >= Math.floor(before * 1000) / 1000);
  }

  /** Trains one step at a time up to a step and stops there. */
  private static void interruptAt(Path path, PreparedRun run, long step) {
    StopSignal stop = new StopSignal();
    Summary summary =
        Trainer.start(
                path,
                run,
                Optional.empty(),
                ENGINE,
                stop,
                new TrainingListener() {
                  @Override
                  public void progressed(long now, double stepsPerSecond) {
                    if (now >= step) {
                      stop.request();
                    }
                  }
                })
            .summary();
    assertEquals(StopReason.INTERRUPTED, summary.stopReason());
  }

  private static List<Path> temporaries(Path path) throws IOException {
    try (var files = Files.walk(path)) {
      return files.filter(file -> file.getFileName().toString().contains(".tmp-")).toList();
    }
  }

  /** Asks to stop after so many blocks. */
  private static final class Stopper implements TrainingListener {
    private final StopSignal signal = new StopSignal();
    private int blocks;

    Stopper(int blocks) {
      this.blocks = blocks;
    }

    @Override
    public void progressed(long step, double stepsPerSecond) {
      if (--blocks == 0) {
        signal.request();
      }
    }
  }
}
