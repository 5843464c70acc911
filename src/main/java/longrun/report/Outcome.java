package longrun.report;

import java.util.OptionalLong;

/**
 * How far a run came and what it reached: all that the sentence about it says.
 *
 * @param memorisedAt the first step of the evaluations in a row that reached the threshold in train
 *     accuracy
 * @param grokkedAt the same in validation accuracy
 * @param stepsDone parameter updates done
 * @param stepsPlanned parameter updates asked for
 * @param trainAccuracy of the last evaluation; NaN if there is none
 * @param validationAccuracy of the last evaluation; NaN if there is none
 * @param validates whether any example validates
 */
public record Outcome(
    OptionalLong memorisedAt,
    OptionalLong grokkedAt,
    Ending ending,
    long stepsDone,
    long stepsPlanned,
    double trainAccuracy,
    double validationAccuracy,
    boolean validates) {

  /** How a run ended, if it did. */
  public enum Ending {
    /** All steps done, or stopped by a rule of its configuration. */
    FINISHED,
    /** Ended because a loss or a parameter was not finite. */
    DIVERGED,
    /** Stopped or killed before its end; {@code resume} goes on. */
    INTERRUPTED,
    /** Not ended: a process is training. */
    RUNNING
  }
}
