package longrun.plan;

import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;

/**
 * FLOPs of forward and backward as a program without a planner computes them: every position of
 * every example through every operation (see {@link Ledger}).
 */
final class NaiveFlops {
  private final Cohort cohort;
  private final long outputs;
  private long flops;

  private NaiveFlops(Cohort cohort) {
    this.cohort = cohort;
    this.outputs = cohort.model().outputs();
  }

  static long of(Cohort cohort) {
    NaiveFlops naive = new NaiveFlops(cohort);
    switch (cohort.model().config()) {
      case ModelConfig.Transformer config -> naive.transformer(config);
      case ModelConfig.Mlp config -> naive.mlp(config);
    }
    return naive.flops;
  }

  private void transformer(ModelConfig.Transformer config) {
    long positions = cohort.dataset().context();
    long rows = cohort.batchExamples() * positions;
    long d = config.dModel();
    long heads = (long) config.heads() * config.dHead();
    boolean embedsPositions = config.positional() != Positional.NONE;
    boolean learnsPositions = config.positional() == Positional.LEARNED;
    // Token and position are added; each learned table's gradient sums over all rows.
    flops += rows * d * ((embedsPositions ? 1 : 0) + 1 + (learnsPositions ? 1 : 0));
    for (int layer = 0; layer < config.layers(); layer++) {
      for (int projection = 0; projection < 3; projection++) {
        linear(rows, d, heads, config.attentionBias());
      }
      flops += Flops.attention(rows, config.heads(), config.dHead(), positions);
      flops += Flops.attentionGradient(rows, config.heads(), config.dHead(), positions);
      flops += Flops.keyGradient(rows * positions, config.heads(), config.dHead());
      linear(rows, heads, d, config.attentionBias());
      linear(rows, d, config.dMlp(), config.mlpBias());
      activation(rows, config.dMlp());
      linear(rows, config.dMlp(), d, config.mlpBias());
      // Two residual sums forward; backward, two again, and three projections into one gradient.
      flops += rows * d * (2 + 2 + 2) * Flops.ADDITION;
      if (config.normalization() != Normalization.NONE) {
        layerNorm(rows, d);
        layerNorm(rows, d);
      }
    }
    if (config.normalization() == Normalization.PRE) {
      layerNorm(rows, d);
    }
    linear(rows, d, outputs, config.unembedBias());
    loss();
  }

  private void mlp(ModelConfig.Mlp config) {
    long rows = cohort.batchExamples();
    long in = 2L * cohort.dataset().operandCount();
    for (int width : config.hidden()) {
      linear(rows, in, width, config.bias());
      activation(rows, width);
      in = width;
    }
    linear(rows, in, outputs, config.bias());
    // Nobody asks for the gradient of the one-hot input.
    flops -= Flops.matMul(rows, 2L * cohort.dataset().operandCount(), firstWidth(config));
    loss();
  }

  private long firstWidth(ModelConfig.Mlp config) {
    return config.hidden().isEmpty() ? outputs : config.hidden().getFirst();
  }

  /** Forward, gradient of the input, gradient of the weight. */
  private void linear(long rows, long in, long out, boolean bias) {
    flops += 3 * Flops.matMul(rows, in, out);
    flops += bias ? 2 * rows * out * Flops.ADDITION : 0;
  }

  private void activation(long rows, long width) {
    flops += rows * width * (Flops.ACTIVATION + Flops.ACTIVATION_DERIVATIVE);
  }

  private void layerNorm(long rows, long width) {
    flops +=
        rows
            * width
            * (Flops.LAYER_NORM
                + Flops.LAYER_NORM_INPUT_GRADIENT
                + Flops.LAYER_NORM_WEIGHT_GRADIENT);
  }

  private void loss() {
    flops += Flops.loss(cohort.loss(), cohort.batchExamples(), outputs);
  }
}
