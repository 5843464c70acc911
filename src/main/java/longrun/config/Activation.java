package longrun.config;

/** Elementwise non-linearity. */
public enum Activation {
  /** max(0, x); its derivative at 0 is 0. */
  RELU,
  /** x · Φ(x), exact (erf). */
  GELU,
  /** x². */
  SQUARE
}
