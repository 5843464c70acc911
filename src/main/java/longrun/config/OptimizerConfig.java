package longrun.config;

import java.util.Optional;

/**
 * Section {@code optimizer}. The order within a step: Grokfast filter, orthogonal gradient, coupled
 * weight decay (adam), moments, decoupled weight decay (adamw), update.
 */
public record OptimizerConfig(
    OptimizerKind kind,
    double learningRate,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    int warmupSteps,
    Optional<GrokfastEma> grokfastEma,
    boolean orthogonalGradient) {

  /**
   * Grokfast-EMA (Lee et al. 2024): μ ← αμ + (1−α)g, at the first step μ = g; g ← g + λμ.
   *
   * @param alpha α, in [0, 1)
   * @param lambda λ, at least 0
   */
  public record GrokfastEma(double alpha, double lambda) {}

  /** Learning rate of a step counted from 1: linear warm-up, then constant. */
  public double learningRateAt(long step) {
    return warmupSteps == 0
        ? learningRate
        : learningRate * Math.min(1.0, (double) step / warmupSteps);
  }
}
