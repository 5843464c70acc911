package longrun.cli;

import java.io.PrintStream;
import java.util.List;

/**
 * Some lines of a terminal, drawn over again and again, with lines that stay above them.
 *
 * <p>The cursor rests on the first of the lines. A terminal whose window changes may wrap or cut
 * lines, and every one does so differently; but in all of them the cursor stays with its line, so
 * that what has to be drawn over always begins where the cursor is. What a shell prints when the
 * process is stopped or killed begins there, too.
 */
final class ScreenBlock {
  private static final String ESCAPE = "\u001b[";
  private static final String ERASE_LINE_END = ESCAPE + "K";
  private static final String ERASE_BELOW = ESCAPE + "J";
  private static final String HIDE_CURSOR = ESCAPE + "?25l";
  private static final String SHOW_CURSOR = ESCAPE + "?25h";

  /** Lines that are too long for a window that has just become narrower are cut, not wrapped. */
  private static final String DO_NOT_WRAP = ESCAPE + "?7l";

  private static final String WRAP = ESCAPE + "?7h";
  private static final String NEXT_LINE = "\r\n";

  private final PrintStream err;
  private int height;
  private boolean left;

  ScreenBlock(PrintStream err) {
    this.err = err;
  }

  /**
   * Draws the lines.
   *
   * @param above lines that stay; they may be wider than the window
   * @param lines no wider than the window, and no more than it has rows
   */
  synchronized void draw(List<String> above, List<String> lines) {
    if (left) {
      return;
    }
    StringBuilder text = new StringBuilder(HIDE_CURSOR).append('\r');
    if (!above.isEmpty()) {
      text.append(ERASE_BELOW);
      above.forEach(line -> text.append(line).append(NEXT_LINE));
    }
    text.append(DO_NOT_WRAP)
        .append(String.join(ERASE_LINE_END + NEXT_LINE, lines))
        .append(ERASE_LINE_END)
        .append(ERASE_BELOW)
        .append(WRAP)
        .append('\r');
    if (lines.size() > 1) {
      text.append(ESCAPE).append(lines.size() - 1).append('A');
    }
    write(text.append(SHOW_CURSOR));
    height = lines.size();
  }

  /** Takes the lines off the screen; nothing is drawn any more. */
  synchronized void erase() {
    if (!left) {
      left = true;
      write(new StringBuilder("\r").append(ERASE_BELOW));
    }
  }

  /** Moves the cursor below the lines, which stay; nothing is drawn any more. */
  synchronized void leave() {
    if (left) {
      return;
    }
    left = true;
    StringBuilder text = new StringBuilder(WRAP).append(SHOW_CURSOR).append('\r');
    if (height > 1) {
      text.append(ESCAPE).append(height - 1).append('B');
    }
    write(height > 0 ? text.append(NEXT_LINE) : text);
  }

  /** All at once, so that nobody sees half of it. */
  private void write(StringBuilder text) {
    err.print(text);
    err.flush();
  }
}
