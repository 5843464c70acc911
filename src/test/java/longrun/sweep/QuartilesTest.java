package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class QuartilesTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;

  @Test
  void numbersInterpolate() {
    // numpy.quantile([7, 1, 4, 10], [0.25, 0.5, 0.75])
    assertEquals(new Quartiles(3.25, 5.5, 7.75), Quartiles.of(7, 1, 4, 10));
    assertEquals(new Quartiles(2, 3, 4), Quartiles.of(5, 4, 3, 2, 1));
    assertEquals(new Quartiles(6, 6, 6), Quartiles.of(6));
    assertEquals(new Quartiles(1.25, 1.5, 1.75), Quartiles.of(2, 1));
  }

  @Test
  void whatNeverHappenedIsLaterThanAnything() {
    assertEquals(new Quartiles(2, 3, NEVER), Quartiles.of(1, 2, 3, NEVER, NEVER));
    // The median lies between 2 and never.
    assertEquals(new Quartiles(1.75, NEVER, NEVER), Quartiles.of(NEVER, 1, 2, NEVER));
    assertEquals(new Quartiles(NEVER, NEVER, NEVER), Quartiles.of(NEVER, NEVER));
    // Exactly on the last value that was reached: nothing beyond it is needed.
    assertEquals(new Quartiles(1.5, 2, NEVER), Quartiles.of(1, 2, NEVER));
  }

  @Test
  void withoutValuesThereAreNone() {
    assertEquals(Quartiles.NONE, Quartiles.of());
    assertEquals(Double.NaN, Quartiles.of().median());
  }

  @Test
  void noNumberIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Quartiles.of(1, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Quartiles.of(1, Double.NEGATIVE_INFINITY));
  }
}
