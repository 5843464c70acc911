package longrun.train;

import longrun.store.Timing;

/** Where a run's time goes, on top of what it took before it was resumed. */
final class Stopwatch {
  private final Timing before;
  private final long startNanos = System.nanoTime();
  private long stepNanos;
  private long evaluationNanos;
  private long checkpointNanos;

  Stopwatch(Timing before) {
    this.before = before;
  }

  void addSteps(long nanos) {
    stepNanos += nanos;
  }

  void addEvaluation(long nanos) {
    evaluationNanos += nanos;
  }

  void addCheckpoint(long nanos) {
    checkpointNanos += nanos;
  }

  Timing read() {
    return new Timing(
        before.steps() + seconds(stepNanos),
        before.evaluations() + seconds(evaluationNanos),
        before.checkpoints() + seconds(checkpointNanos),
        before.total() + seconds(System.nanoTime() - startNanos));
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
