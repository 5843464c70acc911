package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import longrun.bench.Flops;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatMulBenchmarkTest {
  /** More than one block of a weight's rows and of its columns, and parts of both. */
  @ParameterizedTest
  @ValueSource(strings = {"64x114x128", "T 128x114x300", "T 200x300x130"})
  void theWholeProductIsComputed(String shape) {
    MatMulBenchmark benchmark = new MatMulBenchmark();
    benchmark.shape = shape;
    benchmark.prepare();
    Flops flops = new Flops();
    float[] computed = benchmark.multiply(flops);

    boolean transposed = shape.startsWith("T ");
    String[] extents = shape.replace("T ", "").split("x", -1);
    int rows = Integer.parseInt(extents[0]);
    int columns = Integer.parseInt(extents[1]);
    int depth = Integer.parseInt(extents[2]);
    int leftLength = Padding.rowLength(transposed ? rows : depth);
    int rightLength = Padding.rowLength(columns);
    Random random = new Random(1);
    float[] left = values(leftLength * (transposed ? depth : rows), random);
    float[] right = values(rightLength * depth, random);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double sum = 0;
        for (int k = 0; k < depth; k++) {
          sum +=
              (double) left[transposed ? k * leftLength + row : row * leftLength + k]
                  * right[k * rightLength + column];
        }
        assertEquals(sum, computed[row * rightLength + column], 1e-4, row + ", " + column);
      }
    }
    assertEquals(2L * rows * columns * depth, flops.flops);
  }

  private static float[] values(int length, Random random) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
