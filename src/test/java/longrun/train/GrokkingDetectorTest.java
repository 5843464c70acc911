package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import longrun.config.EvaluationConfig;
import longrun.store.MetricsRow;
import org.junit.jupiter.api.Test;

class GrokkingDetectorTest {
  private static final EvaluationConfig CONFIG = new EvaluationConfig(10, 0.99, 3);

  @Test
  void theFirstOfThreeInARowCounts() {
    GrokkingDetector detector = detector(0.5, 0.99, 1, 0.98, 0.99, 0.995, 1, 0.2, 0.3);
    assertEquals(OptionalLong.of(40), detector.grokkedAt());
    assertEquals(OptionalLong.of(60), detector.grokkedConfirmedAt());
    assertEquals(OptionalLong.empty(), detector.memorisedAt());
  }

  @Test
  void twoInARowAreTooFew() {
    assertEquals(OptionalLong.empty(), detector(1, 1, 0, 1, 1, 0).grokkedAt());
  }

  @Test
  void nanReachesNothing() {
    assertEquals(OptionalLong.empty(), detector(1, 1, Double.NaN, 1, 1, Double.NaN).grokkedAt());
  }

  @Test
  void theStepBelowTheThresholdDoesNotCount() {
    assertEquals(OptionalLong.of(10), detector(Math.nextDown(0.99), 0.99, 0.99, 0.99).grokkedAt());
  }

  @Test
  void memorisedAndGrokkedAreTwoThings() {
    GrokkingDetector detector = new GrokkingDetector(CONFIG);
    for (int i = 0; i < 10; i++) {
      detector.see(10L * i, i >= 2 ? 1 : 0, i >= 6 ? 1 : 0);
    }
    assertEquals(OptionalLong.of(20), detector.memorisedAt());
    assertEquals(OptionalLong.of(60), detector.grokkedAt());
  }

  private static GrokkingDetector detector(double... validation) {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < validation.length; i++) {
      rows.add(new MetricsRow(10L * i, 1, 0.5, 1, validation[i], 1, 1, 0));
    }
    return GrokkingDetector.of(CONFIG, rows);
  }
}
