package longrun.verify;

import longrun.random.Philox;
import longrun.random.Stream;

/** Inputs of a case, each a function of the seed, the buffer and the place. */
public final class CaseValues {
  private static final Stream STREAM = Stream.INITIALIZATION;

  private final Philox random;

  public CaseValues(long seed) {
    random = new Philox(seed);
  }

  /**
   * A standard normal value, rounded to float.
   *
   * @param buffer tells buffers apart
   * @param index place in the buffer
   */
  public float normal(int buffer, long index) {
    return (float) random.normal(STREAM, buffer, index);
  }

  /** A uniform value in (0, 1), rounded to float. */
  public float uniform(int buffer, long index) {
    return (float) random.uniform(STREAM, buffer, index);
  }

  /** A uniform integer in 0 .. bound - 1. */
  public int below(int buffer, long index, int bound) {
    return random.below(STREAM, buffer, index, bound);
  }
}
