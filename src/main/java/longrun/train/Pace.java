package longrun.train;

/**
 * How many steps to ask of an engine at once, and how fast they go. A block is to take about half a
 * second, so that a stop signal is soon seen; it starts at one step and grows at most twofold, for
 * the first steps of a process are slow. Which blocks come out depends on the clock; the bits of
 * the result do not depend on the blocks.
 */
final class Pace {
  private static final long BLOCK_NANOS = 500_000_000;
  private static final long WINDOW_NANOS = 4_000_000_000L;

  private int block = 1;
  private long windowStep;
  private long windowNanos;
  private long previousStep;
  private long previousNanos;

  /** A run that is at a step at a time of {@link System#nanoTime}. */
  Pace(long step, long nowNanos) {
    windowStep = step;
    windowNanos = nowNanos;
    previousStep = step;
    previousNanos = nowNanos;
  }

  /** Steps of the next block. */
  int block(long remaining) {
    return (int) Math.min(block, remaining);
  }

  /** Takes note of a block. */
  void measured(int steps, long nanos) {
    double fitting = BLOCK_NANOS / (Math.max(nanos, 1) / (double) steps);
    int limit = block > Integer.MAX_VALUE / 2 ? Integer.MAX_VALUE : 2 * block;
    block = (int) Math.clamp(fitting, 1.0, (double) limit);
  }

  /** Steps per second over the last four to eight seconds, or since the start. */
  double stepsPerSecond(long step, long nowNanos) {
    double rate = (step - previousStep) / (Math.max(nowNanos - previousNanos, 1) / 1e9);
    if (nowNanos - windowNanos >= WINDOW_NANOS) {
      previousStep = windowStep;
      previousNanos = windowNanos;
      windowStep = step;
      windowNanos = nowNanos;
    }
    return rate;
  }
}
