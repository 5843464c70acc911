package longrun.verify;

/**
 * Sums of products as the kernels of {@code kernels/matmul} add them up, and how far they may be
 * off.
 */
final class Products {
  /** The first factor is added up in steps of so many; what is beyond the end is zero. */
  private static final int TERMS_AT_ONCE = 4;

  /** Roundings of what is fused with a sum: four additions, and an activation. */
  private static final int OTHER_ROUNDINGS = 24;

  /** Of a product whose two factors were rounded to 11 significant bits. */
  private static final double TF32_PRODUCT = 0x1p-10 + 0x1p-22;

  /** Of an addition in a tensor core, which may cut off. */
  private static final double TENSOR_CORE_UNIT = 2 * Rounding.UNIT;

  private Products() {}

  /** A factor of a sum's term. */
  interface Factor {
    float at(int term);
  }

  /**
   * A sum of products.
   *
   * @param chain in floats: fused multiply-adds from 0 on, ascending
   * @param exact in double
   * @param rounded in double, of factors rounded to tf32
   * @param magnitude of the terms' absolute values, in double
   */
  record Sum(float chain, double exact, double rounded, double magnitude) {}

  static Sum sum(int terms, Factor first, Factor second) {
    float chain = 0;
    double exact = 0;
    double rounded = 0;
    double magnitude = 0;
    for (int term = 0; term < terms; term++) {
      float a = first.at(term);
      float b = second.at(term);
      chain = Math.fma(a, b, chain);
      double product = (double) a * b;
      exact += product;
      rounded += (double) toTf32(a) * toTf32(b);
      magnitude += Math.abs(product);
    }
    if (terms % TERMS_AT_ONCE != 0) {
      chain += 0;
    }
    return new Sum(chain, exact, rounded, magnitude);
  }

  /** The nearest float with 11 significant bits, as {@code to_tf32} of kernels/common/ptx.cuh. */
  static float toTf32(float x) {
    float scaled = x * 8193;
    return scaled - (scaled - x);
  }

  /** How far a sum may be off, of the sum of its terms' magnitudes, with what is fused to it. */
  static double tolerance(int terms, boolean tf32) {
    return tf32 ? TF32_PRODUCT + additions(terms, true) : additions(terms, false);
  }

  /** The same but for the rounding of the factors. */
  static double additions(int terms, boolean tf32) {
    return (terms + OTHER_ROUNDINGS) * (tf32 ? TENSOR_CORE_UNIT : Rounding.UNIT);
  }
}
