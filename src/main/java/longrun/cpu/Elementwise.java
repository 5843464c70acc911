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

  /** Columns that {@link #addRows} adds at a time; every row has room for whole stripes of them. */
  static final int STRIPE = 4 * LANES;

  /**
   * Adds one stripe of columns of all rows that read {@code row} to y, in ascending order, with the
   * sums in registers.
   */
  static void addRows(float[] y, int yAt, ReaderLists lists, int row, RowSpan rows, int column) {
    float[] x = rows.array();
    FloatVector s0 = FloatVector.fromArray(VectorMath.SPECIES, y, yAt);
    FloatVector s1 = FloatVector.fromArray(VectorMath.SPECIES, y, yAt + LANES);
    FloatVector s2 = FloatVector.fromArray(VectorMath.SPECIES, y, yAt + 2 * LANES);
    FloatVector s3 = FloatVector.fromArray(VectorMath.SPECIES, y, yAt + 3 * LANES);
    for (int i = lists.start(row); i < lists.end(row); i++) {
      int at = rows.at(lists.reader(i)) + column;
      s0 = s0.add(FloatVector.fromArray(VectorMath.SPECIES, x, at));
      s1 = s1.add(FloatVector.fromArray(VectorMath.SPECIES, x, at + LANES));
      s2 = s2.add(FloatVector.fromArray(VectorMath.SPECIES, x, at + 2 * LANES));
      s3 = s3.add(FloatVector.fromArray(VectorMath.SPECIES, x, at + 3 * LANES));
    }
    s0.intoArray(y, yAt);
    s1.intoArray(y, yAt + LANES);
    s2.intoArray(y, yAt + 2 * LANES);
    s3.intoArray(y, yAt + 3 * LANES);
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
  static void activate(
      Activation activation, float[] y, int yAt, float[] x, int xAt, int width, float[] scratch) {
    switch (activation) {
      case RELU -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i).max(0f).intoArray(y, yAt + i);
        }
      }
      case GELU -> Gelu.activate(y, yAt, x, xAt, width, scratch);
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
      Activation activation,
      float[] g,
      int gAt,
      float[] saved,
      int savedAt,
      int width,
      float[] scratch) {
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
      case GELU -> Gelu.differentiate(g, gAt, saved, savedAt, width, scratch);
      case SQUARE -> {
        for (int i = 0; i < width; i += LANES) {
          FloatVector x = FloatVector.fromArray(VectorMath.SPECIES, saved, savedAt + i);
          FloatVector.fromArray(VectorMath.SPECIES, g, gAt + i).mul(x.add(x)).intoArray(g, gAt + i);
        }
      }
    }
  }
}
