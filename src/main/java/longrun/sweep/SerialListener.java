package longrun.sweep;

import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.store.Summary;

/** Tells a listener one thing at a time, whatever thread it comes from. */
final class SerialListener implements SweepListener {
  private final SweepListener listener;

  SerialListener(SweepListener listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void started(SweepStart start) {
    listener.started(start);
  }

  @Override
  public synchronized void warned(String message) {
    listener.warned(message);
  }

  @Override
  public synchronized void runStarted(int slot, int run, long step, long steps) {
    listener.runStarted(slot, run, step, steps);
  }

  @Override
  public synchronized void progressed(int slot, long step) {
    listener.progressed(slot, step);
  }

  @Override
  public synchronized void evaluated(
      int slot, Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    listener.evaluated(slot, evaluation, memorisedAt, grokkedAt);
  }

  @Override
  public synchronized void willEndAt(int slot, long step) {
    listener.willEndAt(slot, step);
  }

  @Override
  public synchronized void runStopped(int slot, int run, Summary summary) {
    listener.runStopped(slot, run, summary);
  }

  @Override
  public synchronized void runFailed(int run, String reason) {
    listener.runFailed(run, reason);
  }

  @Override
  public synchronized void finished(SweepTotals totals) {
    listener.finished(totals);
  }
}
