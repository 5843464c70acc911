package longrun.train;

import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.RunConfig;
import longrun.config.StopConfig;

/**
 * When a run ends: after its configured steps or, if it is to stop after grokking, that many steps
 * after the step it grokked at, but not before that is known. Counted from {@code grokked_at}, the
 * step people see, and a function of the rows, so that a resumed run ends where it would have.
 *
 * @param steps configured
 * @param afterGrokkingSteps if configured
 */
record StopRule(long steps, OptionalLong afterGrokkingSteps) {
  static StopRule of(RunConfig config) {
    Optional<StopConfig> stop = config.stop();
    return new StopRule(
        config.training().steps(),
        stop.isPresent() ? OptionalLong.of(stop.get().afterGrokkingSteps()) : OptionalLong.empty());
  }

  /** The last step of the run, as far as is known. */
  long lastStep(GrokkingDetector detector) {
    if (afterGrokkingSteps.isEmpty() || detector.grokkedAt().isEmpty()) {
      return steps;
    }
    // The sum may overflow: whoever waits that long has no stop rule.
    long after = detector.grokkedAt().getAsLong() + afterGrokkingSteps.getAsLong();
    long known = detector.grokkedConfirmedAt().getAsLong();
    return after < 0 ? steps : Math.min(steps, Math.max(after, known));
  }
}
