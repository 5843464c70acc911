package longrun.store;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How a run ended: summary.json. The file is there exactly when the run has ended for good, that
 * is, never with {@link StopReason#INTERRUPTED}.
 *
 * @param memorisedAt first of the consecutive evaluated steps from which the training accuracy
 *     reached the threshold
 * @param grokkedAt the same of the validation accuracy
 * @param last the last evaluation
 * @param stopReason why it ended
 * @param steps parameter updates done
 * @param timing where the time went
 * @param engine name of the engine that ended it
 * @param engineDescription what that engine ran on
 * @param machine that ended it
 * @param version of the program
 * @param provenance every engine that trained it, and the file it was started from
 */
public record Summary(
    OptionalLong memorisedAt,
    OptionalLong grokkedAt,
    FinalMetrics last,
    StopReason stopReason,
    long steps,
    Timing timing,
    String engine,
    String engineDescription,
    Machine machine,
    String version,
    Provenance provenance) {

  /** The last evaluation; NaN where nothing validates or a value is not finite. */
  public record FinalMetrics(
      double trainLoss,
      double trainAccuracy,
      double validationLoss,
      double validationAccuracy,
      double weightNorm) {
    public FinalMetrics {
      trainLoss = finiteOrNan(trainLoss);
      trainAccuracy = finiteOrNan(trainAccuracy);
      validationLoss = finiteOrNan(validationLoss);
      validationAccuracy = finiteOrNan(validationAccuracy);
      weightNorm = finiteOrNan(weightNorm);
    }

    /** JSON has one word, null, for all that is no number. */
    private static double finiteOrNan(double value) {
      return Double.isFinite(value) ? value : Double.NaN;
    }
  }

  /** grokked / memorised; empty unless both happened, the latter after step 0. */
  public OptionalDouble delay() {
    return memorisedAt.isPresent() && grokkedAt.isPresent() && memorisedAt.getAsLong() > 0
        ? OptionalDouble.of((double) grokkedAt.getAsLong() / memorisedAt.getAsLong())
        : OptionalDouble.empty();
  }
}
