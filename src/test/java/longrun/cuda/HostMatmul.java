package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@link CublasMatmul} does, computed on the host: in double, k descending, tf32 by cutting
 * off. So it agrees with no kernel's bits.
 */
public final class HostMatmul {
  private HostMatmul() {}

  /** Multiplies matrices that lie on the device, whatever is on the stream being done first. */
  public static void multiply(
      CudaContext context,
      CudaStream stream,
      boolean tf32,
      long a,
      long b,
      long c,
      CublasMatmul.Shape shape) {
    stream.synchronize();
    context.makeCurrent();
    for (int batch = 0; batch < shape.batches(); batch++) {
      float[][] first =
          read(a + 4L * batch * shape.aBatchStride(), shape.rows(), shape.depth(), shape.aStride());
      float[][] second =
          read(
              b + 4L * batch * shape.bBatchStride(),
              shape.depth(),
              shape.columns(),
              shape.bStride());
      for (int row = 0; row < shape.rows(); row++) {
        float[] product = new float[shape.columns()];
        for (int column = 0; column < shape.columns(); column++) {
          double sum = 0;
          for (int k = shape.depth() - 1; k >= 0; k--) {
            sum += (double) rounded(first[row][k], tf32) * rounded(second[k][column], tf32);
          }
          product[column] = (float) sum;
        }
        write(c + 4L * (batch * shape.cBatchStride() + (long) row * shape.cStride()), product);
      }
    }
  }

  private static float rounded(float x, boolean tf32) {
    return tf32 ? Float.intBitsToFloat(Float.floatToRawIntBits(x) & ~0x1fff) : x;
  }

  private static float[][] read(long address, int rows, int columns, int stride) {
    float[][] matrix = new float[rows][columns];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, columns);
      for (int i = 0; i < rows; i++) {
        Driver.download(row.address(), address + 4L * i * stride, 4L * columns);
        MemorySegment.copy(row, ValueLayout.JAVA_FLOAT, 0, matrix[i], 0, columns);
      }
    }
    return matrix;
  }

  private static void write(long address, float[] values) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      Driver.upload(address, segment.address(), 4L * values.length);
    }
  }
}
