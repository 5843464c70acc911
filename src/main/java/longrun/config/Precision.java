package longrun.config;

/** Arithmetic of the engine's matrix products; sums are fp32 at least. */
public enum Precision {
  FP32,
  TF32,
  BF16
}
