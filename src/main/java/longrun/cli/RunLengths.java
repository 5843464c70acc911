package longrun.cli;

import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How long the runs of a sweep are, as far as one can tell from those that have ended and those
 * that still run. A mean over the ended ones alone would be too short, since short runs end first.
 * This is the product-limit estimate of the share of runs that are longer than so many steps: E. L.
 * Kaplan and P. Meier, Nonparametric estimation from incomplete observations, 1958. It takes runs
 * to be alike whatever their axes' values, and one that was resumed to have been watched from its
 * first step.
 */
final class RunLengths {
  /** With fewer ends than this, nothing can be said. */
  private static final int ENOUGH = 5;

  /** Ends at a step: of their own accord, and for want of further steps. */
  private record Ends(int early, int full) {}

  private final NavigableMap<Long, Ends> ends = new TreeMap<>();
  private int count;

  /**
   * Share of runs that are longer than so many steps.
   *
   * @param steps ascending
   * @param shares of runs longer than the step of the same index; before the first it is 1
   */
  record Curve(long[] steps, double[] shares) {
    /** Mean of the steps that a run which is at a step has still to go to its end, or the last. */
    double rest(long step, long last) {
      double share = 1;
      int i = 0;
      for (; i < steps.length && steps[i] <= step; i++) {
        share = shares[i];
      }
      if (share <= 0) {
        return last - step;
      }
      double shareNow = share;
      double area = 0;
      long from = step;
      for (; i < steps.length && steps[i] < last; i++) {
        area += share * (steps[i] - from);
        share = shares[i];
        from = steps[i];
      }
      return (area + share * (last - from)) / shareNow;
    }
  }

  /**
   * A run has ended.
   *
   * @param early before its last step
   */
  void ended(long step, boolean early) {
    count++;
    Ends before = ends.getOrDefault(step, new Ends(0, 0));
    ends.put(
        step,
        early
            ? new Ends(before.early() + 1, before.full())
            : new Ends(before.early(), before.full() + 1));
  }

  /** Whether enough runs have ended to judge by. */
  boolean known() {
    return count >= ENOUGH;
  }

  /**
   * The estimate.
   *
   * @param running the steps that runs are at
   */
  Curve curve(Collection<Long> running) {
    long[] steps = new long[ends.size()];
    double[] shares = new double[ends.size()];
    long[] runningSteps = running.stream().mapToLong(Long::longValue).sorted().toArray();
    int passed = 0;
    int left = count;
    double share = 1;
    int i = 0;
    for (var end : ends.entrySet()) {
      while (passed < runningSteps.length && runningSteps[passed] < end.getKey()) {
        passed++;
      }
      int atRisk = left + runningSteps.length - passed;
      share *= 1 - (double) end.getValue().early() / atRisk;
      left -= end.getValue().early() + end.getValue().full();
      steps[i] = end.getKey();
      shares[i] = share;
      i++;
    }
    return new Curve(steps, shares);
  }
}
