package longrun.verify;

import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/**
 * Cases of {@code fma_peak} and {@code tf32_peak}: all of the arithmetic that a peak is computed
 * from is done, down to the last bit.
 */
final class PeakCases {
  private static final int CHAINS = KernelParameters.PEAK_CHAINS;
  private static final int THREADS = KernelParameters.PEAK_THREADS;
  private static final int WARP = 32;
  private static final int FLOATS_PER_THREAD = 4;

  /** Of a product of tf32_peak. */
  private static final int ROWS = 16;

  private static final int COLUMNS = 8;
  private static final int DEPTH = 8;

  private PeakCases() {}

  static List<KernelCase> all() {
    return List.of(
        multiplyAdds(1, 0), multiplyAdds(3, 1), multiplyAdds(2, 5), products(1, 1), products(3, 4));
  }

  private static KernelCase multiplyAdds(int blocks, int rounds) {
    return KernelCase.of(
        "fma_peak",
        "blocks=" + blocks + " rounds=" + rounds,
        context -> runMultiplyAdds(context, blocks, rounds));
  }

  private static Outcome runMultiplyAdds(CudaContext context, int blocks, int rounds) {
    try (CaseMemory memory = new CaseMemory(context, true)) {
      float factor = -0.9f;
      float summand = 1.7f;
      Region operands = memory.arena().floats("operands", Access.IN, 2);
      operands.set(0, 0, 0, factor);
      operands.set(0, 0, 1, summand);
      Region out = memory.arena().matrix("out", Access.OUT, blocks, THREADS);
      launch(memory, "fma_peak", blocks, rounds, operands, out);
      Comparison comparison = new Comparison(0);
      for (int thread = 0; thread < blocks * THREADS; thread++) {
        float sum = chain(CHAINS * thread, factor, summand, rounds);
        for (int i = 1; i < CHAINS; i++) {
          sum += chain(CHAINS * thread + i, factor, summand, rounds);
        }
        comparison.sameBits(
            "out[" + thread + "]", out.at(0, thread / THREADS, thread % THREADS), sum);
      }
      return comparison.outcome(memory);
    }
  }

  private static float chain(float start, float factor, float summand, int rounds) {
    float x = start;
    for (int step = 0; step < rounds * KernelParameters.PEAK_FMA_STEPS; step++) {
      x = Math.fma(x, factor, summand);
    }
    return x;
  }

  private static KernelCase products(int blocks, int rounds) {
    return KernelCase.of(
        "tf32_peak",
        "blocks=" + blocks + " rounds=" + rounds,
        context -> runProducts(context, blocks, rounds));
  }

  private static Outcome runProducts(CudaContext context, int blocks, int rounds) {
    try (CaseMemory memory = new CaseMemory(context, true)) {
      CaseValues values = new CaseValues(41);
      Region operands = memory.arena().floats("operands", Access.IN, (ROWS + COLUMNS) * DEPTH);
      // Quarters from -2 to 2: whatever the order, every sum of such products is exact.
      operands.fill((copy, row, i) -> (values.below(0, i, 17) - 8) / 4f);
      Region out = memory.arena().matrix("out", Access.OUT, blocks, THREADS * FLOATS_PER_THREAD);
      launch(memory, "tf32_peak", blocks, rounds, operands, out);
      Comparison comparison = new Comparison(0);
      for (int block = 0; block < blocks; block++) {
        for (int i = 0; i < THREADS * FLOATS_PER_THREAD; i++) {
          int lane = i / FLOATS_PER_THREAD % WARP;
          int element = i % FLOATS_PER_THREAD;
          // Where a lane's elements lie: kernels/common/ptx.cuh.
          int row = lane / 4 + element / 2 * 8;
          int column = lane % 4 * 2 + element % 2;
          comparison.compare(
              "out[" + block + ", " + i + "]",
              out.at(0, block, i),
              expectedSum(operands, row, column, rounds),
              1);
        }
      }
      return comparison.outcome(memory);
    }
  }

  /** The sum over chains, which begin with their numbers, of an element of what they compute. */
  private static double expectedSum(Region operands, int row, int column, int rounds) {
    double product = 0;
    for (int k = 0; k < DEPTH; k++) {
      product +=
          (double) operands.at(0, 0, row * DEPTH + k)
              * operands.at(0, 0, ROWS * DEPTH + k * COLUMNS + column);
    }
    double starts = CHAINS * (CHAINS - 1) / 2.0;
    return starts + (double) CHAINS * KernelParameters.PEAK_MMA_STEPS * rounds * product;
  }

  private static void launch(
      CaseMemory memory, String kernel, int blocks, int rounds, Region operands, Region out) {
    Struct parameters =
        KernelParameters.PEAK_PARAMETERS
            .create()
            .set("out", out.address())
            .set("operands", operands.address())
            .set("rounds", rounds);
    memory.launch(kernel, blocks, THREADS, parameters);
  }
}
