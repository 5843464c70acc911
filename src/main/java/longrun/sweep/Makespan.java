package longrun.sweep;

/** How long workers take that each do one run after the other. */
final class Makespan {
  private Makespan() {}

  /**
   * A bound for runs that are handed out in whatever order: work / workers + (1 − 1 / workers) ·
   * longest (Graham 1966). Runs of equal length take rounds instead.
   *
   * @param work seconds of all runs together
   * @param longest seconds of the longest run
   */
  static double seconds(double work, double longest, int runs, int workers) {
    boolean equal = work >= longest * runs * (1 - 1e-9);
    return equal
        ? Math.ceilDiv(runs, workers) * longest
        : work / workers + (1 - 1.0 / workers) * longest;
  }
}
