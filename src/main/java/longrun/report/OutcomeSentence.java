package longrun.report;

/**
 * The one sentence about a run: {@code memorised at step 140, grokked at step 1,350: 9.6 times
 * later}. It begins in lower case and has no full stop, so that it can stand after a name.
 */
public final class OutcomeSentence {
  private OutcomeSentence() {}

  /** The sentence, on one line. */
  public static String of(Outcome outcome) {
    return switch (outcome.ending()) {
      case FINISHED -> reached(outcome, "not", inSteps(outcome));
      case DIVERGED -> reached(outcome, "not", "") + "; diverged at step " + done(outcome);
      case INTERRUPTED ->
          reached(outcome, "not yet", "") + "; interrupted at step " + doneOf(outcome);
      case RUNNING -> reached(outcome, "not yet", "") + "; running, at step " + doneOf(outcome);
    };
  }

  private static String reached(Outcome outcome, String not, String inSteps) {
    boolean memorised = outcome.memorisedAt().isPresent();
    boolean grokked = outcome.grokkedAt().isPresent();
    if (memorised && grokked) {
      return both(outcome.memorisedAt().getAsLong(), outcome.grokkedAt().getAsLong());
    }
    if (memorised) {
      String atStep = "memorised at step " + Numbers.count(outcome.memorisedAt().getAsLong());
      return outcome.validates()
          ? atStep + ", " + not + " grokked" + inSteps + accuracies(outcome, false)
          : atStep + "; nothing validates, so it cannot grok";
    }
    if (grokked) {
      return "grokked at step "
          + Numbers.count(outcome.grokkedAt().getAsLong())
          + ", "
          + not
          + " memorised"
          + inSteps
          + trainAccuracy(outcome);
    }
    return outcome.validates()
        ? (not.equals("not")
                ? "neither memorised nor grokked"
                : "neither memorised nor grokked yet")
            + inSteps
            + accuracies(outcome, true)
        : not + " memorised" + inSteps + trainAccuracy(outcome);
  }

  private static String both(long memorisedAt, long grokkedAt) {
    String memorised = Numbers.count(memorisedAt);
    String grokked = Numbers.count(grokkedAt);
    if (memorisedAt == grokkedAt) {
      return "memorised and grokked at step " + memorised + ": no delay";
    }
    if (grokkedAt < memorisedAt) {
      return "grokked at step " + grokked + ", before it memorised at step " + memorised;
    }
    return "memorised at step "
        + memorised
        + ", grokked at step "
        + grokked
        + ": "
        + later(memorisedAt, grokkedAt);
  }

  private static String later(long memorisedAt, long grokkedAt) {
    double times = (double) grokkedAt / memorisedAt;
    return memorisedAt == 0 || times < 1.01
        ? Numbers.counted(grokkedAt - memorisedAt, "step") + " later"
        : Numbers.times(times) + " times later";
  }

  private static String accuracies(Outcome outcome, boolean withTrain) {
    if (Double.isNaN(outcome.validationAccuracy())) {
      return withTrain ? trainAccuracy(outcome) : "";
    }
    String validation = "validation accuracy " + Numbers.accuracy(outcome.validationAccuracy());
    return withTrain
        ? " (train accuracy " + Numbers.accuracy(outcome.trainAccuracy()) + ", " + validation + ")"
        : " (" + validation + ")";
  }

  private static String trainAccuracy(Outcome outcome) {
    return Double.isNaN(outcome.trainAccuracy())
        ? ""
        : " (train accuracy " + Numbers.accuracy(outcome.trainAccuracy()) + ")";
  }

  private static String inSteps(Outcome outcome) {
    return " in " + Numbers.counted(outcome.stepsDone(), "step");
  }

  private static String done(Outcome outcome) {
    return Numbers.count(outcome.stepsDone());
  }

  private static String doneOf(Outcome outcome) {
    return done(outcome) + " of " + Numbers.count(outcome.stepsPlanned());
  }
}
