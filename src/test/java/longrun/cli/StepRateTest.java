package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StepRateTest {
  private static final long MILLI = 1_000_000;

  private final StepRate rate = new StepRate(0);

  @Test
  void beforeTheFirstStepThereIsNone() {
    rate.setBusy(2, 0);
    assertEquals(0, rate.perSecond(5_000 * MILLI));
    assertEquals(0, rate.perSlotSecond(5_000 * MILLI));
  }

  @Test
  void preparationDoesNotCount() {
    rate.setBusy(1, 60_000 * MILLI);
    rate.add(100, 61_000 * MILLI);
    assertEquals(100, rate.perSecond(61_000 * MILLI), 1e-9);
  }

  @Test
  void aBurstOfAllSlotsCountsAsOne() {
    rate.setBusy(64, 0);
    for (int block = 1; block <= 40; block++) {
      for (int slot = 0; slot < 64; slot++) {
        rate.add(10, 500L * block * MILLI + slot);
      }
    }
    assertEquals(1280, rate.perSecond(20_100 * MILLI), 0.01);
    assertEquals(20, rate.perSlotSecond(20_100 * MILLI), 0.01);
  }

  @Test
  void manyCoresReportWithoutAPause() {
    rate.setBusy(64, 0);
    for (int tick = 1; tick <= 4_000; tick++) {
      rate.add(tick <= 2_000 ? 50 : 100, 5L * tick * MILLI);
    }
    assertEquals(20_000, rate.perSecond(20_000 * MILLI), 1e-6);
  }

  @Test
  void onlyTheLastSecondsCount() {
    rate.setBusy(1, 0);
    for (int second = 1; second <= 100; second++) {
      rate.add(10, 1_000L * second * MILLI);
    }
    for (int second = 101; second <= 112; second++) {
      rate.add(50, 1_000L * second * MILLI);
    }
    assertEquals(50, rate.perSecond(112_000 * MILLI), 1e-9);
  }

  @Test
  void aSlotThatIsEmptyDoesNotSlowTheOthersDown() {
    rate.setBusy(4, 0);
    for (int tick = 1; tick <= 40; tick++) {
      if (tick == 21) {
        rate.setBusy(1, 10_000 * MILLI);
      }
      for (int slot = 0; slot < (tick <= 20 ? 4 : 1); slot++) {
        rate.add(50, 500L * tick * MILLI);
      }
    }
    assertEquals(100, rate.perSecond(20_000 * MILLI), 1e-6);
    assertEquals(100, rate.perSlotSecond(20_000 * MILLI), 1e-6);
  }

  @Test
  void aSweepThatStandsStillHasARateThatFalls() {
    rate.setBusy(1, 0);
    rate.add(100, 1_000 * MILLI);
    assertEquals(100, rate.perSecond(9_000 * MILLI), 1e-9);
    assertEquals(1, rate.perSecond(100_000 * MILLI), 1e-9);
  }

  @Test
  void blocksOfManySecondsHaveARateThatStands() {
    rate.setBusy(1, 0);
    rate.add(1, 20_000 * MILLI);
    rate.add(1, 40_000 * MILLI);
    assertEquals(0.05, rate.perSecond(55_000 * MILLI), 1e-9);
  }
}
