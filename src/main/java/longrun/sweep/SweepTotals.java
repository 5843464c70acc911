package longrun.sweep;

/**
 * How a sweep, or a shard of it, stands when a process stops working on it, and what that process
 * did. Seconds are of wall-clock time; busy ones are counted in every slot loop (a core on the CPU,
 * the device on CUDA), of which there are {@code loops}.
 *
 * @param runs of the shard
 * @param ended runs, those included that had ended before
 * @param failed runs
 * @param loops that trained side by side
 * @param runSteps steps of all runs that this process made
 * @param wallSeconds from start to end
 * @param stepSeconds busy with training steps, summed over the loops
 * @param evaluationSeconds busy with evaluations, likewise
 * @param checkpointSeconds busy with checkpoints, likewise
 * @param idleSeconds without a run, since none was left to begin, likewise
 */
public record SweepTotals(
    int runs,
    int ended,
    int failed,
    int loops,
    long runSteps,
    double wallSeconds,
    double stepSeconds,
    double evaluationSeconds,
    double checkpointSeconds,
    double idleSeconds) {

  /**
   * Share of the loops' time that went neither into steps, evaluations and checkpoints nor into
   * waiting for the last runs to end.
   */
  public double overhead() {
    double all = loops * wallSeconds - idleSeconds;
    return all <= 0
        ? 0
        : Math.max(0, 1 - (stepSeconds + evaluationSeconds + checkpointSeconds) / all);
  }
}
