package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both products of attention against sums in double, over heads of whole stripes and others. */
class HeadProductsTest {
  private static final int ROWS = 5;

  private final Random random = new Random(1);

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 24, 32, 40, 64, 96})
  void productsAreThoseOfTheHeadsOwnColumns(int dHead) {
    for (int heads : new int[] {1, 3, 4, 2 * HeadProducts.SCRATCH / VectorMath.LANES}) {
      // The last two need more than one turn of the scratch array, with a remainder.
      for (int length : new int[] {1, 4, 33, HeadProducts.SCRATCH / VectorMath.LANES + 1}) {
        check(heads, dHead, length);
      }
    }
  }

  private void check(int heads, int dHead, int length) {
    int width = heads * dHead;
    int step = Padding.rowLength(width);
    RowFinder[] rows = new RowFinder[length];
    int[] reads = new int[length];
    for (int position = 0; position < length; position++) {
      reads[position] = random.nextInt(ROWS);
      RowSpan span = new RowSpan(filled(ROWS * step), 0, step, 1, width);
      // Reader 1 reads through the table.
      rows[position] = new RowFinder(span, new int[] {-1, reads[position]}, new int[0]);
    }
    HeadProducts products = new HeadProducts(rows, heads, dHead);
    float[] scratch = new float[Team.SCRATCH];
    Arrays.fill(scratch, Float.NaN);

    float[] x = filled(step);
    float[] dots = filled(heads * length + 1);
    float after = dots[heads * length];
    products.dots(x, 0, 1, dots, 0, scratch);
    float[] weights = filled(heads * length);
    float[] sums = filled(step);
    products.weightedSums(weights, 0, 1, sums, 0);

    String shape = heads + " heads of " + dHead + " columns, " + length + " positions";
    assertEquals(after, dots[heads * length], shape);
    for (int head = 0; head < heads; head++) {
      double[] sum = new double[dHead];
      for (int position = 0; position < length; position++) {
        int rowAt = reads[position] * step + head * dHead;
        int pair = head * length + position;
        double dot = 0;
        for (int i = 0; i < dHead; i++) {
          dot += (double) x[head * dHead + i] * rows[position].array[rowAt + i];
          sum[i] += (double) weights[pair] * rows[position].array[rowAt + i];
        }
        assertEquals(dot, dots[pair], 1e-5, shape);
      }
      for (int i = 0; i < dHead; i++) {
        assertEquals(sum[i], sums[head * dHead + i], 1e-4, shape);
      }
    }
  }

  private float[] filled(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
