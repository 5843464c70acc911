package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void quartilesLieBetweenNeighbours() {
    assertEquals(new Statistics(1, 2, 3, 4, 5), Statistics.of(5, 3, 1, 4, 2));
    assertEquals(new Statistics(10, 17.5, 25, 32.5, 40), Statistics.of(40, 10, 20, 30));
    assertEquals(new Statistics(7, 7, 7, 7, 7), Statistics.of(7));
    assertEquals(new Statistics(1, 1.5, 2, 2.5, 3), Statistics.of(1, 3));
    assertThrows(IllegalArgumentException.class, Statistics::of);
  }

  @Test
  void aBlockCountsForEachOfItsSteps() {
    assertEquals(
        new Statistics(50, 75, 100, 125, 150),
        Samples.measured(Samples.cpu(1, 1), 100, 300, 200).nanosPerStep().orElseThrow());
  }
}
