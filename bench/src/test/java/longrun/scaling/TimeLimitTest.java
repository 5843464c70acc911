package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

class TimeLimitTest {
  private static final long SECOND = 1_000_000_000;

  private long now;
  private int done;

  /** Steps that take so many seconds each, within a limit. */
  private IntConsumer steps(double seconds, double limit) {
    return new TimeLimit(() -> now, limit)
        .apply(
            steps -> {
              done += steps;
              now += (long) (steps * seconds * SECOND);
            });
  }

  @Test
  void quickStepsAreLeftAlone() {
    IntConsumer steps = steps(0.1, 10);
    for (int block = 0; block < 50; block++) {
      steps.accept(2);
    }
    assertEquals(100, done);
    assertThrows(TimeLimit.Exceeded.class, () -> steps.accept(2));
  }

  @Test
  void aSlowFirstBlockIsForgiven() {
    IntConsumer first = steps(3, 10);
    first.accept(1);
    assertEquals(1, done);
  }

  @Test
  void theSecondBlockShowsWhetherTheFewestWouldFit() {
    IntConsumer fits = steps(1, 7);
    fits.accept(1);
    fits.accept(1);
    IntConsumer exceeds = steps(1, 6.9);
    exceeds.accept(1);
    TimeLimit.Exceeded e = assertThrows(TimeLimit.Exceeded.class, () -> exceeds.accept(1));
    assertEquals(
        "with 1.0 s a step it would take longer than the 6.90 s for a point", e.getMessage());
  }
}
