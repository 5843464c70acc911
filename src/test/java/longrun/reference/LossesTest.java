package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import longrun.config.Loss;
import longrun.testing.Closeness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossesTest {
  @Test
  void crossEntropyByHand() {
    close(Math.log(4), Losses.value(Loss.CROSS_ENTROPY, new double[] {3, 3, 3, 3}, 2));
    double[] z = {0, Math.log(2), Math.log(5)};
    close(Math.log(4), Losses.value(Loss.CROSS_ENTROPY, z, 1));
    double[] gradient = Losses.gradient(Loss.CROSS_ENTROPY, z, 1);
    close(0.125, gradient[0]);
    close(-0.75, gradient[1]);
    close(0.625, gradient[2]);
  }

  @Test
  void crossEntropyNeitherOverflowsNorCancels() {
    double[] z = {1000, 0};
    assertEquals(0, Losses.value(Loss.CROSS_ENTROPY, z, 0));
    assertEquals(1000, Losses.value(Loss.CROSS_ENTROPY, z, 1));
    assertArrayEquals(new double[] {1, -1}, Losses.gradient(Loss.CROSS_ENTROPY, z, 1));
    double[] sure = {60, 0};
    close(Math.exp(-60), Losses.value(Loss.CROSS_ENTROPY, sure, 0));
    close(-Math.exp(-60), Losses.gradient(Loss.CROSS_ENTROPY, sure, 0)[0]);
  }

  @Test
  void meanSquaredErrorByHand() {
    double[] z = {1, 0.5, -2};
    close((1 + 0.25 + 4) / 3, Losses.value(Loss.MSE, z, 1));
    double[] gradient = Losses.gradient(Loss.MSE, z, 1);
    close(2.0 / 3, gradient[0]);
    close(-1.0 / 3, gradient[1]);
    close(-4.0 / 3, gradient[2]);
  }

  @Test
  void stablemaxByHand() {
    // s = (2, 1/2, 1/2), p = (2/3, 1/6, 1/6), s' = (1, 1/4, 1/4)
    double[] z = {1, -1, -1};
    close(Math.log(1.5), Losses.value(Loss.STABLEMAX, z, 0));
    close(Math.log(6), Losses.value(Loss.STABLEMAX, z, 1));
    double[] gradient = Losses.gradient(Loss.STABLEMAX, z, 1);
    close(1.0 / 3, gradient[0]);
    close(1.0 / 12 - 0.5, gradient[1]);
    close(1.0 / 12, gradient[2]);
  }

  @Test
  void stablemaxKeepsItsAccuracyFarOut() {
    double[] z = {1e12, -1e12};
    close(1e-24, Losses.value(Loss.STABLEMAX, z, 0));
    close(24 * Math.log(10), Losses.value(Loss.STABLEMAX, z, 1));
    close(-1e-36, Losses.gradient(Loss.STABLEMAX, z, 0)[0]);
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void aNaNOrInfiniteLogitIsNotAFiniteLoss(Loss loss) {
    for (int where = 0; where < 3; where++) {
      for (int label = 0; label < 3; label++) {
        double[] z = {0.5, 2, -1};
        z[where] = Double.NaN;
        assertFalse(Double.isFinite(Losses.value(loss, z, label)));
      }
    }
    assertFalse(Double.isFinite(Losses.value(loss, new double[] {Double.POSITIVE_INFINITY, 1}, 1)));
  }

  @Test
  void predictionIsTheFirstOfTheLargest() {
    assertEquals(1, Losses.prediction(new double[] {0, 3, 3, -1}));
    assertEquals(0, Losses.prediction(new double[] {0, 0}));
    assertEquals(-1, Losses.prediction(new double[] {5, Double.NaN, 1}));
    assertEquals(-1, Losses.prediction(new double[] {Double.NaN, 9}));
  }

  private static void close(double expected, double actual) {
    Closeness.assertClose("value", expected, actual, 1e-11);
  }
}
