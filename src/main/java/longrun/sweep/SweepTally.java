package longrun.sweep;

import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.train.SlotLoop;

/** Counts how a sweep goes. Thread-safe. */
final class SweepTally {
  private final long startNanos = System.nanoTime();
  private final int runs;
  private int ended;
  private int failed;
  private long runSteps;
  private long stepNanos;
  private long evaluationNanos;
  private long checkpointNanos;
  private long idleNanos;

  /**
   * @param runs of the shard
   * @param ended of these, before this process
   */
  SweepTally(int runs, int ended) {
    this.runs = runs;
    this.ended = ended;
  }

  synchronized void stopped(Summary summary) {
    if (summary.stopReason() != StopReason.INTERRUPTED) {
      ended++;
    }
  }

  /** A run had ended already, by another process. */
  synchronized void foundEnded() {
    ended++;
  }

  synchronized void failed() {
    failed++;
  }

  synchronized void add(SlotLoop.Times times) {
    runSteps += times.runSteps();
    stepNanos += times.stepNanos();
    evaluationNanos += times.evaluationNanos();
    checkpointNanos += times.checkpointNanos();
  }

  synchronized void addIdle(long nanos) {
    idleNanos += nanos;
  }

  /**
   * Everything so far.
   *
   * @param loops that trained side by side
   */
  synchronized SweepTotals totals(int loops) {
    return new SweepTotals(
        runs,
        ended,
        failed,
        loops,
        runSteps,
        (System.nanoTime() - startNanos) / 1e9,
        stepNanos / 1e9,
        evaluationNanos / 1e9,
        checkpointNanos / 1e9,
        idleNanos / 1e9);
  }
}
