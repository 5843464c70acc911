package longrun.reference;

import java.util.Optional;
import longrun.config.OptimizerConfig;

/**
 * The update of one parameter tensor w from its gradient g, at step t counted from 1:
 *
 * <pre>
 *   Grokfast-EMA          μ ← g at t = 1, else αμ + (1 − α)g;   g ← g + λμ
 *   orthogonal gradient   g⊥ = g − (w·g / (w·w + 1e-30)) w;      g ← g⊥ · ‖g‖ / (‖g⊥‖ + 1e-30)
 *   adam only             g ← g + wd · w
 *   moments               m ← β₁m + (1 − β₁)g;   v ← β₂v + (1 − β₂)g²
 *   adamw only            w ← w · (1 − lr · wd)
 *   update                w ← w − lr · m̂ / (√v̂ + ε);   m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 * </pre>
 *
 * Grokfast: Lee et al. (2024); orthogonal gradient: Prieto et al. (2025); Adam: Kingma and Ba
 * (2015); decoupled decay: Loshchilov and Hutter (2019). lr is the learning rate after warm-up.
 */
record ReferenceOptimizer(OptimizerConfig config) {
  private static final double TINY = 1e-30;

  /**
   * Updates one tensor; all arrays are as long as the tensor and change in place.
   *
   * @param step counted from 1
   * @param g the gradient; afterwards the filtered one
   * @param mu Grokfast's average, present exactly if the configuration has it
   */
  void update(long step, double[] w, double[] g, double[] m, double[] v, Optional<double[]> mu) {
    if (mu.isPresent()) {
      amplifySlowGradients(config.grokfastEma().orElseThrow(), step, g, mu.get());
    }
    if (config.orthogonalGradient()) {
      removeComponentAlong(w, g);
    }
    double learningRate = config.learningRateAt(step);
    switch (config.kind()) {
      case ADAM -> {
        for (int i = 0; i < w.length; i++) {
          g[i] += config.weightDecay() * w[i];
        }
        adam(step, learningRate, w, g, m, v);
      }
      case ADAMW -> {
        for (int i = 0; i < w.length; i++) {
          w[i] *= 1 - learningRate * config.weightDecay();
        }
        adam(step, learningRate, w, g, m, v);
      }
    }
  }

  private void adam(
      long step, double learningRate, double[] w, double[] g, double[] m, double[] v) {
    double beta1 = config.beta1();
    double beta2 = config.beta2();
    double correction1 = 1 - StrictMath.pow(beta1, (double) step);
    double correction2 = 1 - StrictMath.pow(beta2, (double) step);
    for (int i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      double unbiasedM = m[i] / correction1;
      double unbiasedV = v[i] / correction2;
      w[i] -= learningRate * unbiasedM / (Math.sqrt(unbiasedV) + config.epsilon());
    }
  }

  static void amplifySlowGradients(
      OptimizerConfig.GrokfastEma filter, long step, double[] g, double[] mu) {
    for (int i = 0; i < g.length; i++) {
      mu[i] = step == 1 ? g[i] : filter.alpha() * mu[i] + (1 - filter.alpha()) * g[i];
      g[i] += filter.lambda() * mu[i];
    }
  }

  static void removeComponentAlong(double[] w, double[] g) {
    double norm = Math.sqrt(dot(g, g));
    double along = dot(w, g) / (dot(w, w) + TINY);
    for (int i = 0; i < g.length; i++) {
      g[i] -= along * w[i];
    }
    double scale = norm / (Math.sqrt(dot(g, g)) + TINY);
    for (int i = 0; i < g.length; i++) {
      g[i] *= scale;
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
