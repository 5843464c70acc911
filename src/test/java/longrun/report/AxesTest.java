package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxesTest {
  private static List<Curve> curves(double... values) {
    double[] steps = new double[values.length];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = i + 1;
    }
    return List.of(new Curve("c", Ink.TRAIN, steps, values));
  }

  @Test
  void aLongRunGetsLogStepsThatBeginAfterStepZero() {
    StepAxis axis = StepAxis.over(new double[] {0, 10, 20, 40_000});
    assertTrue(axis.logarithmic());
    assertFalse(axis.shows(0));
    assertTrue(axis.shows(10));
    assertTrue(axis.shows(40_000));
    assertTrue(axis.position(10) > 0 && axis.position(10) < 0.03);
    assertTrue(axis.position(40_000) < 1 && axis.position(40_000) > 0.9);
    assertEquals(
        axis.position(1000) - axis.position(100), axis.position(100) - axis.position(10), 1e-12);
  }

  @Test
  void aLogAxisAlwaysHasTwoDecadesToLabel() {
    StepAxis axis = StepAxis.over(new double[] {0, 30, 400});
    assertTrue(axis.logarithmic());
    assertTrue(axis.shows(10) && axis.shows(100) && axis.shows(1000));
  }

  @Test
  void aShortRunGetsLinearStepsFromZero() {
    for (double[] steps :
        new double[][] {{}, {0}, {0, 10}, {0, 10, 20, 30, 90}, {5}, {1000, 2000}}) {
      StepAxis axis = StepAxis.over(steps);
      assertFalse(axis.logarithmic());
      assertTrue(axis.low() < axis.high());
      assertTrue(axis.shows(0));
      for (double step : steps) {
        assertTrue(axis.shows(step));
      }
    }
  }

  @Test
  void lossesGetWholeDecades() {
    ValueAxis axis = ValueAxis.logarithmic(curves(4.7, Double.NaN, 3e-7, 0, -1));
    assertTrue(axis.shows(10) && axis.shows(1e-7));
    assertFalse(axis.shows(20));
    assertFalse(axis.shows(5e-8));
    assertFalse(axis.shows(0));
  }

  @Test
  void oneLossStillSpansADecade() {
    ValueAxis axis = ValueAxis.logarithmic(curves(1.0));
    assertTrue(axis.high() / axis.low() > 9.99);
    assertTrue(axis.shows(1.0));
  }

  @Test
  void absurdRangesAreBounded() {
    ValueAxis axis = ValueAxis.logarithmic(curves(1.0, 1e-300));
    assertTrue(axis.shows(1.0));
    assertFalse(axis.shows(1e-300));
    ValueAxis hugeLoss = ValueAxis.logarithmic(curves(Double.MAX_VALUE));
    assertTrue(Double.isFinite(hugeLoss.high()));
    ValueAxis tinyLoss = ValueAxis.logarithmic(curves(Double.MIN_VALUE));
    assertTrue(tinyLoss.low() > 0 && tinyLoss.low() < tinyLoss.high());
  }

  @Test
  void noLossAtAll() {
    ValueAxis axis = ValueAxis.logarithmic(curves(Double.NaN, 0));
    assertTrue(axis.low() > 0 && axis.low() < axis.high());
    ValueAxis linear = ValueAxis.linear(curves(Double.NaN));
    assertTrue(linear.low() < linear.high());
  }

  @Test
  void aConstantIsNotBlownUp() {
    ValueAxis axis = ValueAxis.linear(curves(50, 50.0000001));
    assertTrue(axis.low() < 49.5 && axis.high() > 50.5);
    ValueAxis zero = ValueAxis.linear(curves(0, 0));
    assertTrue(zero.low() < 0 && zero.high() > 0);
  }
}
