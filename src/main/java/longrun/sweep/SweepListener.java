package longrun.sweep;

import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.store.Summary;

/**
 * What a sweep tells while it trains: one call at a time, from whichever thread. Slots are numbered
 * from 0; on the CPU a slot is a core's worth of training.
 */
public interface SweepListener {
  /** Hears nothing. */
  SweepListener NONE = new SweepListener() {};

  /** The sweep begins, or goes on. */
  default void started(SweepStart start) {}

  /** Something that a person has to see: a damaged checkpoint, for example. */
  default void warned(String message) {}

  /**
   * A run is in a slot and about to train.
   *
   * @param step from which it goes on; 0 at its start
   * @param steps its last step, as far as is known
   */
  default void runStarted(int slot, int run, long step, long steps) {}

  /** A block of steps of the slot's run is done. */
  default void progressed(int slot, long step) {}

  /** The slot's run was evaluated. */
  default void evaluated(
      int slot, Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {}

  /** The slot's run has grokked, and will end at this step. */
  default void willEndAt(int slot, long step) {}

  /**
   * A run has ended, or, by its stop reason, was interrupted, and everything of it is on disk.
   * Where a device does not wait for the disk, the next run may have started in its slot already.
   */
  default void runStopped(int slot, int run, Summary summary) {}

  /** A run could not be trained, or not to its end. */
  default void runFailed(int run, String reason) {}

  /** The sweep is over, for now or for good: the last call. */
  default void finished(SweepTotals totals) {}
}
