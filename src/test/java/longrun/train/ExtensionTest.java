package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.ConfigException;
import longrun.engine.Engine;
import longrun.reference.ReferenceEngine;
import longrun.store.DurableFiles;
import longrun.store.FaultyFiles;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionTest {
  @TempDir Path parent;

  /** Grids hit and missed by either end; thresholds reached at the row that has to go. */
  @ParameterizedTest
  @CsvSource({
    "40, 100, 1000, evaluation.consecutive=3",
    "45, 100, 1000, evaluation.consecutive=3",
    "45, 97, 1000, evaluation.consecutive=3",
    "45, 50, 1000, evaluation.consecutive=3",
    "45, 46, 1000, evaluation.consecutive=3",
    "0, 45, 1000, evaluation.consecutive=3",
    "3, 45, 1000, evaluation.consecutive=3",
    "45, 100, 30, evaluation.consecutive=3",
    "45, 100, 45, evaluation.consecutive=1",
    "45, 100, 30, stop.after_grokking_steps=0",
    "45, 100, 30, stop.after_grokking_steps=15",
    "45, 100, 30, stop.after_grokking_steps=31",
    "45, 100, 30, stop.after_grokking_steps=15 evaluation.consecutive=1",
    "45, 100, 1000, checkpoint.every=1000"
  })
  void aRunExtendedEqualsOneStartedWithSoManySteps(
      long steps, long more, long groksAt, String overrides) throws IOException {
    ToyEngine engine = ToyEngine.grokkingAt(groksAt - 10, groksAt);
    PreparedRun longer = prepare(more, overrides.split(" ", -1));
    Path whole = parent.resolve("whole");
    Runs.start(whole, longer, engine);
    Path extended = parent.resolve("extended");
    Runs.start(extended, prepare(steps, overrides.split(" ", -1)), engine);
    assertTrue(RunFolder.open(extended).summary().isPresent());

    TrainingResult result = resume(extended, more, engine);

    assertFalse(result.hadEnded());
    assertSameRun(whole, extended, longer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "5"})
  void soItIsOnTheReferenceEngine(String batch) throws IOException {
    Engine engine = new ReferenceEngine();
    String[] overrides = {"training.batch_size=" + batch, "optimizer.warmup_steps=20"};
    PreparedRun longer = prepare(33, overrides);
    Path whole = parent.resolve("whole");
    Trainer.start(whole, longer, Optional.empty(), engine, new StopSignal(), TrainingListener.NONE);
    Path path = parent.resolve("extended");
    PreparedRun shorter = prepare(14, overrides);
    Trainer.start(path, shorter, Optional.empty(), engine, new StopSignal(), TrainingListener.NONE);
    resume(path, 27, engine);
    resume(path, 33, engine);
    assertSameRun(whole, path, longer);
  }

  @Test
  void aRunThatHasNotEndedIsExtendedToo() throws IOException {
    ToyEngine engine = ToyEngine.grokkingAt(20, 50);
    PreparedRun longer = Runs.prepare("training.steps=130");
    Path whole = parent.resolve("whole");
    Runs.start(whole, longer, engine);
    Path path = parent.resolve("cut");
    StopSignal stop = new StopSignal();
    Trainer.start(path, Runs.prepare(), Optional.empty(), engine, stop, stopAt(stop, 57));
    assertTrue(RunFolder.open(path).summary().isEmpty());
    resume(path, 130, engine);
    assertSameRun(whole, path, longer);
  }

  @Test
  void theSameNumberOfStepsIsAPlainResume() throws IOException {
    ToyEngine engine = ToyEngine.grokkingAt(20, 50);
    Path path = parent.resolve("run");
    Runs.start(path, Runs.prepare(), engine);
    assertTrue(resume(path, 100, engine).hadEnded());
  }

  /** The world ends before any one change to the disk; either run may be gone on with. */
  @Test
  void crashedAnywhereItIsTheOldRunOrTheLongerOne() throws IOException {
    ToyEngine engine = ToyEngine.grokkingAt(20, 1000);
    PreparedRun shorter = Runs.prepare("training.steps=45");
    PreparedRun longer = Runs.prepare("training.steps=61");
    Path old = parent.resolve("old");
    Runs.start(old, shorter, engine);
    Path whole = parent.resolve("whole");
    Runs.start(whole, longer, engine);
    int stayedOld = 0;
    int becameLonger = 0;
    boolean crashed = true;
    for (int i = 0; crashed; i++) {
      Path path = parent.resolve("crash" + i);
      Runs.start(path, shorter, engine);
      crashed = crashes(path, 61, engine, FaultyFiles.crashingAt(i));
      Runs.resume(path, engine);
      if (RunFolder.open(path).configYaml().contains("steps: 45")) {
        stayedOld++;
        assertSameRun(old, path, shorter);
        resume(path, 61, engine);
      } else {
        becameLonger++;
      }
      assertSameRun(whole, path, longer);
      assertFalse(Files.exists(path.resolve("config.next.yaml")));
    }
    assertTrue(stayedOld > 2, "stayedOld=" + stayedOld);
    assertTrue(becameLonger > 20, "becameLonger=" + becameLonger);
  }

  @Test
  void aCrashBetweenMayBeAnsweredByTheSameCommand() throws IOException {
    ToyEngine engine = ToyEngine.grokkingAt(20, 1000);
    PreparedRun longer = Runs.prepare("training.steps=61");
    Path whole = parent.resolve("whole");
    Runs.start(whole, longer, engine);
    boolean crashed = true;
    for (int i = 0; crashed; i += 3) {
      Path path = parent.resolve("crash" + i);
      Runs.start(path, Runs.prepare("training.steps=45"), engine);
      crashed = crashes(path, 61, engine, FaultyFiles.crashingAt(i));
      resume(path, 61, engine);
      assertSameRun(whole, path, longer);
    }
  }

  @Test
  void fewerStepsAreRefused() throws IOException {
    Path path = parent.resolve("run");
    Runs.start(path, Runs.prepare(), ToyEngine.grokkingAt(20, 50));
    assertRefused(path, 99, path.toRealPath() + " has 100 steps already; allowed: 101 or more");
  }

  @Test
  void whatMoreStepsWouldNotChangeIsRefused() throws IOException {
    Path diverged = parent.resolve("diverged");
    Runs.start(diverged, Runs.prepare(), ToyEngine.divergingAt(45));
    assertRefused(
        diverged, 200, diverged.toRealPath() + " diverged at step 45; more steps would change");
    Path grokked = parent.resolve("grokked");
    Runs.start(grokked, Runs.prepare("stop.after_grokking_steps=5"), ToyEngine.grokkingAt(20, 50));
    assertRefused(
        grokked,
        200,
        grokked.toRealPath() + " ended by its rule stop.after_grokking_steps at step 70; more");
  }

  @Test
  void anEditedConfigurationIsRefusedAndNothingChanged() throws IOException {
    Path path = parent.resolve("run");
    ToyEngine engine = ToyEngine.grokkingAt(20, 50);
    Runs.start(path, Runs.prepare(), engine);
    Path config = path.resolve("config.yaml");
    Files.writeString(config, Files.readString(config).replace("seed: 3", "seed: 4"));
    String before = Files.readString(config);
    ConfigException e = assertThrows(ConfigException.class, () -> resume(path, 200, engine));
    assertTrue(e.getMessage().contains("was changed after the run started"), e.getMessage());
    assertEquals(before, Files.readString(config));
    assertTrue(RunFolder.open(path).summary().isPresent());
  }

  @Test
  void withDamagedMetricsNothingIsChanged() throws IOException {
    Path path = parent.resolve("run");
    ToyEngine engine = ToyEngine.grokkingAt(20, 50);
    Runs.start(path, Runs.prepare(), engine);
    Path metrics = path.resolve("metrics.csv");
    List<String> lines = new ArrayList<>(Files.readAllLines(metrics));
    lines.remove(4);
    Files.writeString(metrics, String.join("\n", lines) + "\n");
    StorageException e = assertThrows(StorageException.class, () -> resume(path, 200, engine));
    assertTrue(e.getMessage().contains("metrics.csv:5: expected step 30, found 40"));
    assertTrue(RunFolder.open(path).summary().isPresent());
    assertTrue(Files.readString(path.resolve("config.yaml")).contains("steps: 100"));
  }

  @Test
  void withoutAUsableCheckpointNothingIsChanged() throws IOException {
    Path path = parent.resolve("run");
    ToyEngine engine = ToyEngine.grokkingAt(20, 50);
    Runs.start(path, Runs.prepare(), engine);
    for (Path file : RunFolder.open(path).checkpoints().list()) {
      Files.write(file, new byte[] {1, 2, 3});
    }
    assertThrows(StorageException.class, () -> resume(path, 200, engine));
    assertTrue(RunFolder.open(path).summary().isPresent());
    assertTrue(Files.readString(path.resolve("config.yaml")).contains("steps: 100"));
  }

  private static void assertRefused(Path path, long steps, String reason) throws IOException {
    byte[] config = Files.readAllBytes(path.resolve("config.yaml"));
    ConfigException e =
        assertThrows(
            ConfigException.class, () -> resume(path, steps, ToyEngine.grokkingAt(20, 50)));
    assertTrue(e.getMessage().startsWith("--steps " + steps + ": " + reason), e.getMessage());
    assertTrue(Arrays.equals(config, Files.readAllBytes(path.resolve("config.yaml"))));
    assertTrue(RunFolder.open(path).summary().isPresent());
  }

  /** config.yaml too is that of the run that was started with so many steps. */
  private static void assertSameRun(Path expected, Path actual, PreparedRun run)
      throws IOException {
    Runs.assertSame(expected, actual, run);
    assertEquals(
        Files.readString(expected.resolve("config.yaml")),
        Files.readString(actual.resolve("config.yaml")));
  }

  private static PreparedRun prepare(long steps, String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("training.steps=" + steps);
    return Runs.prepare(all.toArray(String[]::new));
  }

  private static TrainingResult resume(Path path, long steps, Engine engine) {
    return Trainer.resume(
        path, OptionalLong.of(steps), engine, new StopSignal(), TrainingListener.NONE);
  }

  private static boolean crashes(Path path, long steps, Engine engine, DurableFiles files) {
    try {
      StopReason reason =
          Trainer.resume(
                  path,
                  OptionalLong.of(steps),
                  engine,
                  new StopSignal(),
                  TrainingListener.NONE,
                  files)
              .summary()
              .stopReason();
      assertEquals(StopReason.STEPS_DONE, reason);
      return false;
    } catch (FaultyFiles.Crash e) {
      return true;
    }
  }

  private static TrainingListener stopAt(StopSignal stop, long step) {
    return new TrainingListener() {
      @Override
      public void progressed(long now, double stepsPerSecond) {
        if (now >= step) {
          stop.request();
        }
      }
    };
  }
}
