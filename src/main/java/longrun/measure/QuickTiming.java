package longrun.measure;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
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
  /** A sample is to take so long, so that the clock does not count. */
  private static final long SAMPLE_NANOS = 5_000_000;

  /** A round that takes less than this share of the one before shows that steps become faster. */
  private static final double STEADY = 0.8;

  /** So much of a round's time in compilers means that steps will become faster. */
  private static final double COMPILING = 0.15;

  /** Rounds at the most. */
  private static final int ROUNDS = 32;

  /**
   * Clocks.
   *
   * @param nanos of the wall
   * @param compilerMillis that compilers have been at work in this process
   */
  record Clocks(LongSupplier nanos, LongSupplier compilerMillis) {
    static Clocks ofThisProcess() {
      CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
      boolean told = compilers != null && compilers.isCompilationTimeMonitoringSupported();
      return new Clocks(System::nanoTime, told ? compilers::getTotalCompilationTime : () -> 0);
    }
  }

  /** Samples that are judged together. */
  private record Round(double medianSeconds, double compiling) {}

  /**
   * Trains a run from its first step, in memory alone, and measures: the first steps of a process
   * are slow, so it goes on for as many rounds as they still become faster.
   *
   * @param seconds of a round; a step that takes longer is a round by itself
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train it
   */
  public static QuickTiming of(PreparedRun run, Engine engine, double seconds) {
    try (Session session = engine.open(run.cohort(), 1)) {
      session.load(0, run.run(), InitialState.of(run, Optional.empty(), engine.parameterBits()));
      return of(() -> session.advance(1), session::evaluate, seconds, Clocks.ofThisProcess());
    }
  }

  static QuickTiming of(Runnable step, Runnable evaluation, double seconds, Clocks clocks) {
    return new QuickTiming(
        settledSeconds(step, seconds, clocks), settledSeconds(evaluation, seconds / 2, clocks));
  }

  private static double settledSeconds(Runnable work, double seconds, Clocks clocks) {
    Round round = round(work, seconds, clocks);
    double before = Double.POSITIVE_INFINITY;
    for (int rounds = 1;
        rounds < ROUNDS && (round.medianSeconds < STEADY * before || round.compiling > COMPILING);
        rounds++) {
      before = round.medianSeconds;
      round = round(work, seconds, clocks);
    }
    return round.medianSeconds;
  }

  private static Round round(Runnable work, double seconds, Clocks clocks) {
    long start = clocks.nanos.getAsLong();
    long compiled = clocks.compilerMillis.getAsLong();
    List<Double> samples = new ArrayList<>();
    double elapsed;
    do {
      samples.add(sampleSeconds(work, clocks));
      elapsed = (clocks.nanos.getAsLong() - start) / 1e9;
    } while (elapsed < seconds);
    double median =
        Statistics.of(samples.stream().mapToDouble(sample -> sample).toArray()).median();
    return new Round(median, (clocks.compilerMillis.getAsLong() - compiled) / 1e3 / elapsed);
  }

  private static double sampleSeconds(Runnable work, Clocks clocks) {
    long start = clocks.nanos.getAsLong();
    int times = 0;
    long nanos;
    do {
      work.run();
      times++;
      nanos = clocks.nanos.getAsLong() - start;
    } while (nanos < SAMPLE_NANOS);
    return nanos / 1e9 / times;
  }
}
