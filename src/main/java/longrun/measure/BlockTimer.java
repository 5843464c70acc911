package longrun.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Times blocks of steps until a budget is spent.
 *
 * <p>Warm-up goes on until the median of five blocks is within 5% of that of the five before, and
 * for half the budget at the least: compilers replace code that runs steadily, too. It ends after
 * twice the budget, settled or not, and the result says which.
 *
 * <p>Blocks are whole epochs, since the last batch of one may be smaller than the others, and its
 * order is drawn anew: a median over single steps would leave both out. They are so long that the
 * clock and what an engine does around a call do not count, and otherwise so short that some forty
 * fit into the budget; where that is a choice, whole multiples of the blocks that an engine may
 * have prepared. One block is advanced untimed before the first sample, so that nothing is prepared
 * in it.
 */
public final class BlockTimer {
  /** Fewer samples have no quartiles to speak of. */
  static final int FEWEST_BLOCKS = 5;

  private static final int WINDOW = 5;
  private static final double STEADY = 0.05;
  private static final int BLOCKS = 40;
  private static final int[] ROUND_STEPS = {50, 10};

  private final LongSupplier nanoTime;
  private final double budgetNanos;
  private final int stepsPerEpoch;
  private final int fewestBlocks;

  /**
   * @param nanoTime a clock
   * @param seconds for the samples of a measurement, more than 0
   * @param stepsPerEpoch at least 1
   */
  public BlockTimer(LongSupplier nanoTime, double seconds, int stepsPerEpoch) {
    this(nanoTime, seconds, stepsPerEpoch, 1);
  }

  private BlockTimer(LongSupplier nanoTime, double seconds, int stepsPerEpoch, int rounds) {
    this.nanoTime = nanoTime;
    this.budgetNanos = seconds * 1e9 / rounds;
    this.stepsPerEpoch = stepsPerEpoch;
    this.fewestBlocks = Math.ceilDiv(FEWEST_BLOCKS, rounds);
  }

  /** The same for one of several rounds that share the budget. */
  public BlockTimer forRoundOf(int rounds) {
    return new BlockTimer(nanoTime, budgetNanos / 1e9, stepsPerEpoch, rounds);
  }

  /**
   * Warms up and measures.
   *
   * @param advance does that many steps, from step 0 on, and returns when they are done
   */
  public Timing time(IntConsumer advance) {
    return time(advance, OptionalInt.empty());
  }

  /**
   * Measures a further round.
   *
   * @param before the rounds so far, whose length of blocks is kept
   */
  public Timing timeAgain(IntConsumer advance, Timing before) {
    return before.and(time(advance, OptionalInt.of(before.stepsPerBlock())));
  }

  private Timing time(IntConsumer advance, OptionalInt stepsPerBlock) {
    long start = nanoTime.getAsLong();
    List<Double> perStep = new ArrayList<>();
    long warmUpSteps = 0;
    int block = 1;
    long elapsed;
    do {
      long nanos = nanos(advance, block);
      warmUpSteps += block;
      perStep.add((double) nanos / block);
      if (2 * nanos < budgetNanos / BLOCKS && block < Integer.MAX_VALUE / 4) {
        // Short blocks cost more per step than long ones.
        block *= 2;
        perStep.clear();
      }
      elapsed = nanoTime.getAsLong() - start;
    } while (elapsed < budgetNanos / 2 || (elapsed < 2 * budgetNanos && !isSteady(perStep)));
    int steps =
        stepsPerBlock.orElse(
            perStep.isEmpty() ? wholeEpochs(block) : steps(medianOfLast(perStep, 0)));
    int toEpochEnd = (int) Math.floorMod(-warmUpSteps, (long) stepsPerEpoch);
    advance.accept(toEpochEnd + steps);
    List<Long> samples = new ArrayList<>();
    start = nanoTime.getAsLong();
    do {
      samples.add(nanos(advance, steps));
    } while (samples.size() < fewestBlocks || nanoTime.getAsLong() - start < budgetNanos);
    return new Timing(
        steps,
        samples,
        new Timing.WarmUp(warmUpSteps + toEpochEnd + steps, elapsed, isSteady(perStep)));
  }

  private long nanos(IntConsumer advance, int steps) {
    long before = nanoTime.getAsLong();
    advance.accept(steps);
    // A clock may be too coarse to see a tiny step, and rates divide by this.
    return Math.max(1, nanoTime.getAsLong() - before);
  }

  private static boolean isSteady(List<Double> perStep) {
    if (perStep.size() < 2 * WINDOW) {
      return false;
    }
    double before = medianOfLast(perStep, WINDOW);
    return Math.abs(medianOfLast(perStep, 0) - before) <= STEADY * before;
  }

  /** Median of a window that ends that many blocks before the last. */
  private static double medianOfLast(List<Double> perStep, int skipped) {
    int end = perStep.size() - skipped;
    return Statistics.of(
            perStep.subList(Math.max(0, end - WINDOW), end).stream()
                .mapToDouble(nanos -> nanos)
                .toArray())
        .median();
  }

  /** Steps of a block: whole epochs, and of those as many as fit. */
  private int steps(double nanosPerStep) {
    long steps = Math.clamp((long) (budgetNanos / BLOCKS / nanosPerStep), 1, 1 << 20);
    for (int round : ROUND_STEPS) {
      long multiple = (long) round / gcd(round, stepsPerEpoch) * stepsPerEpoch;
      if (steps >= multiple) {
        return (int) (steps / multiple * multiple);
      }
    }
    return wholeEpochs(steps);
  }

  /** As many whole epochs as that are steps, and one at the least. */
  private int wholeEpochs(long steps) {
    return (int) Math.max(stepsPerEpoch, steps / stepsPerEpoch * stepsPerEpoch);
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
