package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * GELU, x·Φ(x) with Φ(x) = ½(1 + erf(x/√2)), over rows.
 *
 * <p>erf to an absolute error below 2e-7 by two Chebyshev interpolants of it, written as
 * polynomials: of erf(x)/x in x² for |x| ≤ 1 (degree 6), of erf in (|x| − 2.5)/1.5 for 1 < |x| ≤ 4
 * (degree 13); beyond 4 erf is ±1 to the last place.
 *
 * <p>In passes over pieces of a row, and the polynomials without loops: in one method, or as loops
 * over coefficients, this is more than the compiler inlines, and vectors then go through the heap.
 */
final class Gelu {
  /** Columns of a piece; a worker's scratch array is at least as long. */
  static final int PIECE = 128;

  private static final float ONE_OVER_SQRT_2 = (float) Math.sqrt(0.5);
  private static final float ONE_OVER_SQRT_2PI = (float) (1 / Math.sqrt(2 * Math.PI));

  private Gelu() {}

  /** y = x·Φ(x); y and x may be the same row. */
  static void activate(float[] y, int yAt, float[] x, int xAt, int width, float[] scratch) {
    for (int from = 0; from < width; from += PIECE) {
      int piece = Math.min(PIECE, width - from);
      normalCdf(x, xAt + from, piece, scratch);
      for (int i = 0; i < piece; i += VectorMath.LANES) {
        FloatVector.fromArray(VectorMath.SPECIES, x, xAt + from + i)
            .mul(FloatVector.fromArray(VectorMath.SPECIES, scratch, i))
            .intoArray(y, yAt + from + i);
      }
    }
  }

  /** g *= Φ(x) + x·φ(x), with φ the density. */
  static void differentiate(float[] g, int gAt, float[] x, int xAt, int width, float[] scratch) {
    for (int from = 0; from < width; from += PIECE) {
      int piece = Math.min(PIECE, width - from);
      normalCdf(x, xAt + from, piece, scratch);
      addDensity(x, xAt + from, piece, scratch);
      for (int i = 0; i < piece; i += VectorMath.LANES) {
        FloatVector.fromArray(VectorMath.SPECIES, g, gAt + from + i)
            .mul(FloatVector.fromArray(VectorMath.SPECIES, scratch, i))
            .intoArray(g, gAt + from + i);
      }
    }
  }

  /** out[i] = Φ(x[i]). */
  static void normalCdf(float[] x, int xAt, int count, float[] out) {
    for (int i = 0; i < count; i += VectorMath.LANES) {
      FloatVector scaled =
          FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i).mul(ONE_OVER_SQRT_2);
      erfNear(scaled).intoArray(out, i);
    }
    for (int i = 0; i < count; i += VectorMath.LANES) {
      FloatVector scaled =
          FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i).mul(ONE_OVER_SQRT_2);
      FloatVector magnitude = scaled.abs();
      FloatVector far = erfFar(magnitude.min(4f).sub(2.5f).mul(1f / 1.5f));
      far = far.blend(far.neg(), scaled.lt(0f));
      FloatVector.fromArray(VectorMath.SPECIES, out, i)
          .blend(far, magnitude.compare(VectorOperators.GT, 1f))
          .add(1f)
          .mul(0.5f)
          .intoArray(out, i);
    }
  }

  /** out[i] += x[i]·φ(x[i]). */
  private static void addDensity(float[] x, int xAt, int count, float[] out) {
    for (int i = 0; i < count; i += VectorMath.LANES) {
      FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i);
      VectorMath.exp(v.mul(v).mul(-0.5f))
          .mul(ONE_OVER_SQRT_2PI)
          .fma(v, FloatVector.fromArray(VectorMath.SPECIES, out, i))
          .intoArray(out, i);
    }
  }

  private static FloatVector erfNear(FloatVector x) {
    FloatVector squared = x.mul(x);
    FloatVector p = VectorMath.broadcast(7.875875e-05f);
    p = p.fma(squared, VectorMath.broadcast(-0.00080168643f));
    p = p.fma(squared, VectorMath.broadcast(0.0051890872f));
    p = p.fma(squared, VectorMath.broadcast(-0.026854211f));
    p = p.fma(squared, VectorMath.broadcast(0.11283594f));
    p = p.fma(squared, VectorMath.broadcast(-0.37612626f));
    p = p.fma(squared, VectorMath.broadcast(1.1283791f));
    return p.mul(x);
  }

  private static FloatVector erfFar(FloatVector u) {
    FloatVector p = VectorMath.broadcast(0.00013548884f);
    p = p.fma(u, VectorMath.broadcast(-0.0011304808f));
    p = p.fma(u, VectorMath.broadcast(0.0014107142f));
    p = p.fma(u, VectorMath.broadcast(0.003427548f));
    p = p.fma(u, VectorMath.broadcast(-0.010245821f));
    p = p.fma(u, VectorMath.broadcast(0.007481913f));
    p = p.fma(u, VectorMath.broadcast(0.009479119f));
    p = p.fma(u, VectorMath.broadcast(-0.03216338f));
    p = p.fma(u, VectorMath.broadcast(0.046419013f));
    p = p.fma(u, VectorMath.broadcast(-0.043602433f));
    p = p.fma(u, VectorMath.broadcast(0.028183695f));
    p = p.fma(u, VectorMath.broadcast(-0.012255886f));
    p = p.fma(u, VectorMath.broadcast(0.0032674046f));
    p = p.fma(u, VectorMath.broadcast(0.9995931f));
    return p;
  }
}
