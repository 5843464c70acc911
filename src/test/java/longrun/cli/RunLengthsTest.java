package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RunLengthsTest {
  private final RunLengths lengths = new RunLengths();

  @Test
  void aFewEndsSayNothing() {
    for (int i = 0; i < 4; i++) {
      lengths.ended(100, true);
    }
    assertFalse(lengths.known());
    lengths.ended(100, true);
    assertTrue(lengths.known());
  }

  @Test
  void withoutRunningOnesItIsTheMean() {
    lengths.ended(100, true);
    lengths.ended(200, true);
    lengths.ended(200, true);
    lengths.ended(1000, false);
    assertEquals((100 + 200 + 200 + 1000) / 4.0, lengths.curve(List.of()).rest(0, 1000), 1e-9);
    assertEquals((50 + 50 + 850) / 3.0, lengths.curve(List.of()).rest(150, 1000), 1e-9);
    assertEquals(750, lengths.curve(List.of()).rest(250, 1000), 1e-9);
  }

  /**
   * By hand: S = 3/4 from 100 on, 3/4 * 1/2 = 3/8 from 300 on; one run was lost from sight at 200.
   */
  @Test
  void oneThatRunsCountsAsLongAsItWasSeen() {
    lengths.ended(100, true);
    lengths.ended(300, true);
    lengths.ended(1000, false);
    assertEquals(100 + 0.75 * 200 + 0.375 * 700, lengths.curve(List.of(200L)).rest(0, 1000), 1e-9);
  }

  @Test
  void runsThatAllEndEarlyEndThere() {
    lengths.ended(100, true);
    lengths.ended(300, true);
    assertEquals(200, lengths.curve(List.of()).rest(0, 1000), 1e-9);
    assertEquals(500, lengths.curve(List.of()).rest(500, 1000), 1e-9, "longer than any before");
  }

  @Test
  void whereNothingEndedEarlyAllStepsAreLeft() {
    lengths.ended(1000, false);
    assertEquals(600, lengths.curve(List.of(400L, 500L)).rest(400, 1000), 1e-9);
  }
}
