package longrun.measure;

import java.util.List;

/**
 * The raw samples of a measurement: a block of steps is advanced and timed as a whole, again and
 * again.
 *
 * @param stepsPerBlock at least 1
 * @param blockNanos of each block, in the order of measurement; never empty
 * @param warmUp what came before
 */
public record Timing(int stepsPerBlock, List<Long> blockNanos, WarmUp warmUp) {
  /**
   * Steps that were taken before the first sample.
   *
   * @param settled whether their times had become steady; otherwise the time for it was up
   */
  public record WarmUp(long steps, long nanos, boolean settled) {}

  public Timing {
    blockNanos = List.copyOf(blockNanos);
    if (stepsPerBlock < 1 || blockNanos.isEmpty()) {
      throw new IllegalArgumentException(
          "stepsPerBlock=" + stepsPerBlock + " blocks=" + blockNanos.size());
    }
  }

  /** Nanoseconds per step over the blocks. */
  public Statistics nanosPerStep() {
    return Statistics.of(
        blockNanos.stream().mapToDouble(nanos -> (double) nanos / stepsPerBlock).toArray());
  }
}
