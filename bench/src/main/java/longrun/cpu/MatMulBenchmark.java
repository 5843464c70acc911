package longrun.cpu;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import longrun.bench.Flops;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The matrix product on one core, on the shapes that nanda-2023 and power-2022 use: a block of rows
 * times a weight (forward and backward), and the gradient of a weight over all rows of a step.
 * Useful flops only: padding columns are computed and not counted. Compare {@code flops} (GFLOP/s)
 * with {@link longrun.bench.FmaPeakBenchmark} of the same session.
 *
 * <p>Forks and iterations as {@link longrun.bench} says.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@Threads(1)
@State(Scope.Thread)
public class MatMulBenchmark {
  /** Rows × columns × depth; {@code T} where the left operand is read down its columns. */
  @Param({
    "64x128x128",
    "64x512x128",
    "64x128x512",
    "64x114x128",
    "64x128x114",
    "T 128x512x3830",
    "T 512x128x3830",
    "T 128x114x3830",
    "T 128x512x512"
  })
  public String shape;

  private boolean transposed;
  private int rows;
  private int columns;
  private int depth;
  private int aLength;
  private int bLength;
  private float[] a;
  private float[] b;
  private float[] c;
  private final float[] scratch = new float[Gemm.SCRATCH];

  @Setup(Level.Trial)
  public void prepare() {
    transposed = shape.startsWith("T ");
    String[] extents = shape.replace("T ", "").split("x", -1);
    rows = Integer.parseInt(extents[0]);
    columns = Integer.parseInt(extents[1]);
    depth = Integer.parseInt(extents[2]);
    aLength = Padding.rowLength(transposed ? rows : depth);
    bLength = Padding.rowLength(columns);
    Random random = new Random(1);
    a = filled(aLength * (transposed ? depth : rows), random);
    b = filled(bLength * depth, random);
    c = new float[rows * bLength];
  }

  private static float[] filled(int length, Random random) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  @Benchmark
  public float[] multiply(Flops work) {
    if (transposed) {
      multiplyTransposed();
    } else {
      Gemm.multiply(
          a,
          0,
          aLength,
          1,
          b,
          0,
          bLength,
          c,
          0,
          bLength,
          rows,
          columns,
          depth,
          MatMulKernel.DEPTH_BLOCK,
          false,
          scratch);
    }
    work.flops += 2L * rows * columns * depth;
    return c;
  }

  /** In the blocks, and in the order, of the units of {@link WeightGradientKernel}. */
  private void multiplyTransposed() {
    for (int column = 0; column < columns; column += WeightGradientKernel.COLUMN_BLOCK) {
      for (int row = 0; row < rows; row += WeightGradientKernel.ROW_BLOCK) {
        Gemm.multiply(
            a,
            row,
            1,
            aLength,
            b,
            column,
            bLength,
            c,
            row * bLength + column,
            bLength,
            Math.min(WeightGradientKernel.ROW_BLOCK, rows - row),
            Math.min(WeightGradientKernel.COLUMN_BLOCK, columns - column),
            depth,
            WeightGradientKernel.DEPTH_BLOCK,
            false,
            scratch);
      }
    }
  }
}
