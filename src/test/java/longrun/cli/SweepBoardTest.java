package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.store.StopReason;
import longrun.sweep.Shard;
import longrun.sweep.SweepStart;
import longrun.train.StopSignal;
import org.junit.jupiter.api.Test;

class SweepBoardTest {
  private static final long SECOND = 1_000_000_000;
  private static final int RUNS = 20;
  private static final int ENDED_BEFORE = 4;

  private final StopSignal stop = new StopSignal();
  private final SweepBoard board =
      new SweepBoard(
          PlayedSweep.sweep(RUNS, 10_000),
          Path.of("runs/a"),
          new SweepStart(Path.of("/runs/a"), Shard.WHOLE, "cpu", 2, 1, RUNS, ENDED_BEFORE),
          stop,
          0);

  @Test
  void everyRunIsCountedOnce() {
    assertCounts(4, 0, 0, 16);
    board.runStarted(0, 4, 0, 10_000, 0);
    board.runStarted(1, 5, 3_000, 10_000, 0);
    assertCounts(4, 0, 2, 14);
    board.runFailed(6, SECOND);
    assertCounts(4, 1, 2, 13);
    board.runFailed(5, SECOND);
    assertCounts(4, 2, 1, 13);
    assertEquals(
        10_000,
        board.runStopped(
            0,
            4,
            PlayedSweep.summary(
                10_000, OptionalLong.empty(), OptionalLong.empty(), StopReason.STEPS_DONE),
            SECOND));
    assertCounts(5, 2, 0, 13);
    board.runStarted(1, 7, 0, 10_000, SECOND);
    board.runStopped(
        1,
        7,
        PlayedSweep.summary(50, OptionalLong.empty(), OptionalLong.empty(), StopReason.INTERRUPTED),
        SECOND);
    assertCounts(5, 2, 0, 13);
    assertEquals(1, board.reasons().get(StopReason.INTERRUPTED));
  }

  /** A device does not wait for the disk that the results of a run go to. */
  @Test
  void aRunMayStopWhenItsSlotHasTheNextOne() {
    board.runStarted(0, 4, 0, 10_000, 0);
    board.willEndAt(0, 3_160);
    board.progressed(0, 3_160, SECOND);
    board.runStarted(0, 5, 0, 10_000, SECOND);
    board.runStarted(1, 6, 0, 10_000, SECOND);
    assertCounts(4, 0, 3, 13);
    assertEquals(
        3_160,
        board.runStopped(
            0,
            4,
            PlayedSweep.summary(
                3_160, OptionalLong.of(310), OptionalLong.of(2_160), StopReason.GROKKED),
            SECOND));
    assertCounts(5, 0, 2, 13);
    assertEquals(5, board.status(SECOND).slots().getFirst().run());
    board.runStarted(0, 7, 0, 10_000, SECOND);
    board.runFailed(5, SECOND);
    assertCounts(5, 1, 2, 12);
  }

  @Test
  void stepsMadeBeforeThisProcessAreNoneOfItsRate() {
    board.runStarted(0, 4, 9_000, 10_000, 0);
    board.runStarted(1, 5, 0, 10_000, 0);
    for (int second = 1; second <= 5; second++) {
      board.progressed(0, 9_000 + 100L * second, second * SECOND);
      board.progressed(1, 100L * second, second * SECOND);
    }
    assertEquals(200, board.status(5 * SECOND).stepsPerSecond(), 1e-9);
  }

  @Test
  void aSlotShowsItsRun() {
    board.runStarted(1, 5, 3_000, 10_000, 0);
    board.progressed(1, 3_100, SECOND);
    board.evaluated(1, evaluation(3_100), OptionalLong.of(310), OptionalLong.of(2_160));
    board.willEndAt(1, 3_160);
    assertEquals(
        List.of(
            new SlotStatus(
                1,
                5,
                List.of("0.3", "1e-3", "5"),
                3_100,
                3_160,
                1,
                0.992,
                OptionalLong.of(310),
                OptionalLong.of(2_160))),
        board.status(SECOND).slots());
    assertEquals(List.of("train_fraction", "learning_rate", "seed"), board.status(0).axes());
  }

  @Test
  void theLongestTimeCountsEveryStepOfEveryRun() {
    board.runStarted(0, 4, 0, 10_000, 0);
    board.runStarted(1, 5, 0, 10_000, 0);
    assertEquals(OptionalDouble.empty(), board.status(SECOND).secondsLeftAtMost());
    board.progressed(0, 1_000, 10 * SECOND);
    board.progressed(1, 1_000, 10 * SECOND);
    // 9,000 steps, then seven runs in either slot, at 100 steps a second.
    assertEquals(
        (9_000 + 7 * 10_000) / 100.0,
        board.status(10 * SECOND).secondsLeftAtMost().orElseThrow(),
        1e-3);
    assertEquals(OptionalDouble.empty(), board.status(10 * SECOND).secondsLeft());
    board.willEndAt(0, 1_500);
    // The slot that is free earlier takes an eighth run.
    assertEquals(
        (9_000 + 7 * 10_000) / 100.0,
        board.status(10 * SECOND).secondsLeftAtMost().orElseThrow(),
        1e-3);
  }

  @Test
  void runsThatEndEarlyShortenTheExpectation() {
    long now = 0;
    for (int run = 4; run < 10; run++) {
      board.runStarted(0, run, 0, 10_000, now);
      now += 10 * SECOND;
      board.progressed(0, 1_000, now);
      board.runStopped(
          0,
          run,
          PlayedSweep.summary(
              1_000, OptionalLong.of(100), OptionalLong.of(900), StopReason.GROKKED),
          now);
    }
    board.runStarted(0, 10, 0, 10_000, now);
    SweepStatus status = board.status(now);
    assertEquals(10 * 1_000 / 100.0, status.secondsLeft().orElseThrow(), 1e-3);
    assertEquals(10 * 10_000 / 100.0, status.secondsLeftAtMost().orElseThrow(), 1e-3);
    assertEquals(List.of("about 1 min 40 s left", "at most 16 min 40 s"), SweepTexts.left(status));
  }

  @Test
  void withNothingLeftNoTimeIsLeft() {
    for (int run = 4; run < RUNS; run++) {
      board.runFailed(run, SECOND);
    }
    assertEquals(OptionalDouble.of(0), board.status(SECOND).secondsLeftAtMost());
    assertEquals(1, board.status(SECOND).share());
  }

  @Test
  void itKnowsThatItIsToStop() {
    stop.request();
    assertTrue(board.status(0).stopping());
  }

  private void assertCounts(int ended, int failed, int running, int waiting) {
    SweepStatus status = board.status(SECOND);
    assertEquals(
        List.of(ended, failed, running, waiting),
        List.of(status.ended(), status.failed(), status.running(), status.waiting()));
  }

  private static Evaluation evaluation(long step) {
    return new Evaluation(1, step, 0.01, 1, 0.5, 0.992, 50, 1e-3, false);
  }
}
