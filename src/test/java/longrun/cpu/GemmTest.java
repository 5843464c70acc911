package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Matrix products over awkward shapes against the same chain of fused multiply-adds in scalars. */
class GemmTest {
  private static final int[] EXTENTS = {1, 3, 4, 31, 33, 64, 97};

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void everyElementIsTheSameChainOfFusedMultiplyAdds(boolean transposedA, boolean accumulate) {
    Random random = new Random(1);
    for (int rows : EXTENTS) {
      for (int columns : EXTENTS) {
        for (int depth : EXTENTS) {
          check(rows, columns, depth, 32, transposedA, accumulate, random);
        }
      }
    }
  }

  private static void check(
      int rows,
      int columns,
      int depth,
      int kBlock,
      boolean transposedA,
      boolean accumulate,
      Random random) {
    int aLength = Padding.rowLength(transposedA ? rows : depth);
    int bLength = Padding.rowLength(columns);
    float[] a = filled((transposedA ? depth : rows) * aLength, random);
    float[] b = filled(depth * bLength, random);
    float[] c = filled(rows * bLength + 7, random);
    float[] before = c.clone();
    int rowStep = transposedA ? 1 : aLength;
    int kStep = transposedA ? aLength : 1;
    Gemm.multiply(
        a,
        0,
        rowStep,
        kStep,
        b,
        0,
        bLength,
        c,
        3,
        bLength,
        rows,
        columns,
        depth,
        kBlock,
        accumulate,
        new float[Gemm.SCRATCH]);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        float expected = accumulate ? before[3 + i * bLength + j] : 0;
        for (int k = 0; k < depth; k += kBlock) {
          float block = 0;
          for (int l = k; l < Math.min(k + kBlock, depth); l++) {
            block = Math.fma(a[i * rowStep + l * kStep], b[l * bLength + j], block);
          }
          expected = k == 0 && !accumulate ? block : expected + block;
        }
        assertEquals(
            Float.floatToRawIntBits(expected),
            Float.floatToRawIntBits(c[3 + i * bLength + j]),
            "rows=" + rows + " columns=" + columns + " depth=" + depth + " at " + i + "," + j);
      }
    }
    assertTrue(
        Arrays.equals(before, 0, 3, c, 0, 3), "elements before the first row must not change");
    int end = 3 + (rows - 1) * bLength + Padding.roundUp(columns, Gemm.TILE_COLUMNS);
    assertTrue(
        Arrays.equals(before, end, c.length, c, end, c.length),
        "elements behind the last tile must not change");
  }

  private static float[] filled(int length, Random random) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
