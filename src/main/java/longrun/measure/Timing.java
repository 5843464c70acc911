package longrun.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The raw samples of a measurement: a block of steps is advanced and timed as a whole, again and
 * again. There may be several rounds of it, each with a session of its own, between which other
 * things were measured.
 *
 * @param stepsPerBlock at least 1
 * @param blockNanos of each block, in the order of measurement; never empty
 * @param roundBlocks how many of the blocks each round has
 * @param warmUp what came before
 */
public record Timing(
    int stepsPerBlock, List<Long> blockNanos, List<Integer> roundBlocks, WarmUp warmUp) {
  /**
   * Steps that were taken before the first sample, of all rounds together.
   *
   * @param nanos until times were steady or the time for it was up
   * @param settled whether they had become steady in every round
   */
  public record WarmUp(long steps, long nanos, boolean settled) {
    private WarmUp and(WarmUp other) {
      return new WarmUp(steps + other.steps, nanos + other.nanos, settled && other.settled);
    }
  }

  /** A single round. */
  public Timing(int stepsPerBlock, List<Long> blockNanos, WarmUp warmUp) {
    this(stepsPerBlock, blockNanos, List.of(blockNanos.size()), warmUp);
  }

  public Timing {
    blockNanos = List.copyOf(blockNanos);
    roundBlocks = List.copyOf(roundBlocks);
    if (stepsPerBlock < 1
        || blockNanos.isEmpty()
        || roundBlocks.stream().anyMatch(blocks -> blocks < 1)
        || roundBlocks.stream().mapToInt(blocks -> blocks).sum() != blockNanos.size()) {
      throw new IllegalArgumentException(
          "stepsPerBlock="
              + stepsPerBlock
              + " blocks="
              + blockNanos.size()
              + " rounds="
              + roundBlocks);
    }
  }

  /** With the rounds of another, whose blocks have as many steps. */
  Timing and(Timing other) {
    if (other.stepsPerBlock != stepsPerBlock) {
      throw new IllegalArgumentException(
          "blocks of " + stepsPerBlock + " steps, and of " + other.stepsPerBlock);
    }
    return new Timing(
        stepsPerBlock,
        Stream.concat(blockNanos.stream(), other.blockNanos.stream()).toList(),
        Stream.concat(roundBlocks.stream(), other.roundBlocks.stream()).toList(),
        warmUp.and(other.warmUp));
  }

  /** Nanoseconds per step over the blocks of each round. */
  public List<Statistics> rounds() {
    List<Statistics> rounds = new ArrayList<>();
    int from = 0;
    for (int blocks : roundBlocks) {
      rounds.add(nanosPerStep(blockNanos.subList(from, from + blocks)));
      from += blocks;
    }
    return rounds;
  }

  /** Nanoseconds per step over all blocks. */
  public Statistics nanosPerStep() {
    return nanosPerStep(blockNanos);
  }

  private Statistics nanosPerStep(List<Long> blocks) {
    return Statistics.of(
        blocks.stream().mapToDouble(nanos -> (double) nanos / stepsPerBlock).toArray());
  }
}
