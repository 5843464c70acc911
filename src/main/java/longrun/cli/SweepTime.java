package longrun.cli;

import java.util.Arrays;

/** When the last of many runs ends that share some slots. */
final class SweepTime {
  private static final int HALVINGS = 60;

  private SweepTime() {}

  /**
   * Steps that pass in a slot until all runs have ended, where a run that waits takes the slot that
   * is free first. Runs that wait count as equally long: after a time T, a slot that is free at r
   * has ended floor((T - r) / length) of them, and T is enough when those are all.
   *
   * @param rest steps to go in every slot that is busy; at least one
   * @param waiting runs
   * @param length steps of each of them
   */
  static double steps(double[] rest, long waiting, double length) {
    double low = Arrays.stream(rest).max().orElseThrow();
    if (waiting == 0 || length <= 0) {
      return low;
    }
    long rounds = (waiting + rest.length - 1) / rest.length;
    double high = low + length * rounds;
    if (enough(low, rest, waiting, length)) {
      return low;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (enough(middle, rest, waiting, length)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  private static boolean enough(double time, double[] rest, long waiting, double length) {
    double ended = 0;
    for (double free : rest) {
      ended += Math.floor(Math.max(0, time - free) / length);
    }
    return ended >= waiting;
  }
}
