package longrun.report;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.store.EngineSpan;

/**
 * A run as {@code longrun list} shows it. Of a damaged run, what its intact files say.
 *
 * @param folder as the listing was asked for it
 * @param name the folder's own name
 * @param problem what is damaged; present exactly where the status is {@link Status#DAMAGED}
 * @param task {@code add mod 113}; empty if config.yaml is damaged, as are the next three
 * @param model {@code transformer 1×128}
 * @param seed of the initialisation
 * @param stepsPlanned parameter updates asked for
 * @param stepsDone parameter updates done, as of the last evaluation if it has not ended
 * @param delay grokked / memorised
 * @param trainAccuracy of the last evaluation
 * @param validationAccuracy of the last evaluation; empty if nothing validates
 * @param seconds taken, until the last evaluation if it has not ended
 * @param engines that trained it, in order; empty if unknown
 * @param modified when its metrics or summary last changed
 */
public record RunRow(
    Path folder,
    String name,
    Status status,
    Optional<String> problem,
    Optional<String> task,
    Optional<String> model,
    OptionalLong seed,
    OptionalLong stepsPlanned,
    OptionalLong stepsDone,
    OptionalLong memorisedAt,
    OptionalLong grokkedAt,
    OptionalDouble delay,
    OptionalDouble trainAccuracy,
    OptionalDouble validationAccuracy,
    OptionalDouble seconds,
    List<EngineSpan> engines,
    Optional<Instant> modified) {
  public RunRow {
    engines = List.copyOf(engines);
  }

  /** Where a run stands. */
  public enum Status {
    /** All steps done, or stopped by its rule. */
    FINISHED,
    /** Ended because a loss or a parameter was not finite. */
    DIVERGED,
    /** Stopped or killed before its end; {@code resume} goes on. */
    INTERRUPTED,
    /** A process is training. */
    RUNNING,
    /** A file is missing or cannot be read. */
    DAMAGED;

    /** As shown and as in JSON: {@code finished}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
