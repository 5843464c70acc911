package longrun.store;

/**
 * Wall-clock time a run has taken so far, over all the processes that worked on it.
 *
 * @param steps seconds in training steps
 * @param evaluations seconds in evaluations, step 0's included
 * @param checkpoints seconds in writing checkpoints
 * @param total seconds from start to now, without the time between an interruption and its resume;
 *     at least the sum of the others
 */
public record Timing(double steps, double evaluations, double checkpoints, double total) {
  /** A run that has not begun. */
  public static final Timing ZERO = new Timing(0, 0, 0, 0);
}
