package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.testing.Closeness;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

/** One parameter and a few, against values worked out by hand. */
class ReferenceOptimizerTest {
  /** w = 2, gradients 0.5 then −0.25, lr 0.1, wd 0.5. */
  @Test
  void adamwDecaysTheWeight() {
    double[] w = {2};
    double[] m = {0};
    double[] v = {0};
    step(OptimizerKind.ADAMW, 1, w, 0.5, m, v);
    Closeness.assertClose("w after 1", 1.800000002, w[0], 1e-14);
    step(OptimizerKind.ADAMW, 2, w, -0.25, m, v);
    Closeness.assertClose("w after 2", 1.683289231222434, w[0], 1e-14);
    Closeness.assertClose("m", 0.02, m[0], 1e-14);
    Closeness.assertClose("v", 0.00615, v[0], 1e-14);
  }

  @Test
  void adamDecaysTheGradient() {
    double[] w = {2};
    double[] m = {0};
    double[] v = {0};
    step(OptimizerKind.ADAM, 1, w, 0.5, m, v);
    Closeness.assertClose("w after 1", 1.9000000006666666, w[0], 1e-14);
    step(OptimizerKind.ADAM, 2, w, -0.25, m, v);
    Closeness.assertClose("w after 2", 1.8075187984448133, w[0], 1e-14);
    Closeness.assertClose("m", 0.20500000003333332, m[0], 1e-13);
    Closeness.assertClose("v", 0.05390000000933333, v[0], 1e-13);
  }

  @Test
  void withoutDecayTheyAgree() {
    double[] adam = {2};
    double[] adamw = {2};
    for (OptimizerKind kind : OptimizerKind.values()) {
      double[] w = kind == OptimizerKind.ADAM ? adam : adamw;
      new ReferenceOptimizer(SmallRuns.optimizer(kind, 0.1, 0, 0))
          .update(1, w, new double[] {0.5}, new double[1], new double[1], Optional.empty());
    }
    assertEquals(adam[0], adamw[0]);
    Closeness.assertClose("w", 2 - 0.1 * 0.5 / (0.5 + 1e-8), adam[0], 1e-15);
  }

  /** Whatever the average holds before: the state of a run at step 0 is not read. */
  @Test
  void grokfastStartsAtTheFirstGradient() {
    double[] g = {1, -4};
    double[] mu = {77, Double.NaN};
    OptimizerConfig.GrokfastEma filter = new OptimizerConfig.GrokfastEma(0.75, 2);
    ReferenceOptimizer.amplifySlowGradients(filter, 1, g, mu);
    assertArrayEquals(new double[] {1, -4}, mu);
    assertArrayEquals(new double[] {3, -12}, g);
    g = new double[] {5, 4};
    ReferenceOptimizer.amplifySlowGradients(filter, 2, g, mu);
    assertArrayEquals(new double[] {2, -2}, mu);
    assertArrayEquals(new double[] {9, 0}, g);
  }

  @Test
  void orthogonalGradientIsOrthogonalAndAsLong() {
    double[] w = {1, 2, 2};
    double[] g = {3, 0, 0};
    ReferenceOptimizer.removeComponentAlong(w, g);
    // g − w/3 = (8, −2, −2)/3, of length √8, rescaled to 3
    double scale = 3 / Math.sqrt(8);
    Closeness.assertClose("g[0]", 8.0 / 3 * scale, g[0], 1e-15);
    Closeness.assertClose("g[1]", -2.0 / 3 * scale, g[1], 1e-15);
    Closeness.assertClose("g[2]", -2.0 / 3 * scale, g[2], 1e-15);
    assertTrue(Math.abs(dot(w, g)) <= 1e-15);
    Closeness.assertClose("norm", 3, Math.sqrt(dot(g, g)), 1e-15);
  }

  @Test
  void orthogonalGradientOfZerosIsZero() {
    double[] g = {0, 0};
    ReferenceOptimizer.removeComponentAlong(new double[] {1, 2}, g);
    assertArrayEquals(new double[] {0, 0}, g);
    double[] alone = {3, 4};
    ReferenceOptimizer.removeComponentAlong(new double[] {0, 0}, alone);
    assertArrayEquals(new double[] {3, 4}, alone);
  }

  /** Grokfast, then orthogonal gradient, then the coupled decay, seen in the first moment. */
  @Test
  void filtersComeInTheirOrder() {
    OptimizerConfig config =
        SmallRuns.withGrokfast(SmallRuns.optimizer(OptimizerKind.ADAM, 0.1, 0.5, 0), 0.5, 2, true);
    double[] w = {3, 4};
    double[] m = new double[2];
    double[] mu = {1, 1};
    new ReferenceOptimizer(config)
        .update(2, w, new double[] {1, 0}, m, new double[2], Optional.of(mu));
    // μ = (1, 0.5); g + 2μ = (3, 1), across w: (1.44, −1.08), as long as before: √10 (0.8, −0.6);
    // plus w/2, and a tenth of that
    assertArrayEquals(new double[] {1, 0.5}, mu);
    Closeness.assertClose("m[0]", (0.8 * Math.sqrt(10) + 1.5) / 10, m[0], 1e-14);
    Closeness.assertClose("m[1]", (-0.6 * Math.sqrt(10) + 2) / 10, m[1], 1e-13);
  }

  private static void step(
      OptimizerKind kind, long step, double[] w, double g, double[] m, double[] v) {
    new ReferenceOptimizer(SmallRuns.optimizer(kind, 0.1, 0.5, 0))
        .update(step, w, new double[] {g}, m, v, Optional.empty());
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
