package longrun.scaling;

import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import longrun.measure.Bench;
import longrun.report.Numbers;

/**
 * Ends a measurement that takes too long: after its second block if the fewest blocks that a
 * measurement needs would not fit into what is left, and at any time once nothing is left.
 */
final class TimeLimit implements UnaryOperator<IntConsumer> {
  private final LongSupplier nanoTime;
  private final double seconds;

  /** What ends it. */
  static final class Exceeded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exceeded(String message) {
      super(message);
    }
  }

  /**
   * @param nanoTime a clock
   * @param seconds that a measurement may take, its warm-up included
   */
  TimeLimit(LongSupplier nanoTime, double seconds) {
    this.nanoTime = nanoTime;
    this.seconds = seconds;
  }

  @Override
  public IntConsumer apply(IntConsumer advance) {
    return new Watched(advance, nanoTime.getAsLong());
  }

  private final class Watched implements IntConsumer {
    private final IntConsumer advance;
    private final long start;
    private int blocks;

    Watched(IntConsumer advance, long start) {
      this.advance = advance;
      this.start = start;
    }

    @Override
    public void accept(int steps) {
      long before = nanoTime.getAsLong();
      advance.accept(steps);
      long end = nanoTime.getAsLong();
      blocks++;
      double perStep = (end - before) / 1e9 / steps;
      // The first block may be the interpreter's.
      double needed = blocks == 2 ? Bench.FEWEST_BLOCKS * perStep : 0;
      if ((end - start) / 1e9 + needed > seconds) {
        throw new Exceeded(
            String.format(
                Locale.ROOT,
                "with %.2g s a step it would take longer than the %s for a point",
                perStep,
                Numbers.duration(seconds)));
      }
    }
  }
}
