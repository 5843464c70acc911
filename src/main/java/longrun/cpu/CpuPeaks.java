package longrun.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import longrun.plan.Peaks;

/**
 * Measures what this machine cannot exceed, in about a second: fp32 fused multiply-adds from
 * registers, and a stream through memory, over a number of threads. The best of several short
 * rounds counts, since whatever else runs only makes rounds slower.
 */
public final class CpuPeaks {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /**
   * Independent chains: enough to hide the latency of two units (4 cycles each), few enough to stay
   * with their operands in 16 registers.
   */
  private static final int CHAINS = 12;

  private static final long WINDOW_NANOS = 5_000_000;
  private static final long CALL_NANOS = 20_000;
  private static final long MOST_NANOS = 800_000_000;

  /** On a busy machine the compiler may be late. */
  private static final long PATIENCE_NANOS = 4_000_000_000L;

  private static final int SETTLED_WINDOWS = 8;

  /** For each thread: any processor with vectors does more, no interpreter does. */
  private static final double COMPILED_FLOPS_PER_SECOND = 3e9;

  /** Small enough to be compiled early and dealt out evenly. */
  static final int STREAM_CHUNK = 1 << 14;

  private static final long STREAM_NANOS = 150_000_000;
  private static final int FEWEST_TRIALS = 3;

  private CpuPeaks() {}

  /**
   * Measures with that many threads at once. Takes memory for the time of the measurement: four
   * times the last-level caches, or what {@link TriadSize} has to make of that; the peaks' name
   * tells how much, and whether caches may have had a part in it.
   *
   * @param threads at least 1
   */
  public static Peaks measure(int threads) {
    try (Team team = new Team(threads)) {
      double flopsPerSecond = flopsPerSecond(team);
      TriadSize size = TriadSize.here();
      double bytesPerSecond = bytesPerSecond(team, size);
      return new Peaks(
          threads
              + (threads == 1 ? " thread, " : " threads, ")
              + SPECIES.vectorBitSize()
              + "-bit vectors, "
              + size,
          flopsPerSecond,
          bytesPerSecond);
    }
  }

  /**
   * Goes on until the rate has settled. What the interpreter and the first compiler make of vectors
   * is slower by a factor of a hundred or more and must not be taken for the machine's.
   */
  private static double flopsPerSecond(Team team) {
    MultiplyAdds[] workers = new MultiplyAdds[team.size()];
    Arrays.setAll(workers, worker -> new MultiplyAdds());
    double best = 0;
    int sinceBest = 0;
    long start = System.nanoTime();
    boolean compiled = false;
    while (System.nanoTime() - start < (compiled ? MOST_NANOS : PATIENCE_NANOS)) {
      team.run(worker -> workers[worker].run());
      double together = 0;
      for (MultiplyAdds worker : workers) {
        together += worker.flopsPerSecond;
      }
      sinceBest = together > 1.01 * best ? 0 : sinceBest + 1;
      best = Math.max(best, together);
      compiled = best > COMPILED_FLOPS_PER_SECOND * team.size();
      if (compiled && sinceBest >= SETTLED_WINDOWS) {
        break;
      }
    }
    return best;
  }

  /** What one thread does over a window of time. */
  private static final class MultiplyAdds {
    /** The accumulators, then factor and summand; the rest keeps other threads' lines away. */
    private final float[] operands = new float[(CHAINS + 2) * SPECIES.length() + 64];

    private int rounds = 16;
    private double flopsPerSecond;

    void run() {
      long flops = 0;
      long start = System.nanoTime();
      long nanos = 0;
      while (nanos < WINDOW_NANOS) {
        multiplyAdd(operands, rounds);
        flops += 2L * CHAINS * rounds * SPECIES.length();
        long end = System.nanoTime() - start;
        // Calls become long, against the cost of the clock, once they are fast.
        if (end - nanos < CALL_NANOS) {
          rounds *= 2;
        }
        nanos = end;
      }
      flopsPerSecond = flops * 1e9 / nanos;
    }
  }

  /** x ← x/2 + 1 tends to 2: neither overflow nor subnormals. */
  private static void multiplyAdd(float[] result, int rounds) {
    int lanes = SPECIES.length();
    // Read from an array, so that the compiler cannot know that all chains are alike.
    FloatVector factor = FloatVector.fromArray(SPECIES, result, CHAINS * lanes).max(0.5f);
    FloatVector summand = FloatVector.fromArray(SPECIES, result, (CHAINS + 1) * lanes).max(1f);
    FloatVector c0 = FloatVector.fromArray(SPECIES, result, 0);
    FloatVector c1 = FloatVector.fromArray(SPECIES, result, lanes);
    FloatVector c2 = FloatVector.fromArray(SPECIES, result, 2 * lanes);
    FloatVector c3 = FloatVector.fromArray(SPECIES, result, 3 * lanes);
    FloatVector c4 = FloatVector.fromArray(SPECIES, result, 4 * lanes);
    FloatVector c5 = FloatVector.fromArray(SPECIES, result, 5 * lanes);
    FloatVector c6 = FloatVector.fromArray(SPECIES, result, 6 * lanes);
    FloatVector c7 = FloatVector.fromArray(SPECIES, result, 7 * lanes);
    FloatVector c8 = FloatVector.fromArray(SPECIES, result, 8 * lanes);
    FloatVector c9 = FloatVector.fromArray(SPECIES, result, 9 * lanes);
    FloatVector c10 = FloatVector.fromArray(SPECIES, result, 10 * lanes);
    FloatVector c11 = FloatVector.fromArray(SPECIES, result, 11 * lanes);
    for (int round = 0; round < rounds; round++) {
      c0 = c0.fma(factor, summand);
      c1 = c1.fma(factor, summand);
      c2 = c2.fma(factor, summand);
      c3 = c3.fma(factor, summand);
      c4 = c4.fma(factor, summand);
      c5 = c5.fma(factor, summand);
      c6 = c6.fma(factor, summand);
      c7 = c7.fma(factor, summand);
      c8 = c8.fma(factor, summand);
      c9 = c9.fma(factor, summand);
      c10 = c10.fma(factor, summand);
      c11 = c11.fma(factor, summand);
    }
    c0.intoArray(result, 0);
    c1.intoArray(result, lanes);
    c2.intoArray(result, 2 * lanes);
    c3.intoArray(result, 3 * lanes);
    c4.intoArray(result, 4 * lanes);
    c5.intoArray(result, 5 * lanes);
    c6.intoArray(result, 6 * lanes);
    c7.intoArray(result, 7 * lanes);
    c8.intoArray(result, 8 * lanes);
    c9.intoArray(result, 9 * lanes);
    c10.intoArray(result, 10 * lanes);
    c11.intoArray(result, 11 * lanes);
  }

  private static double bytesPerSecond(Team team, TriadSize size) {
    Triad triad = new Triad(size.elements());
    return triad.bytes() / bestSeconds(() -> triad.run(team));
  }

  /** McCalpin's STREAM triad, a = b + s·c; what is written is counted once, as there. */
  static final class Triad {
    private final float[] a;
    private final float[] b;
    private final float[] c;

    /**
     * @param elements of each of the three arrays, in whole chunks
     */
    Triad(int elements) {
      if (elements < STREAM_CHUNK || elements % STREAM_CHUNK != 0) {
        throw new IllegalArgumentException(
            "elements=" + elements + " must be a multiple of " + STREAM_CHUNK);
      }
      a = new float[elements];
      b = new float[elements];
      c = new float[elements];
    }

    /** Read and written by one run, and of all three arrays. */
    long bytes() {
      return 3L * Float.BYTES * a.length;
    }

    /** Goes through the arrays once, each worker through its part. */
    void run(Team team) {
      int chunks = a.length / STREAM_CHUNK;
      team.run(
          worker -> {
            int end = chunks * (worker + 1) / team.size();
            for (int i = chunks * worker / team.size(); i < end; i++) {
              triad(a, b, c, i * STREAM_CHUNK);
            }
          });
    }
  }

  private static void triad(float[] a, float[] b, float[] c, int from) {
    for (int i = from; i < from + STREAM_CHUNK; i++) {
      a[i] = b[i] + 3f * c[i];
    }
  }

  /** Repeats work for that long and a few times at the least; the compiler's work is part of it. */
  private static double bestSeconds(Runnable work) {
    long best = Long.MAX_VALUE;
    long start = System.nanoTime();
    for (int trial = 0;
        trial < FEWEST_TRIALS || System.nanoTime() - start < STREAM_NANOS;
        trial++) {
      long before = System.nanoTime();
      work.run();
      best = Math.min(best, System.nanoTime() - before);
    }
    return best / 1e9;
  }
}
