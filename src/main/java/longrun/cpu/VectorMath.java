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

  private VectorMath() {}

  /**
   * Sum of the eight lanes, always by the same tree.
   *
   * @param scratch at least {@link #LANES} long; overwritten
   */
  static float sum(FloatVector v, float[] scratch) {
    v.intoArray(scratch, 0);
    return sum(scratch, 0);
  }

  /** Sum of eight lanes that were stored, by that tree. */
  static float sum(float[] lanes, int at) {
    float even = (lanes[at] + lanes[at + 4]) + (lanes[at + 2] + lanes[at + 6]);
    float odd = (lanes[at + 1] + lanes[at + 5]) + (lanes[at + 3] + lanes[at + 7]);
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

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
