package longrun.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * The last line of a terminal, drawn over again and again, with lines that stay above it. Follows
 * the width of the window.
 */
final class ScreenLine implements ProgressBarConsumer {
  private static final String TO_START_AND_ERASE = "\r\u001b[K";

  private static final int SPARE_COLUMNS = 3;

  private final PrintStream err;
  private final Terminal screen;
  private volatile boolean resized = true;
  private int columns;
  private String shown = "";
  private boolean closed;

  ScreenLine(PrintStream err, Terminal screen) {
    this.err = err;
    this.screen = screen;
    Signals.handle("WINCH", _ -> resized = true);
  }

  /** Leaves room for the "^C" that the terminal shows, which would wrap and stay otherwise. */
  @Override
  public synchronized int getMaxRenderedLength() {
    if (resized) {
      resized = false;
      columns = screen.columns();
    }
    return columns - SPARE_COLUMNS;
  }

  @Override
  public synchronized void accept(String rendered) {
    if (closed) {
      return;
    }
    shown = rendered;
    err.print(TO_START_AND_ERASE + rendered);
    err.flush();
  }

  /** Shows a line that stays above the one that is drawn over. */
  synchronized void say(String line) {
    err.print(TO_START_AND_ERASE + line + System.lineSeparator() + shown);
    err.flush();
  }

  /** The end of training and a second signal may both come here. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    err.println();
    shown = "";
  }
}
