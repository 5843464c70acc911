package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ThinningTest {
  private static final int MANY = 100_000;

  private static Curve curve(int size, java.util.function.IntToDoubleFunction value) {
    return new Curve(
        "c",
        Ink.TRAIN,
        IntStream.rangeClosed(1, size).mapToDouble(i -> 10.0 * i).toArray(),
        IntStream.range(0, size).mapToDouble(value).toArray());
  }

  private static Curve thin(Curve curve) {
    return Thinning.thin(curve, StepAxis.over(curve.steps()));
  }

  @Test
  void shortCurvesStayWhole() {
    Curve curve = curve(Thinning.KEPT_WHOLE, i -> i);
    assertSame(curve, thin(curve));
  }

  @Test
  void longCurvesKeepEndsAndEverySpike() {
    Curve whole = curve(MANY, i -> i == 77_777 ? 1e6 : i == 55_555 ? -1e6 : Math.sin(i) + i * 1e-6);
    Curve thinned = thin(whole);

    assertTrue(thinned.size() <= 4 * Thinning.COLUMNS + 4, "size=" + thinned.size());
    assertEquals(whole.steps()[0], thinned.steps()[0]);
    assertEquals(whole.values()[0], thinned.values()[0]);
    assertEquals(whole.steps()[MANY - 1], thinned.steps()[thinned.size() - 1]);
    assertEquals(whole.values()[MANY - 1], thinned.values()[thinned.size() - 1]);
    assertEquals(1e6, DoubleStream.of(thinned.values()).max().orElseThrow());
    assertEquals(-1e6, DoubleStream.of(thinned.values()).min().orElseThrow());
  }

  @Test
  void everyColumnKeepsItsExtremes() {
    Curve whole = curve(MANY, i -> Math.sin(0.37 * i) * (1 + i % 13));
    StepAxis axis = StepAxis.over(whole.steps());
    Curve thinned = Thinning.thin(whole, axis);
    double[][] expected = extremes(whole, axis);
    double[][] actual = extremes(thinned, axis);
    for (int column = 0; column < expected.length; column++) {
      assertEquals(expected[column][0], actual[column][0], "lowest of column " + column);
      assertEquals(expected[column][1], actual[column][1], "highest of column " + column);
    }
  }

  private static double[][] extremes(Curve curve, StepAxis axis) {
    double[][] extremes = new double[Thinning.COLUMNS + 1][2];
    for (double[] each : extremes) {
      each[0] = Double.POSITIVE_INFINITY;
      each[1] = Double.NEGATIVE_INFINITY;
    }
    for (int i = 0; i < curve.size(); i++) {
      double[] each = extremes[(int) (axis.position(curve.steps()[i]) * Thinning.COLUMNS)];
      each[0] = Math.min(each[0], curve.values()[i]);
      each[1] = Math.max(each[1], curve.values()[i]);
    }
    return extremes;
  }

  @Test
  void everyPointIsOneOfTheWhole() {
    Curve whole = curve(MANY, i -> Math.cos(i));
    Curve thinned = thin(whole);
    for (int i = 0; i < thinned.size(); i++) {
      int index = Arrays.binarySearch(whole.steps(), thinned.steps()[i]);
      assertTrue(index >= 0, "step " + thinned.steps()[i]);
      assertEquals(whole.values()[index], thinned.values()[i]);
      assertTrue(i == 0 || thinned.steps()[i] > thinned.steps()[i - 1], "ascending at " + i);
    }
  }

  @Test
  void gapsStayGaps() {
    Curve whole = curve(MANY, i -> i >= 30_000 && i < 60_000 ? Double.NaN : 1);
    Curve thinned = thin(whole);
    boolean gap = false;
    for (int i = 0; i < thinned.size(); i++) {
      boolean inGap = thinned.steps()[i] > 310_000 && thinned.steps()[i] < 590_000;
      if (inGap) {
        assertTrue(Double.isNaN(thinned.values()[i]), "step " + thinned.steps()[i]);
        gap = true;
      }
    }
    assertTrue(gap);
  }
}
