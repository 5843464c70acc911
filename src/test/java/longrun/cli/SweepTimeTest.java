package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SweepTimeTest {
  @Test
  void withoutWaitingRunsTheLongestDecides() {
    assertEquals(30_000, SweepTime.steps(new double[] {100, 30_000, 100}, 0, 40_000));
  }

  @Test
  void asManyAsPlayedOutOneByOne() {
    Random random = new Random(20_261_122);
    for (int trial = 0; trial < 300; trial++) {
      double[] rest = random.doubles(1 + random.nextInt(9), 0, 2_000).toArray();
      int waiting = random.nextInt(60);
      double length = 1 + random.nextInt(1_000);
      PriorityQueue<Double> free = new PriorityQueue<>();
      for (double each : rest) {
        free.add(each);
      }
      for (int run = 0; run < waiting; run++) {
        free.add(free.remove() + length);
      }
      double last = free.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
      assertEquals(last, SweepTime.steps(rest, waiting, length), 1e-6, "trial " + trial);
    }
  }

  @Test
  void tenMillionRunsTakeNoTime() {
    assertEquals(
        10_000_000.0 / 8 * 40_000 + 40_000,
        SweepTime.steps(
            new double[] {40_000, 40_000, 40_000, 40_000, 40_000, 40_000, 40_000, 40_000},
            10_000_000,
            40_000),
        1);
  }

  @Test
  void runsWithoutStepsTakeNone() {
    assertEquals(5, SweepTime.steps(new double[] {5}, 100, 0));
  }
}
