package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions and sums on eight lanes. Written out rather than taken from the Vector API's
 * {@code lanewise(EXP)}, whose bits differ between machines and between interpreter and compiler.
 */
final class VectorMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_256;

  /** Lanes of every sum over columns. */
  static final int LANES = 8;

  /** Below this, exp is taken at this: the smallest argument whose result is a normal float. */
  private static final float EXP_LOWEST = -87.0f;

  private static final float EXP_HIGHEST = 88.0f;
  private static final float LOG2_E = 1.442695f;
  // ln 2 in two parts; the first, 355/512, has zeros at the end, so that n·LN2_HIGH is exact.
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -0.00021219444f;
  // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits.
  private static final float ROUNDER = 12582912f;

  private static final float ONE_OVER_SQRT_2 = (float) Math.sqrt(0.5);
  private static final float ONE_OVER_SQRT_2PI = (float) (1 / Math.sqrt(2 * Math.PI));

  private static final float[] ERF_NEAR = {
    1.1283791f,
    -0.37612626f,
    0.11283594f,
    -0.026854211f,
    0.0051890872f,
    -0.00080168643f,
    7.875875e-05f
  };

  private static final float[] ERF_FAR = {
    0.9995931f,
    0.0032674046f,
    -0.012255886f,
    0.028183695f,
    -0.043602433f,
    0.046419013f,
    -0.03216338f,
    0.009479119f,
    0.007481913f,
    -0.010245821f,
    0.003427548f,
    0.0014107142f,
    -0.0011304808f,
    0.00013548884f
  };

  private VectorMath() {}

  /**
   * Sum of the eight lanes, always by the same tree.
   *
   * @param scratch at least {@link #LANES} long; overwritten
   */
  static float sum(FloatVector v, float[] scratch) {
    v.intoArray(scratch, 0);
    float even = (scratch[0] + scratch[4]) + (scratch[2] + scratch[6]);
    float odd = (scratch[1] + scratch[5]) + (scratch[3] + scratch[7]);
    return even + odd;
  }

  /**
   * e^x to within 2 units in the last place for x in [−87, 88], clamped outside; NaN stays NaN.
   * With n = round(x/ln 2) and r = x − n ln 2: 2ⁿ times the Taylor polynomial of degree 7 of e^r,
   * |r| ≤ ln(2)/2, whose remainder is below 6e-9.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(EXP_LOWEST).min(EXP_HIGHEST);
    FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDER));
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(broadcast(-LN2_HIGH), clamped);
    r = n.fma(broadcast(-LN2_LOW), r);
    FloatVector p = broadcast(1f / 5040f);
    p = p.fma(r, broadcast(1f / 720f));
    p = p.fma(r, broadcast(1f / 120f));
    p = p.fma(r, broadcast(1f / 24f));
    p = p.fma(r, broadcast(1f / 6f));
    p = p.fma(r, broadcast(0.5f));
    p = p.fma(r, broadcast(1f));
    p = p.fma(r, broadcast(1f));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }

  /** The same for a single number, bit for bit. */
  static float exp(float x) {
    float clamped = Math.min(Math.max(x, EXP_LOWEST), EXP_HIGHEST);
    float shifted = Math.fma(clamped, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_HIGH, clamped);
    r = Math.fma(n, -LN2_LOW, r);
    float p = 1f / 5040f;
    p = Math.fma(p, r, 1f / 720f);
    p = Math.fma(p, r, 1f / 120f);
    p = Math.fma(p, r, 1f / 24f);
    p = Math.fma(p, r, 1f / 6f);
    p = Math.fma(p, r, 0.5f);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
  }

  /** Φ(x) = ½(1 + erf(x/√2)), the standard normal distribution function. */
  static FloatVector normalCdf(FloatVector x) {
    return erf(x.mul(ONE_OVER_SQRT_2)).add(1f).mul(0.5f);
  }

  /** φ(x), the standard normal density. */
  static FloatVector normalDensity(FloatVector x) {
    return exp(x.mul(x).mul(-0.5f)).mul(ONE_OVER_SQRT_2PI);
  }

  /**
   * erf(x), absolute error below 2e-7. Two Chebyshev interpolants of erf, written as polynomials:
   * of erf(x)/x in x² for |x| ≤ 1 (degree 6), of erf in (|x| − 2.5)/1.5 for 1 < |x| ≤ 4 (degree
   * 13); beyond 4 erf is ±1 to the last place.
   */
  static FloatVector erf(FloatVector x) {
    FloatVector squared = x.mul(x);
    FloatVector near = polynomial(ERF_NEAR, squared).mul(x);
    FloatVector magnitude = x.abs();
    FloatVector u = magnitude.min(4f).sub(2.5f).mul(1f / 1.5f);
    FloatVector far = polynomial(ERF_FAR, u);
    far = far.blend(far.neg(), x.lt(0f));
    return near.blend(far, magnitude.compare(VectorOperators.GT, 1f));
  }

  private static FloatVector polynomial(float[] coefficients, FloatVector x) {
    FloatVector p = broadcast(coefficients[coefficients.length - 1]);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      p = p.fma(x, broadcast(coefficients[i]));
    }
    return p;
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
