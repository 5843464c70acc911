package longrun.report;

import longrun.store.StopReason;
import longrun.sweep.RunResult;

/** What has become of a run of a sweep, in a few words. */
final class SweepOutcome {
  private SweepOutcome() {}

  /** {@code grokked at step 1,350}, {@code did not grok}, {@code diverged}, {@code running}. */
  static String of(RunResult run) {
    return run.grokkedAt().isPresent()
        ? text(run, "grokked at step " + Numbers.count(run.grokkedAt().getAsLong()))
        : text(run, "");
  }

  /** Without the step. */
  static String inBrief(RunResult run) {
    return text(run, run.grokkedAt().isPresent() ? "grokked" : "");
  }

  private static String text(RunResult run, String grokked) {
    return switch (run.status()) {
      case WAITING -> "waiting";
      case RUNNING -> grokked.isEmpty() ? "not ended" : grokked + ", not ended";
      case FAILED -> "failed";
      case ENDED -> {
        if (!run.isFinal()) {
          yield "unreadable";
        }
        boolean diverged = run.stopReason().filter(StopReason.DIVERGED::equals).isPresent();
        if (diverged) {
          yield grokked.isEmpty() ? "diverged" : grokked + ", then diverged";
        }
        yield grokked.isEmpty() ? "did not grok" : grokked;
      }
    };
  }
}
