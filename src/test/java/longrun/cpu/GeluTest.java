package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.apache.commons.numbers.gamma.Erf;
import org.junit.jupiter.api.Test;

/** GELU and its derivative against double precision, over rows longer than a piece. */
class GeluTest {
  private static final int WIDTH = 24 * 317;
  private final float[] x = new float[WIDTH];
  private final float[] scratch = new float[Team.SCRATCH];

  GeluTest() {
    for (int i = 0; i < WIDTH; i++) {
      x[i] = 24f * i / WIDTH - 12f;
    }
  }

  @Test
  void value() {
    float[] y = x.clone();
    Gelu.activate(y, 0, y, 0, WIDTH, scratch);
    for (int i = 0; i < WIDTH; i++) {
      double exact = x[i] * cdf(x[i]);
      assertTrue(
          Math.abs(y[i] - exact) <= 2e-7 * Math.max(1, Math.abs(x[i])),
          "x=" + x[i] + " expected=" + exact + " actual=" + y[i]);
    }
  }

  @Test
  void derivative() {
    float[] g = new float[WIDTH];
    Arrays.fill(g, 1f);
    Gelu.differentiate(g, 0, x, 0, WIDTH, scratch);
    for (int i = 0; i < WIDTH; i++) {
      double density = Math.exp(-0.5 * x[i] * x[i]) / Math.sqrt(2 * Math.PI);
      double exact = cdf(x[i]) + x[i] * density;
      assertTrue(
          Math.abs(g[i] - exact) <= 4e-7, "x=" + x[i] + " expected=" + exact + " actual=" + g[i]);
    }
  }

  private static double cdf(double x) {
    return 0.5 * (1 + Erf.value(x / Math.sqrt(2)));
  }
}
