package longrun.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.train.InitialState;
import longrun.train.PreparedRun;

/**
 * How fast a run trains, measured in passing: good enough to say how long a sweep will take. {@link
 * Bench} measures properly.
 *
 * @param stepSeconds of a step
 * @param evaluationSeconds of an evaluation
 */
public record QuickTiming(double stepSeconds, double evaluationSeconds) {
  /** A block of steps is to take so long, so that the clock does not count. */
  private static final long BLOCK_NANOS = 5_000_000;

  /**
   * Trains a run from its first step, in memory alone, and measures.
   *
   * @param seconds to spend on steps, half of it for warming up; a step or evaluation that takes
   *     longer is done once
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train it
   */
  public static QuickTiming of(PreparedRun run, Engine engine, double seconds) {
    try (Session session = engine.open(run.cohort(), 1)) {
      session.load(0, run.run(), InitialState.of(run, Optional.empty(), engine.parameterBits()));
      return of(() -> session.advance(1), () -> session.evaluate(), seconds, System::nanoTime);
    }
  }

  static QuickTiming of(Runnable step, Runnable evaluation, double seconds, LongSupplier clock) {
    double stepSeconds = medianSeconds(step, seconds, clock);
    return new QuickTiming(stepSeconds, medianSeconds(evaluation, seconds / 4, clock));
  }

  private static double medianSeconds(Runnable work, double seconds, LongSupplier clock) {
    long start = clock.getAsLong();
    long half = (long) (seconds * 1e9 / 2);
    List<Double> samples = new ArrayList<>();
    boolean warm = false;
    do {
      long before = clock.getAsLong();
      if (!warm && before - start >= half) {
        warm = true;
        samples.clear();
      }
      int times = 0;
      long elapsed;
      do {
        work.run();
        times++;
        elapsed = clock.getAsLong() - before;
      } while (elapsed < BLOCK_NANOS);
      samples.add(elapsed / 1e9 / times);
    } while (clock.getAsLong() - start < 2 * half);
    return Statistics.of(samples.stream().mapToDouble(sample -> sample).toArray()).median();
  }
}
