package longrun.libtorch;

import java.util.Locale;
import longrun.config.Precision;
import longrun.libtorch.Experiment.ExpectedCurve;

/**
 * The check that comes before any timing: losses beside those of longrun.
 *
 * @param expected of at least as many runs
 * @param actual [runs][steps]
 * @param tolerance of a loss, relative to it
 */
record Curve(ExpectedCurve expected, double[][] actual, double tolerance) {

  /** As of the peers in Python: {@code bench/peers/harness/curve.py} says why. */
  static double tolerance(Precision precision) {
    return switch (precision) {
      case FP32 -> 1e-4;
      case TF32, BF16 -> 3e-3;
    };
  }

  /** Trains from the beginning to the last evaluated step, looking at the losses on the way. */
  static Curve follow(Experiment experiment, Training training, int runs, double tolerance) {
    ExpectedCurve expected = experiment.curve();
    double[][] actual = new double[runs][expected.steps().length];
    training.load(runs);
    int done = 0;
    for (int i = 0; i < expected.steps().length; i++) {
      training.advance(expected.steps()[i] - done);
      done = expected.steps()[i];
      double[] losses = training.trainLosses();
      for (int run = 0; run < runs; run++) {
        actual[run][i] = losses[run];
      }
    }
    return new Curve(expected, actual, tolerance);
  }

  /** NaN if a loss is. */
  double largestRelativeDifference() {
    double largest = 0;
    for (int run = 0; run < actual.length; run++) {
      for (int i = 0; i < actual[run].length; i++) {
        largest = Math.max(largest, relativeDifference(run, i));
      }
    }
    return largest;
  }

  boolean passes() {
    return largestRelativeDifference() <= tolerance;
  }

  int steps() {
    return expected.steps()[expected.steps().length - 1];
  }

  /** Both curves of the runs that differ, for people. */
  String table() {
    StringBuilder table = new StringBuilder();
    for (int run = 0; run < actual.length; run++) {
      if (passes(run)) {
        continue;
      }
      table.append(
          String.format("run %d:  step     longrun        peer  relative difference%n", run));
      for (int i = 0; i < actual[run].length; i++) {
        double difference = relativeDifference(run, i);
        table.append(
            String.format(
                Locale.ROOT,
                "%14d%12.7f%12.7f  %.1e%s%n",
                expected.steps()[i],
                expected.losses()[run][i],
                actual[run][i],
                difference,
                difference <= tolerance ? "" : "  <"));
      }
    }
    return table.toString();
  }

  private boolean passes(int run) {
    for (int i = 0; i < actual[run].length; i++) {
      if (!(relativeDifference(run, i) <= tolerance)) {
        return false;
      }
    }
    return true;
  }

  private double relativeDifference(int run, int step) {
    double loss = expected.losses()[run][step];
    return Math.abs(actual[run][step] - loss) / loss;
  }
}
