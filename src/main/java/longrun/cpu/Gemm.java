package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products on strided arrays: C = A · B, fp32.
 *
 * <p>A register tile is 4 rows by two vectors: eight accumulators, two loads of B and four broadcasts
 * of A for each k. Larger tiles or unrolling over k spill registers. Each element of C is a chain of
 * fused multiply-adds over k, cut into blocks whose sums are added in order; neither the tile nor the
 * vector length shows in the result.
 */
final class Gemm {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Columns of a register tile. */
  static final int TILE_COLUMNS = 2 * SPECIES.length();

  private static final int TILE_ROWS = 4;
  private static final int LANES = SPECIES.length();

  private Gemm() {}

  /**
   * C = A · B, or C += A · B, for row-major B and C. Columns are computed up to the next multiple of {@link
   * #TILE_COLUMNS}; B and C have room for them.
   *
   * @param aRowStep from one row of A to the next, in elements
   * @param aStep from one k to the next within a row of A: 1, or the row length to read Aᵀ
   * @param kBlock sums of that many products are added to C one after the other; part of the
   *     definition of the result
   * @param accumulate whether to add to C
   */
  static void multiply(
      float[] a,
      int aOffset,
      int aRowStep,
      int aStep,
      float[] b,
      int bOffset,
      int bRowStep,
      float[] c,
      int cOffset,
      int cRowStep,
      int rows,
      int columns,
      int depth,
      int kBlock,
      boolean accumulate) {
    for (int k = 0; k < depth; k += kBlock) {
      int count = Math.min(kBlock, depth - k);
      for (int column = 0; column < columns; column += TILE_COLUMNS) {
        int bAt = bOffset + k * bRowStep + column;
        for (int row = 0; row < rows; row += TILE_ROWS) {
          tile(
              a,
              aOffset + row * aRowStep + k * aStep,
              aRowStep,
              aStep,
              b,
              bAt,
              bRowStep,
              c,
              cOffset + row * cRowStep + column,
              cRowStep,
              Math.min(TILE_ROWS, rows - row),
              count,
              accumulate || k > 0);
        }
      }
    }
  }

  private static void tile(
      float[] a,
      int aOffset,
      int aRowStep,
      int aStep,
      float[] b,
      int bOffset,
      int bRowStep,
      float[] c,
      int cOffset,
      int cRowStep,
      int rows,
      int depth,
      boolean add) {
    // Rows past the end repeat the last one and are not stored.
    int a0 = aOffset;
    int a1 = aOffset + Math.min(1, rows - 1) * aRowStep;
    int a2 = aOffset + Math.min(2, rows - 1) * aRowStep;
    int a3 = aOffset + Math.min(3, rows - 1) * aRowStep;
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    int bAt = bOffset;
    int aAt = 0;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bAt + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + aAt]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, a[a1 + aAt]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, a[a2 + aAt]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, a[a3 + aAt]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      bAt += bRowStep;
      aAt += aStep;
    }
    store(c, cOffset, c00, c01, add);
    if (rows > 1) {
      store(c, cOffset + cRowStep, c10, c11, add);
    }
    if (rows > 2) {
      store(c, cOffset + 2 * cRowStep, c20, c21, add);
    }
    if (rows > 3) {
      store(c, cOffset + 3 * cRowStep, c30, c31, add);
    }
  }

  private static void store(float[] c, int at, FloatVector v0, FloatVector v1, boolean add) {
    if (add) {
      v0 = FloatVector.fromArray(SPECIES, c, at).add(v0);
      v1 = FloatVector.fromArray(SPECIES, c, at + LANES).add(v1);
    }
    v0.intoArray(c, at);
    v1.intoArray(c, at + LANES);
  }
}
