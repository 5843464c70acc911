package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.config.Activation;

/** Passes over a row: bias, residual, activation and its derivative. */
final class Elementwise {
  private static final int LANES = VectorMath.LANES;

  private Elementwise() {}

  /** y += x. */
  static void add(float[] y, int yAt, float[] x, int xAt, int width) {
    for (int i = 0; i < width; i += LANES) {
      FloatVector.fromArray(VectorMath.SPECIES, y, yAt + i)
          .add(FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i))
          .intoArray(y, yAt + i);
    }
  }

  /** y += scale · x. */
  static void addScaled(float[] y, int yAt, float scale, float[] x, int xAt, int width) {
    FloatVector factor = FloatVector.broadcast(VectorMath.SPECIES, scale);
    for (int i = 0; i < width; i += LANES) {
      FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i)
          .fma(factor, FloatVector.fromArray(VectorMath.SPECIES, y, yAt + i))
          .intoArray(y, yAt + i);
    }
  }

  /** y = activation(x); y and x may be the same row. */
  static void activate(Activation activation, float[] y, int yAt, float[] x, int xAt, int width) {
    switch (activation) {
      case RELU -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i).max(0f).intoArray(y, yAt + i);
        }
      }
      case GELU -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i);
          v.mul(VectorMath.normalCdf(v)).intoArray(y, yAt + i);
        }
      }
      case SQUARE -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i);
          v.mul(v).intoArray(y, yAt + i);
        }
      }
    }
  }

  /**
   * g *= activation'(argument).
   *
   * @param saved the activation's output for ReLU, its argument otherwise
   */
  static void differentiate(
      Activation activation, float[] g, int gAt, float[] saved, int savedAt, int width) {
    switch (activation) {
      case RELU -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, saved, savedAt + i);
          FloatVector.zero(VectorMath.SPECIES)
              .blend(
                  FloatVector.fromArray(VectorMath.SPECIES, g, gAt + i),
                  v.compare(jdk.incubator.vector.VectorOperators.GT, 0f))
              .intoArray(g, gAt + i);
        }
      }
      case GELU -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector x = FloatVector.fromArray(VectorMath.SPECIES, saved, savedAt + i);
          FloatVector slope = x.fma(VectorMath.normalDensity(x), VectorMath.normalCdf(x));
          FloatVector.fromArray(VectorMath.SPECIES, g, gAt + i).mul(slope).intoArray(g, gAt + i);
        }
      }
      case SQUARE -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector x = FloatVector.fromArray(VectorMath.SPECIES, saved, savedAt + i);
          FloatVector.fromArray(VectorMath.SPECIES, g, gAt + i).mul(x.add(x)).intoArray(g, gAt + i);
        }
      }
    }
  }
}
