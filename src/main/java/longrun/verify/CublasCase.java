package longrun.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.cuda.CublasMatmul;
import longrun.cuda.CublasMatmul.Arithmetic;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaStream;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/**
 * A product of the size that training has, by each of our kernels and by cuBLAS, with slots as its
 * batches. Both may be off by their rounding, and so from each other by the sum of that; errors are
 * in units of |row| |column|, which is at least the sum of the magnitudes of the terms.
 *
 * @param rows of the first factor
 * @param depth of the sums
 * @param columns of the second factor
 * @param tf32 whether factors are rounded to tf32
 */
record CublasCase(int rows, int depth, int columns, boolean tf32) {
  private static final int SEED = 17;
  private static final int SLOTS = 3;
  private static final int FIRST = 0;
  private static final int SECOND = SLOTS;

  /** Room for what stands between regions. */
  private static final int SPARE_WORDS = 256;

  /**
   * cuBLAS does not say how it rounds factors to tf32; by cutting off it is wrong by at most 2^-10
   * of each.
   */
  private static final double CUT_OFF_PRODUCT = 0x1p-9 + 0x1p-20;

  /** Who multiplies, other than our kernels. */
  interface Yardstick {
    /** Puts c = a * b on the stream; everything is on the device. */
    void multiply(
        CudaContext context,
        CudaStream stream,
        boolean tf32,
        long a,
        long b,
        long c,
        CublasMatmul.Shape shape);
  }

  /** The largest products of nanda-2023 and power-2022, forward and backward, and a small one. */
  static List<CublasCase> all(boolean tf32) {
    return List.of(
        new CublasCase(3830, 128, 128, tf32),
        new CublasCase(3830, 128, 512, tf32),
        new CublasCase(3830, 512, 128, tf32),
        new CublasCase(3830, 128, 114, tf32),
        new CublasCase(3830, 114, 128, tf32),
        new CublasCase(227, 128, 128, tf32),
        new CublasCase(1024, 128, 512, tf32),
        new CublasCase(1024, 512, 128, tf32),
        new CublasCase(512, 128, 512, tf32),
        new CublasCase(512, 128, 99, tf32),
        new CublasCase(512, 99, 128, tf32));
  }

  /** {@code "cublas tf32"}. */
  static String group(boolean tf32) {
    return tf32 ? "cublas tf32" : "cublas fp32";
  }

  /** Multiplies by cuBLAS; it has to be there. */
  static void multiplyByCublas(
      CudaContext context,
      CudaStream stream,
      boolean tf32,
      long a,
      long b,
      long c,
      CublasMatmul.Shape shape) {
    Arithmetic arithmetic = tf32 ? Arithmetic.TF32 : Arithmetic.PEDANTIC_FP32;
    try (CublasMatmul cublas = CublasMatmul.open(context, stream, arithmetic)) {
      cublas.multiply(a, b, c, shape);
      stream.synchronize();
    }
  }

  /** Multiplies by the yardstick and by every kernel of this precision, and compares. */
  Outcome run(CudaContext context, Yardstick yardstick) {
    List<MatmulKernel> kernels =
        MatmulKernel.all().stream().filter(kernel -> kernel.tf32() == tf32).toList();
    boolean[] active = {true, true, true};
    try (CaseMemory memory = new CaseMemory(context, words(kernels.size()), active)) {
      CaseValues values = new CaseValues(SEED);
      Area arena = memory.arena();
      Region in = arena.matrix("in", Access.IN, rows, depth);
      in.fill((slot, r, k) -> values.normal(FIRST + slot, (long) r * depth + k));
      Region weight = arena.matrix("weight", Access.IN, depth, columns);
      weight.fill((slot, k, n) -> values.normal(SECOND + slot, (long) k * columns + n));
      Region transposed = arena.matrix("transposed weight", Access.IN, columns, depth);
      transposed.fill((slot, n, k) -> weight.at(slot, k, n));
      Region expected = arena.matrix("yardstick", Access.OUT, rows, columns);
      Map<MatmulKernel, Region> outs = new LinkedHashMap<>();
      for (MatmulKernel kernel : kernels) {
        outs.put(kernel, arena.matrix(kernel.entryPoint(), Access.OUT, rows, columns));
      }

      CublasMatmul.Shape shape = shape(in, weight, expected, arena.wordsPerCopy());
      memory.compute(
          stream ->
              yardstick.multiply(
                  context,
                  stream,
                  tf32,
                  in.address(),
                  weight.address(),
                  expected.address(),
                  shape));
      outs.forEach(
          (kernel, out) ->
              launch(memory, kernel, in, kernel.transposed() ? transposed : weight, out));

      Comparison comparison = new Comparison(tolerance());
      for (int slot = 0; slot < SLOTS; slot++) {
        double[] ofRows = norms(in, slot);
        double[] ofColumns = norms(transposed, slot);
        for (Region out : outs.values()) {
          compareWorst(comparison, slot, out, expected, ofRows, ofColumns);
        }
      }
      return comparison.outcome(memory);
    }
  }

  private int words(int outs) {
    int factors = rows * padded(depth) + depth * padded(columns) + columns * padded(depth);
    return padded(factors + (outs + 1) * rows * padded(columns) + SPARE_WORDS);
  }

  private static int padded(int count) {
    return (count + 3) / 4 * 4;
  }

  private CublasMatmul.Shape shape(Region in, Region weight, Region out, long slotStride) {
    return new CublasMatmul.Shape(
        rows,
        columns,
        depth,
        in.stride(),
        weight.stride(),
        out.stride(),
        slotStride,
        slotStride,
        slotStride,
        SLOTS);
  }

  private void launch(
      CaseMemory memory, MatmulKernel kernel, Region in, Region weight, Region out) {
    Struct launch = memory.describeSlots(KernelParameters.MATMUL_PARAMETERS.create());
    Struct job = launch.set("jobs", 1).element("job", 0);
    job.nested("rows").set("perExample", rows);
    job.set("out", out.address())
        .set("outStride", out.stride())
        .set("in", in.address())
        .set("inStride", in.stride())
        .set("weight", weight.address())
        .set("weightStride", weight.stride())
        .set("preActivationStride", 0)
        .set("addendStride", 0)
        .set("savedStride", 0)
        .set("columns", columns)
        .set("depth", depth)
        .set("activation", KernelParameters.ACTIVATION_NONE)
        .set("residualSources", 0)
        .set("columnTiles", kernel.columnTiles(columns))
        .set("firstBlock", 0);
    memory.launch(kernel.entryPoint(), kernel.blocks(rows, columns), kernel.threads(), launch);
  }

  private double tolerance() {
    double theirs = (tf32 ? CUT_OFF_PRODUCT : 0) + Products.additions(depth, tf32);
    return Products.tolerance(depth, tf32) + theirs;
  }

  /** Euclidean norms of a matrix's rows. */
  private static double[] norms(Region matrix, int slot) {
    double[] norms = new double[matrix.rows()];
    for (int row = 0; row < norms.length; row++) {
      double squares = 0;
      for (int column = 0; column < matrix.columns(); column++) {
        double value = matrix.at(slot, row, column);
        squares += value * value;
      }
      norms[row] = Math.sqrt(squares);
    }
    return norms;
  }

  /** Compares the element that is off the most, or is no number. */
  private static void compareWorst(
      Comparison comparison,
      int slot,
      Region out,
      Region expected,
      double[] ofRows,
      double[] ofColumns) {
    int worstRow = 0;
    int worstColumn = 0;
    double worst = -1;
    for (int row = 0; row < ofRows.length; row++) {
      for (int column = 0; column < ofColumns.length; column++) {
        double scale = Rounding.scale(ofRows[row] * ofColumns[column]);
        double error =
            Math.abs((double) out.at(slot, row, column) - expected.at(slot, row, column)) / scale;
        if (Double.isNaN(error)) {
          error = Double.POSITIVE_INFINITY;
        }
        if (error > worst) {
          worst = error;
          worstRow = row;
          worstColumn = column;
        }
      }
    }
    comparison.close(
        out,
        slot,
        worstRow,
        worstColumn,
        expected.at(slot, worstRow, worstColumn),
        Rounding.scale(ofRows[worstRow] * ofColumns[worstColumn]));
  }

  @Override
  public String toString() {
    return group(tf32) + ": " + rows + "x" + depth + "x" + columns + " slots=" + SLOTS;
  }
}
