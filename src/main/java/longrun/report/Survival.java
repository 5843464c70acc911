package longrun.report;

import java.util.ArrayList;
import java.util.List;
import longrun.store.StopReason;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;

/**
 * The share of runs that have grokked by step, as Kaplan and Meier estimate it ("Nonparametric
 * estimation from incomplete observations", 1958): of a run that used up its steps without
 * grokking, or has not ended, it is only known that it did not grok up to its last step, and from
 * there on it no longer counts among those that could have. A run that diverged can never grok, and
 * counts among all to the end. Runs that failed, have not begun or cannot be read are left out.
 *
 * @param steps at which runs grokked, ascending
 * @param shares that have grokked, from that step on
 * @param lastSteps of runs of which no more is known, ascending
 * @param runs that count
 */
record Survival(double[] steps, double[] shares, double[] lastSteps, int runs) {

  static Survival of(List<RunResult> results) {
    List<Double> grokked = new ArrayList<>();
    List<Double> unknownAfter = new ArrayList<>();
    int never = 0;
    for (RunResult result : results) {
      if (result.status() == Status.FAILED || result.steps().isEmpty()) {
        continue;
      }
      if (result.grokkedAt().isPresent()) {
        grokked.add((double) result.grokkedAt().getAsLong());
      } else if (result.stopReason().filter(StopReason.DIVERGED::equals).isPresent()) {
        never++;
      } else {
        unknownAfter.add((double) result.steps().getAsLong());
      }
    }
    double[] events = sorted(grokked);
    double[] censored = sorted(unknownAfter);
    List<Double> steps = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    double left = 1;
    int gone = 0;
    for (int i = 0; i < events.length; ) {
      int same = i;
      while (same < events.length && events[same] == events[i]) {
        same++;
      }
      // A run whose last step is this one was still there.
      while (gone < censored.length && censored[gone] < events[i]) {
        gone++;
      }
      double atRisk = (events.length - i) + (censored.length - gone) + never;
      left *= 1 - (same - i) / atRisk;
      steps.add(events[i]);
      shares.add(1 - left);
      i = same;
    }
    return new Survival(
        array(steps), array(shares), censored, events.length + censored.length + never);
  }

  /** The share by a step. */
  double at(double step) {
    double share = 0;
    for (int i = 0; i < steps.length && steps[i] <= step; i++) {
      share = shares[i];
    }
    return share;
  }

  private static double[] sorted(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
