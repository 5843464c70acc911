package longrun.config;

/** Which optimizer, that is, where the weight decay goes. */
public enum OptimizerKind {
  /** Decoupled: w ← w(1 − lr·wd) before the update (Loshchilov and Hutter 2019). */
  ADAMW,
  /** Coupled: g ← g + wd·w before the moments (L2). */
  ADAM
}
