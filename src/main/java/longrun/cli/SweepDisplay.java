package longrun.cli;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What a person sees on standard error while a sweep trains. Any thread may call. */
sealed interface SweepDisplay extends AutoCloseable
    permits SweepScreenDisplay, SweepLineDisplay, SweepSilence {

  /** Some slot has made steps, which are not yet in the status. */
  void progressed();

  /** Shows a line that stays, about how the runs go. */
  void note(String text);

  /** Shows a line that stays and that a person has to see. */
  void warn(String text);

  /** The sweep is over: what tells of its progress goes. */
  void finish();

  /** Ends the display; what was shown stays. */
  @Override
  void close();

  /**
   * The display that suits the far end of standard error.
   *
   * @param status how the sweep stands when it is asked
   * @param nanoTime the clock
   */
  static SweepDisplay start(
      Output output, boolean quiet, Supplier<SweepStatus> status, LongSupplier nanoTime) {
    if (quiet) {
      return new SweepSilence(output.err());
    }
    if (output.screen().interactive()) {
      return SweepScreenDisplay.start(output.err(), output.screen(), status);
    }
    SweepTexts.header(status.get()).forEach(output.out()::println);
    return new SweepLineDisplay(output.err(), status, nanoTime);
  }
}
