package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import longrun.cpu.CpuEngine;
import longrun.engine.Evaluation;
import longrun.reference.ReferenceEngine;
import longrun.store.Checkpoints;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps on the processor: the same results whatever slots, order and interruptions. */
class SweepRunnerTest {
  @TempDir Path parent;

  @Test
  void slotsAndOrderChangeNothing() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder expected = train(sweep, "one", new Workplace.Cores(new CpuEngine(1), 1));
    assertEquals(64, ended(expected));
    List<Integer> natural = IntStream.range(0, 64).boxed().toList();
    List<Integer> shuffled = new ArrayList<>(natural);
    Collections.shuffle(shuffled, new Random(11));
    for (int slots : new int[] {1, 3, 8}) {
      for (List<Integer> order : List.of(natural, shuffled)) {
        String name = "slots-" + slots + (order.equals(natural) ? "" : "-shuffled");
        SweepFolder folder = Sweeps.create(parent.resolve(name), sweep, 1);
        SweepTotals totals =
            SweepRunner.run(
                folder,
                sweep,
                SweepPlan.of(sweep),
                Shard.WHOLE,
                order,
                new Workplace.Cores(new CpuEngine(1), slots),
                new StopSignal(),
                SweepListener.NONE);
        assertEquals(64, totals.ended());
        assertEquals(0, totals.failed());
        Sweeps.assertSame(expected, folder);
      }
    }
  }

  @Test
  void aSlotsRunIsTheRunTrainedAlone() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = train(sweep, "sweep", new Workplace.Cores(new ReferenceEngine(), 2));
    for (int run : new int[] {0, 17, 63}) {
      Path alone = parent.resolve("alone-" + run);
      Sweeps.trainAlone(alone, sweep.config(run), new ReferenceEngine());
      Sweeps.assertSame(alone, folder.runPath(run));
    }
  }

  @Test
  void interruptedAgainAndAgainIsUninterrupted() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder whole = train(sweep, "whole", new Workplace.Cores(new CpuEngine(1), 2));
    SweepFolder folder = Sweeps.create(parent.resolve("interrupted"), sweep, 1);
    int rounds = 0;
    while (ended(folder) < 64) {
      StopSignal stop = new StopSignal();
      AtomicInteger left = new AtomicInteger(40);
      run(
          folder,
          sweep,
          Shard.WHOLE,
          stop,
          new SweepListener() {
            @Override
            public void evaluated(
                int slot, Evaluation seen, OptionalLong memorisedAt, OptionalLong grokkedAt) {
              if (left.decrementAndGet() == 0) {
                stop.request();
              }
            }
          });
      rounds++;
    }
    assertTrue(rounds > 4, "rounds=" + rounds);
    Sweeps.assertSame(whole, folder);
  }

  @Test
  void shardsTogetherAreTheSweep() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder whole = train(sweep, "whole", new Workplace.Cores(new CpuEngine(1), 2));
    SweepFolder folder = Sweeps.create(parent.resolve("shards"), sweep, 3);
    int ended = 0;
    for (int i = 3; i >= 1; i--) {
      SweepTotals totals =
          run(folder, sweep, new Shard(i, 3), new StopSignal(), SweepListener.NONE);
      assertEquals(totals.runs(), totals.ended());
      ended += totals.ended();
    }
    assertEquals(64, ended);
    Sweeps.assertSame(whole, folder);
  }

  @Test
  void aRunThatCannotGoOnIsRecordedAndTheOthersEnd() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    StopSignal stop = new StopSignal();
    run(
        folder,
        sweep,
        Shard.WHOLE,
        stop,
        new SweepListener() {
          @Override
          public void progressed(int slot, long step) {
            stop.request();
          }
        });
    // The first run has begun: its only checkpoint is damaged.
    try (var files = Files.list(folder.runPath(0).resolve("checkpoints"))) {
      for (Path file : files.toList()) {
        Files.writeString(file, "damaged");
      }
    }
    List<Integer> failed = new ArrayList<>();
    SweepTotals totals =
        run(
            folder,
            sweep,
            Shard.WHOLE,
            new StopSignal(),
            new SweepListener() {
              @Override
              public void runFailed(int run, String reason) {
                failed.add(run);
                assertTrue(reason.contains("checkpoints"), reason);
              }
            });
    assertEquals(List.of(0), failed);
    assertEquals(63, totals.ended());
    assertEquals(1, totals.failed());
    assertTrue(folder.failure(0).orElseThrow().contains("checkpoints"));
    // Moved away, it is trained anew, and its failure is forgotten.
    Files.move(folder.runPath(0), parent.resolve("away"));
    totals = run(folder, sweep, Shard.WHOLE, new StopSignal(), SweepListener.NONE);
    assertEquals(64, totals.ended());
    assertEquals(java.util.Optional.empty(), folder.failure(0));
  }

  @Test
  void aForeignRunThatHasEndedIsTold() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    Sweeps.trainAlone(folder.runPath(5), sweep.config(6), new CpuEngine(1));
    SweepFiles.Written written = SweepFiles.write(folder, sweep);
    assertEquals(1, written.damaged().size(), written::toString);
    assertTrue(written.damaged().getFirst().contains("runs/0005/config.yaml"), written::toString);
  }

  @Test
  void rowsThatAnEndedRunHasLostAreMissed() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    Sweeps.trainAlone(folder.runPath(5), sweep.config(5), new CpuEngine(1));
    assertEquals(List.of(), SweepFiles.write(folder, sweep).damaged());
    Path metrics = folder.runPath(5).resolve("metrics.csv");
    List<String> lines = Files.readAllLines(metrics);
    Files.write(metrics, lines.subList(0, lines.size() - 1));
    SweepFiles.Written written = SweepFiles.write(folder, sweep);
    assertEquals(1, written.damaged().size(), written::toString);
    assertTrue(written.damaged().getFirst().contains("rows are missing"), written::toString);
  }

  @Test
  void aSweepThatWasChangedIsRefused() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    Path path = parent.resolve("sweep");
    Sweeps.create(path, sweep, 1);
    Path yaml = path.resolve("sweep.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace("[0.5, 0.7]", "[0.5, 0.8]"));
    StorageException refused = assertThrows(StorageException.class, () -> SweepFolder.open(path));
    assertTrue(refused.getMessage().contains("was changed"), refused::getMessage);
  }

  @Test
  void aRunThatWasChangedIsNotTakenForTheSweeps() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    StopSignal stop = new StopSignal();
    Sweeps.begin(folder.runPath(5), sweep.config(6));
    SweepTotals totals = run(folder, sweep, Shard.WHOLE, stop, SweepListener.NONE);
    assertEquals(1, totals.failed());
    assertTrue(folder.failure(5).orElseThrow().contains("config.yaml"), folder.failure(5)::get);
  }

  @Test
  void aSecondProcessIsRefusedByTheFirstOnesNumber() {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    try (var _ = folder.lock(1)) {
      StorageException refused =
          assertThrows(
              StorageException.class,
              () -> run(folder, sweep, Shard.WHOLE, new StopSignal(), SweepListener.NONE));
      assertTrue(
          refused.getMessage().contains("pid " + ProcessHandle.current().pid()),
          refused::getMessage);
    }
  }

  @Test
  void theTotalsSayWhereTheTimeWent() {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 1);
    SweepTotals totals = run(folder, sweep, Shard.WHOLE, new StopSignal(), SweepListener.NONE);
    double busy = totals.stepSeconds() + totals.evaluationSeconds() + totals.checkpointSeconds();
    assertTrue(busy > 0 && busy <= totals.loops() * totals.wallSeconds(), totals::toString);
    assertTrue(totals.overhead() > 0 && totals.overhead() < 1, totals::toString);
    long steps = IntStream.range(0, 64).mapToLong(run -> summarySteps(folder, run)).sum();
    assertEquals(steps, totals.runSteps());
  }

  private static long summarySteps(SweepFolder folder, int run) {
    return folder.run(run).flatMap(RunFolder::summary).orElseThrow().steps();
  }

  @Test
  void namesOfFilesAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.of("fa", "IR"));
    try {
      SweepFolder folder = Sweeps.create(parent.resolve("sweep"), Sweeps.sixtyFour(), 1);
      assertEquals("0017", folder.runName(17));
      assertEquals("step-000000025.safetensors", Checkpoints.fileName(25));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void whatACrashLeftIsClearedAway() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    SweepFolder folder = Sweeps.create(parent.resolve("sweep"), sweep, 2);
    Path own = folder.path().resolve("runs/.0002.creating-7-7");
    Path others = folder.path().resolve("runs/.0003.creating-7-7");
    Files.createDirectories(own.resolve("checkpoints"));
    Files.createDirectories(others);
    folder.lock(1).close();
    assertTrue(Files.notExists(own), "run 2 is of shard 1");
    assertTrue(Files.exists(others), "run 3 is of shard 2");
  }

  private SweepFolder train(Sweep sweep, String name, Workplace workplace) {
    SweepFolder folder = Sweeps.create(parent.resolve(name), sweep, 1);
    SweepRunner.run(
        folder,
        sweep,
        SweepPlan.of(sweep),
        Shard.WHOLE,
        workplace,
        new StopSignal(),
        SweepListener.NONE);
    return folder;
  }

  private static SweepTotals run(
      SweepFolder folder, Sweep sweep, Shard shard, StopSignal stop, SweepListener listener) {
    assertEquals(shard.count(), folder.manifest().shards());
    return SweepRunner.run(
        folder,
        sweep,
        SweepPlan.of(sweep),
        shard,
        new Workplace.Cores(new CpuEngine(1), 2),
        stop,
        listener);
  }

  private static long ended(SweepFolder folder) {
    return IntStream.range(0, 64)
        .filter(run -> folder.progress(run) == SweepFolder.Progress.ENDED)
        .count();
  }
}
