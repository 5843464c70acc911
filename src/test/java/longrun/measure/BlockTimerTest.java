package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class BlockTimerTest {
  private static final long MILLISECOND = 1_000_000;
  private static final long SECOND = 1_000 * MILLISECOND;

  private long now;
  private long steps;
  private final List<Integer> blocks = new ArrayList<>();

  /** Measures with a budget of a second; a step's time depends on when it starts. */
  private Timing time(LongUnaryOperator nanosOfStep) {
    return new BlockTimer(() -> now, 1, 1).time(count -> advance(count, nanosOfStep));
  }

  private void advance(int count, LongUnaryOperator nanosOfStep) {
    blocks.add(count);
    for (int i = 0; i < count; i++) {
      now += nanosOfStep.applyAsLong(now);
      steps++;
    }
  }

  @Test
  void steadyStepsAreMeasuredForTheBudgetAfterHalfOfIt() {
    Timing timing = time(_ -> MILLISECOND);
    assertTrue(timing.warmUp().settled());
    assertTrue(timing.warmUp().nanos() >= SECOND / 2, () -> "" + timing.warmUp());
    assertTrue(timing.warmUp().nanos() < SECOND * 6 / 10, () -> "" + timing.warmUp());
    assertEquals(20, timing.stepsPerBlock(), "25 fit a fortieth of the budget: two tens");
    assertEquals(50, timing.blockNanos().size());
    assertEquals(
        new Statistics(1e6, 1e6, 1e6, 1e6, 1e6), timing.nanosPerStep(), "every step a millisecond");
    assertEquals(steps, timing.warmUp().steps() + 20 * 50);
  }

  @Test
  void blocksOfShortStepsAreMultiplesOfFifty() {
    Timing timing = time(_ -> 10_000);
    assertEquals(2500, timing.stepsPerBlock());
    Timing odd = time(_ -> 9_000);
    assertEquals(2750, odd.stepsPerBlock());
  }

  @Test
  void warmUpLastsUntilTimesAreSteady() {
    // From eleven milliseconds down to one, nine tenths of it within 0.7 seconds.
    Timing timing =
        time(at -> MILLISECOND + (long) (10 * MILLISECOND * Math.exp(-at / (0.3 * SECOND))));
    assertTrue(timing.warmUp().settled());
    assertTrue(timing.warmUp().nanos() > SECOND, () -> "" + timing.warmUp());
    assertTrue(timing.nanosPerStep().greatest() < 1.3 * MILLISECOND, () -> "" + timing);
  }

  @Test
  void timesThatNeverSettleSaySo() {
    Timing timing = time(at -> MILLISECOND + at / 100);
    assertFalse(timing.warmUp().settled());
    assertTrue(timing.warmUp().nanos() >= 2 * SECOND, () -> "" + timing.warmUp());
    assertTrue(timing.warmUp().nanos() < 2.5 * SECOND, () -> "" + timing.warmUp());
  }

  @Test
  void stepsLongerThanTheBudgetAreTakenOneByOne() {
    Timing timing = time(_ -> 10 * SECOND);
    assertEquals(1, timing.stepsPerBlock());
    assertEquals(BlockTimer.FEWEST_BLOCKS, timing.blockNanos().size());
    assertFalse(timing.warmUp().settled());
    assertEquals(7, blocks.size(), "one to warm up, and one more untimed");
  }

  /** The last of so many steps takes a tenth of the others' time. */
  private Timing timeEpochs(int stepsPerEpoch, long nanos) {
    return new BlockTimer(() -> now, 1, stepsPerEpoch)
        .time(
            count -> {
              blocks.add(count);
              for (int i = 0; i < count; i++) {
                steps++;
                now += steps % stepsPerEpoch == 0 ? nanos / 10 : nanos;
              }
            });
  }

  @Test
  void blocksAreWholeEpochsSinceTheirLastBatchMayBeSmaller() {
    for (int stepsPerEpoch : new int[] {2, 7, 10, 33, 400}) {
      for (long nanos : new long[] {10_000, MILLISECOND, 100 * MILLISECOND}) {
        now = 0;
        steps = 0;
        Timing timing = timeEpochs(stepsPerEpoch, nanos);
        String what = stepsPerEpoch + " steps of " + nanos;
        assertEquals(0, timing.stepsPerBlock() % stepsPerEpoch, what);
        assertEquals(0, timing.warmUp().steps() % stepsPerEpoch, what);
        double mean = nanos * (stepsPerEpoch - 0.9) / stepsPerEpoch;
        assertEquals(mean, timing.nanosPerStep().least(), 1e-6 * mean, what);
        assertEquals(mean, timing.nanosPerStep().greatest(), 1e-6 * mean, what);
      }
    }
  }

  @Test
  void blocksOfEpochsKeepToRoundNumbersWhereTheyFit() {
    assertEquals(2800, timeEpochs(7, 10_000).stepsPerBlock(), "lcm(7, 50) = 350");
    assertEquals(70, timeEpochs(7, 350_000).stepsPerBlock(), "lcm(7, 10) = 70");
    assertEquals(28, timeEpochs(7, MILLISECOND).stepsPerBlock());
  }

  @Test
  void furtherRoundsKeepTheLengthOfBlocksAndShareTheBudget() {
    BlockTimer timer = new BlockTimer(() -> now, 3, 1).forRoundOf(3);
    Timing first = timer.time(count -> advance(count, _ -> MILLISECOND));
    assertEquals(20, first.stepsPerBlock());
    assertEquals(List.of(50), first.roundBlocks());
    Timing both = timer.timeAgain(count -> advance(count, _ -> 2 * MILLISECOND), first);
    assertEquals(20, both.stepsPerBlock());
    assertEquals(List.of(50, 25), both.roundBlocks());
    assertEquals(1e6, both.rounds().getFirst().greatest());
    assertEquals(2e6, both.rounds().getLast().least());
    assertEquals(steps, both.warmUp().steps() + 20 * 75);
    Timing slow =
        new BlockTimer(() -> now, 3, 1)
            .forRoundOf(3)
            .time(count -> advance(count, _ -> 10 * SECOND));
    assertEquals(2, slow.blockNanos().size(), "three rounds of two are more than five");
    assertEquals(
        List.of(2, 2),
        timer.timeAgain(count -> advance(count, _ -> 10 * SECOND), slow).roundBlocks());
  }
}
