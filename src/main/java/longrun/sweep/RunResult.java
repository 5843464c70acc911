package longrun.sweep;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.store.StopReason;
import longrun.store.Summary.FinalMetrics;

/**
 * What has become of one run of a sweep so far.
 *
 * @param run its number, from 0
 * @param values of the axes, in their order, in YAML
 * @param stopReason why it ended; empty unless it has, or if its summary cannot be read
 * @param memorisedAt first of the consecutive evaluated steps from which the training accuracy
 *     reached the threshold
 * @param grokkedAt the same of the validation accuracy
 * @param steps parameter updates, up to the last evaluation where the run has not ended; empty
 *     where nothing was evaluated, or nothing can be read
 * @param last the last evaluation; NaN where there is no value or none that is finite
 * @param seconds of wall-clock time that the run has taken, interruptions left out
 * @param error why it could not be trained, or which of its files cannot be read and why
 */
public record RunResult(
    int run,
    List<String> values,
    Status status,
    Optional<StopReason> stopReason,
    OptionalLong memorisedAt,
    OptionalLong grokkedAt,
    OptionalLong steps,
    FinalMetrics last,
    OptionalDouble seconds,
    Optional<String> error) {

  /** How far a run has come. */
  public enum Status {
    /** Nobody has begun it. */
    WAITING,
    /** It has begun and not ended: it trains now, or was interrupted. */
    RUNNING,
    /** It has ended for good; a run that diverged has, too. */
    ENDED,
    /** It could not be trained, or not to its end, when it was last tried. */
    FAILED;

    /** As in results.csv: {@code waiting}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The metrics of a run without any evaluation. */
  static final FinalMetrics NO_METRICS =
      new FinalMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

  public RunResult {
    values = List.copyOf(values);
  }

  /** grokked / memorised; empty unless both happened, the latter after step 0. */
  public OptionalDouble delay() {
    return memorisedAt.isPresent() && grokkedAt.isPresent() && memorisedAt.getAsLong() > 0
        ? OptionalDouble.of((double) grokkedAt.getAsLong() / memorisedAt.getAsLong())
        : OptionalDouble.empty();
  }

  /**
   * Whether all that is ever to be known of when it memorised and grokked is known: it has ended,
   * and its files can be read. Of such a run an empty {@link #grokkedAt} says that it did not grok.
   */
  public boolean isFinal() {
    return status == Status.ENDED && steps.isPresent();
  }
}
