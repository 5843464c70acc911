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
    return new BlockTimer(() -> now, 1)
        .time(
            count -> {
              blocks.add(count);
              for (int i = 0; i < count; i++) {
                now += nanosOfStep.applyAsLong(now);
                steps++;
              }
            });
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
    assertEquals(6, blocks.size(), "one to warm up");
  }
}
