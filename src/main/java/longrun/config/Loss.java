package longrun.config;

/** Training objective, averaged over the examples. */
public enum Loss {
  CROSS_ENTROPY,
  /** Squared error against one-hot targets, averaged over examples and classes. */
  MSE,
  /**
   * Cross entropy with s(z) = z + 1 for z ≥ 0, else 1/(1 − z), in place of exp (Prieto et al.
   * 2025).
   */
  STABLEMAX
}
