package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products on strided arrays: C = A · B, fp32.
 *
 * <p>A register tile is 4 or 8 rows by two vectors: for each k two loads of B, a broadcast of A per
 * row and twice as many fused multiply-adds. With 16 vector registers 4 rows are the most that
 * leaves none to be spilled (8 accumulators, which just hide the latency of the two units); with
 * the 32 of AVX-512 8 rows fit. No unrolling over k: it spills as well. Nor may a tile do more than
 * store at its end: with the additions to C in the same method the compiler gives up keeping
 * accumulators in registers, so sums that have to be added go through a scratch tile.
 *
 * <p>Each element of C is a chain of fused multiply-adds over k, cut into blocks whose sums are
 * added in order; neither the tile nor the vector length shows in the result.
 */
final class Gemm {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Columns of a register tile. */
  static final int TILE_COLUMNS = 2 * SPECIES.length();

  /** Rows of the larger register tile, where the registers suffice for it. */
  private static final int TILE_ROWS = SPECIES.vectorBitSize() == 512 ? 8 : 4;

  /** Length of the scratch tile. */
  static final int SCRATCH = 8 * TILE_COLUMNS;

  private static final int LANES = SPECIES.length();

  private Gemm() {}

  /**
   * C = A · B, or C += A · B, for row-major B and C. Columns are computed up to the next multiple
   * of {@link #TILE_COLUMNS}; B and C have room for them.
   *
   * @param aRowStep from one row of A to the next, in elements
   * @param aStep from one k to the next within a row of A: 1, or the row length to read Aᵀ
   * @param kBlock sums of that many products are added to C one after the other; part of the
   *     definition of the result
   * @param accumulate whether to add to C
   * @param scratch at least {@link #SCRATCH} long
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
      boolean accumulate,
      float[] scratch) {
    for (int k = 0; k < depth; k += kBlock) {
      int count = Math.min(kBlock, depth - k);
      boolean add = accumulate || k > 0;
      for (int column = 0; column < columns; column += TILE_COLUMNS) {
        int bAt = bOffset + k * bRowStep + column;
        int tileRows;
        for (int row = 0; row < rows; row += tileRows) {
          tileRows = row + TILE_ROWS <= rows ? TILE_ROWS : Math.min(4, rows - row);
          int aAt = aOffset + row * aRowStep + k * aStep;
          int cAt = cOffset + row * cRowStep + column;
          float[] out = add ? scratch : c;
          int outAt = add ? 0 : cAt;
          int outStep = add ? TILE_COLUMNS : cRowStep;
          if (tileRows == 8) {
            tile8(a, aAt, aRowStep, aStep, b, bAt, bRowStep, out, outAt, outStep, count);
          } else {
            tile4(a, aAt, aRowStep, aStep, b, bAt, bRowStep, out, outAt, outStep, tileRows, count);
          }
          if (add) {
            addTile(scratch, c, cAt, cRowStep, tileRows);
          }
        }
      }
    }
  }

  private static void addTile(float[] scratch, float[] c, int cAt, int cRowStep, int rows) {
    for (int row = 0; row < rows; row++) {
      int at = cAt + row * cRowStep;
      for (int i = 0; i < TILE_COLUMNS; i += LANES) {
        FloatVector.fromArray(SPECIES, c, at + i)
            .add(FloatVector.fromArray(SPECIES, scratch, row * TILE_COLUMNS + i))
            .intoArray(c, at + i);
      }
    }
  }

  private static void tile4(
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
      int depth) {
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
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    if (rows > 1) {
      c10.intoArray(c, cOffset + cRowStep);
      c11.intoArray(c, cOffset + cRowStep + LANES);
    }
    if (rows > 2) {
      c20.intoArray(c, cOffset + 2 * cRowStep);
      c21.intoArray(c, cOffset + 2 * cRowStep + LANES);
    }
    if (rows > 3) {
      c30.intoArray(c, cOffset + 3 * cRowStep);
      c31.intoArray(c, cOffset + 3 * cRowStep + LANES);
    }
  }

  private static void tile8(
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
      int depth) {
    int a1 = aOffset + aRowStep;
    int a2 = aOffset + 2 * aRowStep;
    int a3 = aOffset + 3 * aRowStep;
    int a4 = aOffset + 4 * aRowStep;
    int a5 = aOffset + 5 * aRowStep;
    int a6 = aOffset + 6 * aRowStep;
    int a7 = aOffset + 7 * aRowStep;
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c40 = c00;
    FloatVector c41 = c00;
    FloatVector c50 = c00;
    FloatVector c51 = c00;
    FloatVector c60 = c00;
    FloatVector c61 = c00;
    FloatVector c70 = c00;
    FloatVector c71 = c00;
    int bAt = bOffset;
    int aAt = 0;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bAt + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[aOffset + aAt]);
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
      x = FloatVector.broadcast(SPECIES, a[a4 + aAt]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(SPECIES, a[a5 + aAt]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      x = FloatVector.broadcast(SPECIES, a[a6 + aAt]);
      c60 = x.fma(b0, c60);
      c61 = x.fma(b1, c61);
      x = FloatVector.broadcast(SPECIES, a[a7 + aAt]);
      c70 = x.fma(b0, c70);
      c71 = x.fma(b1, c71);
      bAt += bRowStep;
      aAt += aStep;
    }
    c00.intoArray(c, cOffset);
    c01.intoArray(c, cOffset + LANES);
    c10.intoArray(c, cOffset + cRowStep);
    c11.intoArray(c, cOffset + cRowStep + LANES);
    c20.intoArray(c, cOffset + 2 * cRowStep);
    c21.intoArray(c, cOffset + 2 * cRowStep + LANES);
    c30.intoArray(c, cOffset + 3 * cRowStep);
    c31.intoArray(c, cOffset + 3 * cRowStep + LANES);
    c40.intoArray(c, cOffset + 4 * cRowStep);
    c41.intoArray(c, cOffset + 4 * cRowStep + LANES);
    c50.intoArray(c, cOffset + 5 * cRowStep);
    c51.intoArray(c, cOffset + 5 * cRowStep + LANES);
    c60.intoArray(c, cOffset + 6 * cRowStep);
    c61.intoArray(c, cOffset + 6 * cRowStep + LANES);
    c70.intoArray(c, cOffset + 7 * cRowStep);
    c71.intoArray(c, cOffset + 7 * cRowStep + LANES);
  }
}
