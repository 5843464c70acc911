package longrun.sweep;

import java.util.List;
import java.util.Set;

/** What it means for cohorts that a key differs from run to run. A test goes through every key. */
enum AxisRole {
  /** Runs that differ in it share launches. */
  VALUE,
  /** It may change shapes or operations: runs that differ in it may be of different cohorts. */
  SHAPE;

  private static final Set<String> VALUES =
      Set.of(
          "task.split_seed",
          "task.label_noise",
          "model.initialization",
          "model.initialization_scale",
          "optimizer.kind",
          "optimizer.learning_rate",
          "optimizer.weight_decay",
          "optimizer.betas",
          "optimizer.epsilon",
          "optimizer.warmup_steps",
          "training.seed",
          "training.steps",
          "evaluation.every",
          "evaluation.accuracy_threshold",
          "evaluation.consecutive",
          "checkpoint.every",
          "checkpoint.keep",
          "stop.after_grokking_steps",
          "stop");

  private static final Set<String> SHAPES =
      Set.of(
          "task.kind",
          "task.operation",
          "task.modulus",
          "task.degree",
          "task.format",
          "task.train_fraction",
          "model.kind",
          "model.layers",
          "model.d_model",
          "model.heads",
          "model.d_head",
          "model.d_mlp",
          "model.hidden",
          "model.bias",
          "model.activation",
          "model.normalization",
          "model.positional",
          "model.attention_bias",
          "model.mlp_bias",
          "model.unembed_bias",
          "model.unembed_all_tokens",
          "optimizer.grokfast_ema",
          "optimizer.orthogonal_gradient",
          "training.batch_size",
          "training.loss",
          "training.precision");

  /** Values as long as all give one: without any, there is no average and no memory for it. */
  private static final Set<String> VALUES_OF_AN_OPTIONAL_SHAPE =
      Set.of("optimizer.grokfast_ema.alpha", "optimizer.grokfast_ema.lambda");

  private static final String NULL = "null";

  /**
   * The role of an axis.
   *
   * @param values in YAML
   * @throws IllegalArgumentException if nobody has decided on that key
   */
  static AxisRole of(String key, List<String> values) {
    if (VALUES.contains(key)) {
      return VALUE;
    }
    if (SHAPES.contains(key)) {
      return SHAPE;
    }
    if (VALUES_OF_AN_OPTIONAL_SHAPE.contains(key)) {
      return values.contains(NULL) ? SHAPE : VALUE;
    }
    throw new IllegalArgumentException("key=" + key + " is neither a value nor a shape");
  }
}
