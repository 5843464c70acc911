package longrun.config;

/**
 * Binary operations over the integers modulo p; the constants in lower case are the YAML values.
 */
public enum ModularOperation {
  /** a + b. */
  ADD,
  /** a − b. */
  SUBTRACT,
  /** a · b. */
  MULTIPLY,
  /** a / b for b ≠ 0, p prime. */
  DIVIDE,
  /** a² + b. */
  X2_PLUS_Y,
  /** a³ + b. */
  X3_PLUS_Y,
  /** a² + b². */
  X2_PLUS_Y2,
  /** a² + ab + b². */
  X2_PLUS_XY_PLUS_Y2,
  /** a² + ab + b² + a. */
  X2_PLUS_XY_PLUS_Y2_PLUS_X,
  /** a³ + ab. */
  X3_PLUS_XY,
  /** a³ + ab² + b. */
  X3_PLUS_XY2_PLUS_Y,
  /** a / b where b is odd, else a − b; p prime. */
  DIVIDE_OR_SUBTRACT,
  /** a + b where a is even, else a · b. */
  ADD_OR_MULTIPLY,
  /** a + b where a is even, else a − b. */
  ADD_OR_SUBTRACT
}
