package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaFailure;
import longrun.cuda.Emulator;
import longrun.engine.Evaluation;
import longrun.store.SweepFolder;
import longrun.train.StopSignal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps in the slots of a device: the same results whatever slots, order and interruptions. */
class SweepOnCudaTest {
  @TempDir Path parent;

  @BeforeEach
  void requireEmulator() {
    Emulator.require();
    Emulator.reset();
  }

  @Test
  void slotsAndOrderChangeNothing() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    List<Integer> natural = IntStream.range(0, 64).boxed().toList();
    List<Integer> shuffled = new ArrayList<>(natural);
    Collections.shuffle(shuffled, new Random(11));
    SweepFolder expected = train("alone", sweep, natural, 1, new StopSignal(), SweepListener.NONE);
    for (int slots : new int[] {1, 3, 8}) {
      SweepFolder folder =
          train("shuffled-" + slots, sweep, shuffled, slots, new StopSignal(), SweepListener.NONE);
      Sweeps.assertSame(expected, folder);
    }
    SweepFolder folder = train("natural", sweep, natural, 8, new StopSignal(), SweepListener.NONE);
    Sweeps.assertSame(expected, folder);
  }

  @Test
  void interruptedAgainAndAgainIsUninterrupted() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    List<Integer> order = IntStream.range(0, 64).boxed().toList();
    SweepFolder whole = train("whole", sweep, order, 8, new StopSignal(), SweepListener.NONE);
    int rounds = 0;
    long ended = 0;
    while (ended < 64) {
      StopSignal stop = new StopSignal();
      AtomicInteger left = new AtomicInteger(100);
      SweepListener stopper =
          new SweepListener() {
            @Override
            public void evaluated(
                int slot, Evaluation seen, OptionalLong memorisedAt, OptionalLong grokkedAt) {
              if (left.decrementAndGet() == 0) {
                stop.request();
              }
            }
          };
      SweepFolder folder = train("interrupted", sweep, order, 3 + rounds % 4, stop, stopper);
      ended =
          IntStream.range(0, 64)
              .filter(run -> folder.progress(run) == SweepFolder.Progress.ENDED)
              .count();
      rounds++;
    }
    assertTrue(rounds > 2, "rounds=" + rounds);
    Sweeps.assertSame(whole, SweepFolder.open(parent.resolve("interrupted")));
  }

  @Test
  void aDeviceThatFailsEndsTheSweepAndNothingIsLost() throws IOException {
    Sweep sweep = Sweeps.sixtyFour();
    List<Integer> order = IntStream.range(0, 64).boxed().toList();
    AtomicInteger seen = new AtomicInteger();
    SweepListener breaker =
        new SweepListener() {
          @Override
          public void evaluated(
              int slot, Evaluation evaluation, OptionalLong memorised, OptionalLong grokked) {
            if (seen.incrementAndGet() == 60) {
              Emulator.failCall("cuGraphLaunch", 1, 700);
            }
          }
        };
    assertThrows(
        CudaFailure.class, () -> train("broken", sweep, order, 8, new StopSignal(), breaker));
    Emulator.reset();
    SweepFolder folder = train("broken", sweep, order, 5, new StopSignal(), SweepListener.NONE);
    SweepFolder whole = train("whole", sweep, order, 8, new StopSignal(), SweepListener.NONE);
    Sweeps.assertSame(whole, folder);
    assertEquals(0, IntStream.range(0, 64).filter(run -> folder.failure(run).isPresent()).count());
  }

  private SweepFolder train(
      String name,
      Sweep sweep,
      List<Integer> order,
      int slots,
      StopSignal stop,
      SweepListener listener) {
    Path path = parent.resolve(name);
    SweepFolder folder =
        SweepFolder.isSweepFolder(path) ? SweepFolder.open(path) : Sweeps.create(path, sweep, 1);
    try (CudaContext context = Emulator.openContext(false)) {
      SweepRunner.run(
          folder,
          sweep,
          SweepPlan.of(sweep),
          Shard.WHOLE,
          order,
          new Workplace.Device(new CudaEngine(context), _ -> slots),
          stop,
          listener);
    }
    return folder;
  }
}
