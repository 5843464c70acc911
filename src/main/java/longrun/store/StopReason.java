package longrun.store;

import java.util.Locale;

/** Why training ended. */
public enum StopReason {
  /** The configured number of steps is done. */
  STEPS_DONE,
  /** It grokked, and went on as long as the stop rule says. */
  GROKKED,
  /** A loss or a parameter is not finite. */
  DIVERGED,
  /** It was asked to stop; it can be resumed. Never in a summary.json. */
  INTERRUPTED;

  /** As written in summary.json: {@code steps_done}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
