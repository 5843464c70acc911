package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A matrix product in every slot, in the device's memory: as our kernels compute it in training,
 * with nothing fused to it, and as cuBLAS does.
 *
 * <pre>
 *   a slot:  first | second | product | partial sums of the product, where there are splits
 * </pre>
 */
final class DeviceProduct {
  private static final int ALIGNMENT_WORDS = 64;
  private static final int CHECKED_ELEMENTS = 1000;

  /** cuBLAS does not say how it rounds to tf32: cutting off is wrong by 2^-10 of each factor. */
  private static final double TF32_ERROR = 0x1p-9 + 0x1p-20;

  /**
   * Of the sum of magnitudes, at any depth. Rounding errors have either sign, and of factors like
   * these a sum from first to last is off by 0.4 * 2^-24 of it in the root mean square, whether 33
   * or 3830 deep; this is forty times as much. Rounding the factors to tf32 is worse than this by
   * 64 in the mean at a depth of 33, by 5 at 3830: one of the checked elements shows it.
   */
  private static final double ADDITION_ERROR = 0x1p-20;

  private final CublasMatmul.Form form;
  private final int rows;
  private final int columns;
  private final int depth;
  private final int slots;
  private final boolean tf32;
  private final int firstStride;
  private final int secondStride;
  private final int outStride;
  private final int splits;
  private final long words;
  private final float[] first;
  private final float[] second;
  private final DeviceMemory memory;
  private final DeviceMemory active;

  /**
   * Allocates memory and fills in factors, the same in every slot.
   *
   * @param text {@code "nn 3830x512x128"}: form and rows x columns x depth
   */
  DeviceProduct(CudaContext context, String text, int slots, boolean tf32) {
    String[] words = text.split("[ x]", -1);
    form = CublasMatmul.Form.valueOf(words[0].toUpperCase(Locale.ROOT));
    rows = Integer.parseInt(words[1]);
    columns = Integer.parseInt(words[2]);
    depth = Integer.parseInt(words[3]);
    this.slots = slots;
    this.tf32 = tf32;
    firstStride = SlotLayout.padded(form == CublasMatmul.Form.TN ? rows : depth);
    secondStride = SlotLayout.padded(form == CublasMatmul.Form.NT ? depth : columns);
    outStride = SlotLayout.padded(columns);
    splits =
        form == CublasMatmul.Form.TN ? Math.ceilDiv(depth, SplitLayout.rowsPerSplit(depth)) : 1;
    Random random = new Random(1);
    first =
        filled(
            form == CublasMatmul.Form.TN ? depth : rows,
            form == CublasMatmul.Form.TN ? rows : depth,
            firstStride,
            random);
    second =
        filled(
            form == CublasMatmul.Form.NT ? columns : depth,
            form == CublasMatmul.Form.NT ? depth : columns,
            secondStride,
            random);
    this.words = partialWord() + aligned(splits > 1 ? (long) splits * rows * outStride : 0);
    memory = context.allocate(slots * this.words * Float.BYTES);
    active = context.allocate((long) slots * Integer.BYTES);
    active.fill(1, 0, slots);
    ByteBuffer factors = buffer(outWord());
    factors.asFloatBuffer().put(0, first);
    factors.asFloatBuffer().put(Math.toIntExact(secondWord()), second);
    for (int slot = 0; slot < slots; slot++) {
      memory.upload(slot * this.words * Float.BYTES, factors);
    }
  }

  /** Zero where a row's padding is. */
  private static float[] filled(int rows, int columns, int stride, Random random) {
    float[] matrix = new float[rows * stride];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix[row * stride + column] = random.nextFloat() - 0.5f;
      }
    }
    return matrix;
  }

  private static ByteBuffer buffer(long words) {
    return ByteBuffer.allocateDirect(Math.toIntExact(words * Float.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long aligned(long words) {
    return Math.ceilDiv(words, ALIGNMENT_WORDS) * ALIGNMENT_WORDS;
  }

  private long secondWord() {
    return aligned(first.length);
  }

  private long outWord() {
    return secondWord() + aligned(second.length);
  }

  private long partialWord() {
    return outWord() + aligned((long) rows * outStride);
  }

  private long address(long word) {
    return memory.address(word * Float.BYTES);
  }

  /** Of all slots together. */
  long flops() {
    return 2L * rows * columns * depth * slots;
  }

  /** What the engine would launch for it. */
  List<KernelCall> calls() {
    String suffix = tf32 ? "_tf32" : "";
    return switch (form) {
      case NN -> product("matmul_nn" + suffix);
      case NT -> product("matmul_nt" + suffix);
      case TN -> weightGradient("weight_gradient" + suffix);
    };
  }

  private SlotSet slotSet() {
    return new SlotSet(active.address(), slots, words);
  }

  private List<KernelCall> product(String kernel) {
    int tile =
        MatmulCalls.tile(tiles(MatmulCalls.SMALL_TILE), tiles(MatmulCalls.LARGE_TILE), slots);
    JobList jobs =
        new JobList(kernel + "_" + tile, 2 * tile, KernelParameters.MATMUL_PARAMETERS, slotSet());
    jobs.add(
        Math.toIntExact(tiles(tile)),
        job -> {
          job.nested("rows").set("perExample", rows);
          job.set("out", address(outWord()))
              .set("outStride", outStride)
              .set("in", address(0))
              .set("inStride", firstStride)
              .set("weight", address(secondWord()))
              .set("weightStride", secondStride)
              .set("preActivationStride", 0)
              .set("addendStride", 0)
              .set("savedStride", 0)
              .set("columns", columns)
              .set("depth", depth)
              .set("activation", KernelParameters.ACTIVATION_NONE)
              .set("residualSources", 0)
              .set("columnTiles", Math.ceilDiv(columns, tile));
        });
    return jobs.calls();
  }

  private long tiles(int tile) {
    return (long) Math.ceilDiv(rows, tile) * Math.ceilDiv(columns, tile);
  }

  /** The splits and what adds them up, as for a weight without a bias. */
  private List<KernelCall> weightGradient(String kernel) {
    int splitFloats = rows * outStride;
    int rowTiles = Math.ceilDiv(rows, MatmulCalls.WEIGHT_TILE);
    int columnTiles = Math.ceilDiv(columns, MatmulCalls.WEIGHT_TILE);
    JobList gradients =
        new JobList(kernel, 128, KernelParameters.WEIGHT_GRADIENT_PARAMETERS, slotSet());
    gradients.add(
        splits * rowTiles * columnTiles,
        job -> {
          job.nested("rows").set("perExample", depth);
          job.set("partial", address(splits > 1 ? partialWord() : outWord()))
              .set("partialStride", outStride)
              .set("in", address(0))
              .set("inStride", firstStride)
              .set("outGradient", address(secondWord()))
              .set("outGradientStride", secondStride)
              .set("weightRows", rows)
              .set("columns", columns)
              .set("splits", splits)
              .set("rowsPerSplit", SplitLayout.rowsPerSplit(depth))
              .set("splitFloats", splitFloats)
              .set("biasSplitFloats", 0)
              .set("rowTiles", rowTiles)
              .set("columnTiles", columnTiles);
        });
    JobList sums = new JobList("split_sum", 256, KernelParameters.SPLIT_SUM_PARAMETERS, slotSet());
    if (splits > 1) {
      sums.add(
          Math.ceilDiv(splitFloats, MatmulCalls.SPLIT_SUM_FLOATS),
          job ->
              job.set("out", address(outWord()))
                  .set("partial", address(partialWord()))
                  .set("floats", splitFloats)
                  .set("splits", splits)
                  .set("splitFloats", splitFloats));
    }
    return Stream.of(gradients.calls(), sums.calls()).flatMap(List::stream).toList();
  }

  /** Puts the same product by cuBLAS on its stream. */
  void multiply(CublasMatmul cublas) {
    cublas.multiply(
        form,
        address(0),
        address(secondWord()),
        address(outWord()),
        new CublasMatmul.Shape(
            rows,
            columns,
            depth,
            firstStride,
            secondStride,
            outStride,
            words,
            words,
            words,
            slots));
  }

  /** Forgets the products. */
  void clear() {
    for (int slot = 0; slot < slots; slot++) {
      memory.fill(-1, (slot * words + outWord()) * Float.BYTES, (long) rows * outStride);
    }
  }

  /**
   * Compares elements of the first and the last slot's product with sums in double.
   *
   * @throws IllegalStateException if one is off by more than rounding explains
   */
  void check() {
    check(tf32);
  }

  /** The same, to the tolerance of a precision. */
  void check(boolean mayRoundToTf32) {
    ByteBuffer out = buffer((long) rows * outStride);
    for (int slot : new int[] {0, slots - 1}) {
      memory.download((slot * words + outWord()) * Float.BYTES, out);
      Random random = new Random(2);
      for (int i = 0; i < CHECKED_ELEMENTS; i++) {
        int row = random.nextInt(rows);
        int column = random.nextInt(columns);
        double allowed = mayRoundToTf32 ? TF32_ERROR : 0;
        check(slot, row, column, out.getFloat((row * outStride + column) * Float.BYTES), allowed);
      }
    }
  }

  private void check(int slot, int row, int column, float computed, double factorError) {
    double sum = 0;
    double magnitude = 0;
    for (int k = 0; k < depth; k++) {
      double a =
          first[form == CublasMatmul.Form.TN ? k * firstStride + row : row * firstStride + k];
      double b =
          second[
              form == CublasMatmul.Form.NT ? column * secondStride + k : k * secondStride + column];
      sum += a * b;
      magnitude += Math.abs(a * b);
    }
    double allowed = magnitude * (factorError + ADDITION_ERROR);
    if (!(Math.abs(computed - sum) <= allowed)) {
      throw new IllegalStateException(
          "slot="
              + slot
              + " product["
              + row
              + ", "
              + column
              + "]="
              + computed
              + " expected="
              + sum
              + " allowed error="
              + allowed);
    }
  }
}
