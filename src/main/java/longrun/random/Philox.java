package longrun.random;

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011).
 *
 * <p>A number is a pure function of (seed, stream, index): nothing has state, so every engine,
 * every thread and every resumed run draws the same ones.
 *
 * <pre>
 *   key     = (seed low, seed high)
 *   counter = (block low, block high, stream number, stream part)
 * </pre>
 *
 * One block yields four 32-bit words; {@code word(stream, part, i)} is word {@code i mod 4} of
 * block {@code i div 4}.
 */
public final class Philox {
  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;
  private static final double TWO_TO_MINUS_32 = 0x1p-32;

  private final int key0;
  private final int key1;

  /** Random numbers of one seed; any 64-bit value is a seed. */
  public Philox(long seed) {
    key0 = (int) seed;
    key1 = (int) (seed >>> 32);
  }

  /**
   * The four words of one block.
   *
   * @param counter the counter words c0..c3; replaced by the output words
   */
  static void block(int key0, int key1, int[] counter) {
    int c0 = counter[0];
    int c1 = counter[1];
    int c2 = counter[2];
    int c3 = counter[3];
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
      long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    counter[0] = c0;
    counter[1] = c1;
    counter[2] = c2;
    counter[3] = c3;
  }

  /** A uniform 32-bit word. */
  public int word(Stream stream, int part, long index) {
    long block = index >>> 2;
    int[] counter = {(int) block, (int) (block >>> 32), stream.number, part};
    block(key0, key1, counter);
    return counter[(int) (index & 3)];
  }

  /** Uniform in the open interval (0, 1), on a grid of 2^-32 offset by half a step. */
  public double uniform(Stream stream, int part, long index) {
    return ((word(stream, part, index) & 0xFFFFFFFFL) + 0.5) * TWO_TO_MINUS_32;
  }

  /**
   * Uniform in 0..bound-1, by Lemire's multiplication without rejection (bias below 2^-32·bound).
   */
  public int below(Stream stream, int part, long index, int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound=" + bound + " must be positive");
    }
    return (int) (((word(stream, part, index) & 0xFFFFFFFFL) * bound) >>> 32);
  }

  /**
   * Standard normal, by Box and Muller's transform of two uniforms; in {@link StrictMath}, so that
   * every machine draws the same bits.
   */
  public double normal(Stream stream, int part, long index) {
    double u1 = uniform(stream, part, 2 * index);
    double u2 = uniform(stream, part, 2 * index + 1);
    return StrictMath.sqrt(-2 * StrictMath.log(u1)) * StrictMath.cos(2 * Math.PI * u2);
  }

  /**
   * A uniformly random order of 0..n-1: the order of their random words, ties by value.
   *
   * @param order filled with the permutation; its length is n
   * @param keys scratch of the same length, so that a caller in a loop allocates nothing
   * @param words scratch of length 4, for the same reason
   */
  public void permutation(Stream stream, int part, int[] order, long[] keys, int[] words) {
    int n = order.length;
    if (keys.length != n) {
      throw new IllegalArgumentException("keys.length=" + keys.length + " order.length=" + n);
    }
    for (int i = 0; i < n; i += 4) {
      words[0] = i >>> 2;
      words[1] = 0;
      words[2] = stream.number;
      words[3] = part;
      block(key0, key1, words);
      for (int j = i; j < Math.min(i + 4, n); j++) {
        keys[j] = ((words[j - i] & 0xFFFFFFFFL) << 31) | j;
      }
    }
    java.util.Arrays.sort(keys);
    for (int i = 0; i < n; i++) {
      order[i] = (int) (keys[i] & 0x7FFFFFFF);
    }
  }
}
