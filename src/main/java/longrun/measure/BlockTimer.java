package longrun.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Times blocks of steps until a budget is spent.
 *
 * <p>Warm-up goes on until the median of five blocks is within 5% of that of the five before, and
 * for half the budget at the least: compilers replace code that runs steadily, too. It ends after
 * twice the budget, settled or not, and the result says which.
 *
 * <p>Blocks are so long that the clock and what an engine does around a call do not count, and so
 * short that some forty fit into the budget; where that is a choice, whole multiples of the blocks
 * that an engine may have prepared.
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

  /**
   * @param nanoTime a clock
   * @param seconds for the samples of a measurement, more than 0
   */
  public BlockTimer(LongSupplier nanoTime, double seconds) {
    this.nanoTime = nanoTime;
    this.budgetNanos = seconds * 1e9;
  }

  /**
   * Warms up and measures.
   *
   * @param advance does that many steps, and returns when they are done
   */
  public Timing time(IntConsumer advance) {
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
    Timing.WarmUp warmUp = new Timing.WarmUp(warmUpSteps, elapsed, isSteady(perStep));
    int steps = perStep.isEmpty() ? block : steps(medianOfLast(perStep, 0));
    List<Long> samples = new ArrayList<>();
    start = nanoTime.getAsLong();
    do {
      samples.add(nanos(advance, steps));
    } while (samples.size() < FEWEST_BLOCKS || nanoTime.getAsLong() - start < budgetNanos);
    return new Timing(steps, samples, warmUp);
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

  private int steps(double nanosPerStep) {
    int steps = (int) Math.clamp(budgetNanos / BLOCKS / nanosPerStep, 1, 1 << 20);
    for (int round : ROUND_STEPS) {
      if (steps >= round) {
        return steps / round * round;
      }
    }
    return steps;
  }
}
