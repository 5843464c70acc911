package longrun.config;

import java.util.List;

/** Section {@code model}. */
public sealed interface ModelConfig {
  Activation activation();

  Initialization initialization();

  /** Every initial weight and embedding is multiplied by this. */
  double initializationScale();

  /**
   * The same from the default initialisation: two models whose structures are equal differ at most
   * in what they start from, and a step of one computes what a step of the other does.
   */
  default ModelConfig structure() {
    return switch (this) {
      case Transformer t ->
          new Transformer(
              t.layers,
              t.dModel,
              t.heads,
              t.dHead,
              t.dMlp,
              t.activation,
              t.normalization,
              t.positional,
              t.attentionBias,
              t.mlpBias,
              t.unembedBias,
              t.unembedAllTokens,
              ConfigSchema.INITIALIZATION.defaultValue(),
              ConfigSchema.INITIALIZATION_SCALE.defaultValue());
      case Mlp m ->
          new Mlp(
              m.hidden,
              m.bias,
              m.activation,
              ConfigSchema.INITIALIZATION.defaultValue(),
              ConfigSchema.INITIALIZATION_SCALE.defaultValue());
    };
  }

  /**
   * A decoder-only transformer with causal attention that reads its answer at the last position.
   */
  record Transformer(
      int layers,
      int dModel,
      int heads,
      int dHead,
      int dMlp,
      Activation activation,
      Normalization normalization,
      Positional positional,
      boolean attentionBias,
      boolean mlpBias,
      boolean unembedBias,
      boolean unembedAllTokens,
      Initialization initialization,
      double initializationScale)
      implements ModelConfig {}

  /** Fully connected layers over the one-hot pair (a, b), 2n wide; logits over the n answers. */
  record Mlp(
      List<Integer> hidden,
      boolean bias,
      Activation activation,
      Initialization initialization,
      double initializationScale)
      implements ModelConfig {
    public Mlp {
      hidden = List.copyOf(hidden);
    }
  }
}
