package longrun.sweep;

import java.nio.file.Path;
import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.store.RunFolder;
import longrun.store.Summary;
import longrun.train.OpenRun;
import longrun.train.PreparedRun;
import longrun.train.TrainingListener;

/** What one run tells, as the sweep tells it: with the run's number and its slot. */
final class RunVoice implements TrainingListener {
  private final int run;
  private final SweepListener sweep;
  private final SweepTally tally;
  private volatile int slot;
  private volatile OptionalLong lastStep = OptionalLong.empty();

  RunVoice(int run, SweepListener sweep, SweepTally tally) {
    this.run = run;
    this.sweep = sweep;
    this.tally = tally;
  }

  /** The run gets a slot, and will be heard from there. */
  void inSlot(int slot, OpenRun open) {
    this.slot = slot;
    this.lastStep = OptionalLong.of(open.lastStep());
  }

  @Override
  public void damagedCheckpoint(Path file, String reason) {
    sweep.warned("run " + run + ": " + reason + "; the checkpoint before it is used");
  }

  @Override
  public void started(RunFolder folder, PreparedRun prepared, long step, boolean resumed) {
    sweep.runStarted(slot, run, step, lastStep.orElseThrow());
  }

  @Override
  public void progressed(long step, double stepsPerSecond) {
    sweep.progressed(slot, step);
  }

  @Override
  public void evaluated(Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    sweep.evaluated(slot, evaluation, memorisedAt, grokkedAt);
  }

  @Override
  public void willEndAt(long step) {
    sweep.willEndAt(slot, step);
  }

  @Override
  public void finished(Summary summary) {
    tally.stopped(summary);
    sweep.runStopped(slot, run, summary);
  }
}
