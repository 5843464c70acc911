package longrun.config;

/** Distribution of the initial parameters. */
public enum Initialization {
  /** Weights N(0, 1/fan_in), embeddings N(0, 1/d_model), biases 0. */
  NORMAL_FAN_IN,
  /**
   * Weights and embeddings N(0, 1/d_model), W_U N(0, 1/vocabulary), biases 0: what Nanda et al.
   * (2023) used. It differs from {@link #NORMAL_FAN_IN} in W_O, W_out and W_U.
   */
  NORMAL_D_MODEL,
  /** PyTorch's defaults: weights and biases U(±1/√fan_in), embeddings N(0, 1). */
  UNIFORM_FAN_IN
}
