package longrun.libtorch;

import java.util.Locale;
import java.util.stream.IntStream;
import longrun.config.Precision;
import longrun.libtorch.Experiment.ExpectedCurve;

/**
 * The check that comes before any timing: losses beside those of longrun.
 *
 * @param expected of at least as many runs
 * @param actual [runs][steps]
 */
record Curve(ExpectedCurve expected, double[][] actual, Tolerance tolerance) {

  /**
   * Largest difference of a loss, relative to it. It is that of the peers in Python: {@code
   * bench/peers/harness/curve.py} says why it grows.
   *
   * @param early in the first five steps
   * @param late afterwards
   */
  record Tolerance(double early, double late) {
    private static final int EARLY_STEPS = 5;

    static Tolerance of(Precision precision) {
      return switch (precision) {
        case FP32 -> new Tolerance(5e-6, 5e-4);
        case TF32, BF16 -> new Tolerance(1e-4, 2e-3);
      };
    }

    double at(int step) {
      return step <= EARLY_STEPS ? early : late;
    }
  }

  /** Trains from the beginning to the last evaluated step, looking at the losses on the way. */
  static Curve follow(Experiment experiment, Training training, int runs, Tolerance tolerance) {
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
    return IntStream.range(0, expected.steps().length)
        .mapToDouble(this::largest)
        .reduce(0, Math::max);
  }

  /** Where it is; the first step of several. */
  int stepOfLargest() {
    // Double.compare has NaN above all numbers, as Math.max has.
    int column = 0;
    for (int i = 1; i < expected.steps().length; i++) {
      column = Double.compare(largest(i), largest(column)) > 0 ? i : column;
    }
    return expected.steps()[column];
  }

  private double largest(int i) {
    return IntStream.range(0, actual.length)
        .mapToDouble(run -> relativeDifference(run, i))
        .reduce(0, Math::max);
  }

  boolean passes() {
    return IntStream.range(0, actual.length).allMatch(this::passes);
  }

  /** The last step that was compared. */
  int steps() {
    return expected.steps()[expected.steps().length - 1];
  }

  /** Both curves of the runs that differ, for people; &lt; marks where. */
  String table() {
    StringBuilder table = new StringBuilder();
    for (int run = 0; run < actual.length; run++) {
      if (passes(run)) {
        continue;
      }
      table.append(
          String.format(
              Locale.ROOT,
              "run %d:  step     longrun        peer  relative difference  tolerated%n",
              run));
      for (int i = 0; i < actual[run].length; i++) {
        int step = expected.steps()[i];
        table.append(
            String.format(
                Locale.ROOT,
                "%14d%12.7f%12.7f%21.1e%11.0e%s%n",
                step,
                expected.losses()[run][i],
                actual[run][i],
                relativeDifference(run, i),
                tolerance.at(step),
                passes(run, i) ? "" : "  <"));
      }
    }
    return table.toString();
  }

  private boolean passes(int run) {
    return IntStream.range(0, actual[run].length).allMatch(i -> passes(run, i));
  }

  private boolean passes(int run, int i) {
    // Not the negation of what is greater, which NaN passes.
    return relativeDifference(run, i) <= tolerance.at(expected.steps()[i]);
  }

  private double relativeDifference(int run, int i) {
    double loss = expected.losses()[run][i];
    return Math.abs(actual[run][i] - loss) / loss;
  }
}
