package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import longrun.report.Outcome;
import longrun.report.OutcomeSentence;
import longrun.store.Summary;
import longrun.sweep.Shard;
import longrun.sweep.SweepStart;

/** What is said of a sweep while it trains, on a screen and in plain lines alike. */
final class SweepTexts {
  /** An expectation is told if it is so much shorter than the longest time possible. */
  private static final double WORTH_TELLING = 0.95;

  private SweepTexts() {}

  /** {@code 1 run}, {@code 64 runs}. */
  static String counted(long count, String noun) {
    return Texts.count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** What is about to train. */
  static List<String> header(SweepStatus status) {
    SweepStart start = status.start();
    List<String> lines = new ArrayList<>();
    lines.add(
        "sweep   "
            + status.folder()
            + ": "
            + counted(start.runs(), "run")
            + (start.shard().equals(Shard.WHOLE) ? "" : " in shard " + start.shard())
            + (start.ended() > 0 ? ", " + Texts.count(start.ended()) + " ended before" : ""));
    lines.add("engine  " + start.engine());
    lines.add(
        "slots   " + Texts.count(start.slots()) + ", for " + counted(start.cohorts(), "cohort"));
    return lines.stream().map(Texts::printable).toList();
  }

  /** {@code 12 of 64 runs ended}: how many runs there are, first those that have ended. */
  static String ended(SweepStatus status) {
    return Texts.count(status.ended()) + " of " + counted(status.start().runs(), "run") + " ended";
  }

  /** {@code about 41 min 3 s left}, {@code at most 1 h 3 min}; nothing before there is a rate. */
  static List<String> left(SweepStatus status) {
    if (status.secondsLeftAtMost().isEmpty()) {
      return List.of();
    }
    double atMost = status.secondsLeftAtMost().getAsDouble();
    double expected = status.secondsLeft().orElse(atMost);
    return expected < WORTH_TELLING * atMost
        ? List.of(
            "about " + Texts.duration(expected) + " left", "at most " + Texts.duration(atMost))
        : List.of("at most " + Texts.duration(atMost) + " left");
  }

  /** All of it in a line. */
  static String line(SweepStatus status) {
    return ended(status)
        + ", "
        + Texts.count(status.failed())
        + " failed, "
        + Texts.count(status.running())
        + " running, "
        + Texts.count(status.waiting())
        + " waiting; "
        + Texts.rate(status.stepsPerSecond())
        + " run-steps/s, "
        + Texts.duration(status.elapsedSeconds())
        + " elapsed"
        + left(status).stream().map(left -> ", " + left).collect(Collectors.joining());
  }

  /** A run by its number and the values of the axes: {@code run 17 (train_fraction=0.3 seed=7)}. */
  static String name(int run, String label) {
    return "run " + run + (label.isEmpty() ? "" : " (" + label + ")");
  }

  /**
   * How a run ended, and why.
   *
   * @param planned its last step
   */
  static String outcome(String name, long planned, Summary summary) {
    double validation = summary.last().validationAccuracy();
    Outcome outcome =
        new Outcome(
            summary.memorisedAt(),
            summary.grokkedAt(),
            switch (summary.stopReason()) {
              case STEPS_DONE, GROKKED -> Outcome.Ending.FINISHED;
              case DIVERGED -> Outcome.Ending.DIVERGED;
              case INTERRUPTED -> Outcome.Ending.INTERRUPTED;
            },
            summary.steps(),
            planned,
            summary.last().trainAccuracy(),
            validation,
            !Double.isNaN(validation));
    String reason =
        switch (summary.stopReason()) {
          case STEPS_DONE -> "; all " + Texts.steps(summary.steps()) + " done";
          case GROKKED -> "; ended at step " + Texts.count(summary.steps()) + ", having grokked";
          // The sentence says so.
          case DIVERGED, INTERRUPTED -> "";
        };
    return name + ": " + OutcomeSentence.of(outcome) + reason;
  }
}
