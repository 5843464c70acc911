package longrun.train;

import java.nio.file.Path;
import java.util.OptionalLong;
import longrun.engine.Evaluation;
import longrun.store.RunFolder;
import longrun.store.Summary;

/**
 * What a run tells while it trains: from the thread that trains, but for {@link #checkpointed} and
 * {@link #finished}, which come from the thread that writes where that is another.
 */
public interface TrainingListener {
  /** Hears nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * The run is about to train; called once, after {@link #damagedCheckpoint}.
   *
   * @param step from which it goes on; 0 at the start
   * @param resumed whether it goes on from a checkpoint
   */
  default void started(RunFolder folder, PreparedRun run, long step, boolean resumed) {}

  /** A checkpoint newer than the one that is used cannot be; it was renamed out of the way. */
  default void damagedCheckpoint(Path file, String reason) {}

  /**
   * A block of steps is done. Often: after every step if every step is evaluated.
   *
   * @param stepsPerSecond of the last seconds, evaluations and checkpoints included
   */
  default void progressed(long step, double stepsPerSecond) {}

  /** The run was evaluated, and the row is written. */
  default void evaluated(Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {}

  /** It has grokked, and will end at this step instead of the configured one. */
  default void willEndAt(long step) {}

  /** A checkpoint is safe on disk. */
  default void checkpointed(long step, Path file) {}

  /** Training is over, for now or for good: the last call. */
  default void finished(Summary summary) {}
}
