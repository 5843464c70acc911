package longrun.train;

import java.util.List;
import java.util.OptionalLong;
import longrun.config.EvaluationConfig;
import longrun.store.MetricsRow;

/**
 * Finds the step at which a run memorised and the one at which it grokked: the first of so many
 * consecutive evaluated steps at which the training, or the validation, accuracy is at least the
 * threshold. A NaN accuracy (nothing validates) reaches no threshold. A function of the rows seen,
 * so that a resumed run, which replays its rows, finds the same.
 */
public final class GrokkingDetector {
  private final Streak memorised;
  private final Streak grokked;

  public GrokkingDetector(EvaluationConfig config) {
    memorised = new Streak(config.accuracyThreshold(), config.consecutive());
    grokked = new Streak(config.accuracyThreshold(), config.consecutive());
  }

  /** A detector that has seen the rows. */
  public static GrokkingDetector of(EvaluationConfig config, List<MetricsRow> rows) {
    GrokkingDetector detector = new GrokkingDetector(config);
    for (MetricsRow row : rows) {
      detector.see(row.step(), row.trainAccuracy(), row.validationAccuracy());
    }
    return detector;
  }

  /** Takes note of an evaluation; steps ascend. */
  public void see(long step, double trainAccuracy, double validationAccuracy) {
    memorised.see(step, trainAccuracy);
    grokked.see(step, validationAccuracy);
  }

  /** First evaluated step from which the training accuracy reached the threshold. */
  public OptionalLong memorisedAt() {
    return memorised.confirmed() ? OptionalLong.of(memorised.first) : OptionalLong.empty();
  }

  /** First evaluated step from which the validation accuracy reached the threshold. */
  public OptionalLong grokkedAt() {
    return grokked.confirmed() ? OptionalLong.of(grokked.first) : OptionalLong.empty();
  }

  /** The step at which {@link #grokkedAt} became known: the last of the consecutive ones. */
  public OptionalLong grokkedConfirmedAt() {
    return grokked.confirmed() ? OptionalLong.of(grokked.last) : OptionalLong.empty();
  }

  /** Steps in a row at or above a threshold; it stays as it is once there are enough. */
  private static final class Streak {
    private final double threshold;
    private final int needed;
    private int length;
    private long first;
    private long last;

    Streak(double threshold, int needed) {
      this.threshold = threshold;
      this.needed = needed;
    }

    void see(long step, double accuracy) {
      if (confirmed()) {
        return;
      }
      if (accuracy >= threshold) {
        if (length == 0) {
          first = step;
        }
        length++;
        last = step;
      } else {
        length = 0;
      }
    }

    boolean confirmed() {
      return length >= needed;
    }
  }
}
