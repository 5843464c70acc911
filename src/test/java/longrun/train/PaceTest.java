package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLISECOND = 1_000_000;

  @Test
  void blocksGrowToHalfASecondAndShrinkAtOnce() {
    Pace pace = new Pace(0, 0);
    assertEquals(1, pace.block(1000));
    for (int i = 0; i < 20; i++) {
      int block = pace.block(1_000_000);
      pace.measured(block, block * 2L * MILLISECOND);
    }
    assertEquals(250, pace.block(1_000_000));
    assertEquals(7, pace.block(7));
    pace.measured(250, 250 * 100 * MILLISECOND);
    assertEquals(5, pace.block(1_000_000));
    pace.measured(5, 5 * 3000 * MILLISECOND);
    assertEquals(1, pace.block(1_000_000));
  }

  @Test
  void immeasurablyQuickStepsDoNotOverflow() {
    Pace pace = new Pace(0, 0);
    for (int i = 0; i < 100; i++) {
      pace.measured(pace.block(Long.MAX_VALUE), 0);
      assertTrue(pace.block(Long.MAX_VALUE) >= 1);
    }
    assertEquals(7, pace.block(7));
  }

  @Test
  void theRateIsThatOfTheLastSeconds() {
    Pace pace = new Pace(0, 0);
    double rate = 0;
    for (int i = 1; i <= 10; i++) {
      rate = pace.stepsPerSecond(10L * i, i * 1000L * MILLISECOND);
    }
    assertEquals(10, rate, 1e-9);
    for (int i = 1; i <= 20; i++) {
      rate = pace.stepsPerSecond(100 + 100L * i, (10 + i) * 1000L * MILLISECOND);
    }
    assertEquals(100, rate, 1e-9);
  }
}
