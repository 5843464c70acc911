package longrun.cli;

import java.io.PrintStream;
import longrun.engine.Evaluation;

/**
 * What a person sees on standard error while a run trains. {@code warn} may be called by any
 * thread, everything else by the one that trains.
 */
sealed interface Progress extends AutoCloseable permits BarProgress, LineProgress, SilentProgress {

  /**
   * Some steps are done.
   *
   * @param stepsPerSecond of the last seconds
   */
  void progressed(long step, double stepsPerSecond);

  /** The run was seen after some step. */
  void evaluated(Evaluation evaluation);

  /** The run will end at this step instead of at its last one. */
  void endsAt(long step);

  /** Shows a line that stays, about how the run goes. */
  void note(String line);

  /** Shows a line that stays and that a person has to see. */
  void warn(String line);

  /** Ends the display; what was shown stays. */
  @Override
  void close();

  /**
   * The display that suits the screen: a bar where lines can be drawn over, else a plain line now
   * and then.
   *
   * @param from the step at which training begins or goes on
   * @param to the last step
   */
  static Progress start(Output output, boolean quiet, long from, long to) {
    PrintStream err = output.err();
    if (quiet) {
      return new SilentProgress(err);
    }
    return output.screen().interactive()
        ? new BarProgress(err, output.screen(), from, to)
        : new LineProgress(err, to, System::nanoTime);
  }
}
