package longrun.report;

import java.awt.AWTError;
import java.util.Locale;

/** Says why this machine could not draw, and what to install. */
final class DrawingFailure {
  private static final int LONGEST_CHAIN = 20;

  private DrawingFailure() {}

  /**
   * Whether something thrown while drawing means that a chart cannot be had here, rather than that
   * the program is in no state to go on. A missing library is a {@link LinkageError}, a broken one
   * an {@link InternalError}, missing fonts a plain {@link Error} or a {@link RuntimeException}.
   */
  static boolean isOne(Throwable thrown) {
    return thrown instanceof RuntimeException
        || thrown instanceof LinkageError
        || thrown instanceof AWTError
        || thrown instanceof InternalError
        || thrown.getClass() == Error.class;
  }

  /** One or two sentences for people. */
  static String explain(Throwable failure) {
    return "Charts are missing: "
        + cause(failure)
        + " Their numbers are in metrics.csv; once drawing works, `longrun report` writes this page"
        + " again.";
  }

  private static String cause(Throwable failure) {
    Throwable root = failure;
    for (int i = 0; i < LONGEST_CHAIN && root.getCause() != null; i++) {
      root = root.getCause();
    }
    String what = root.getClass().getName() + ": " + root.getMessage();
    String text = what.toLowerCase(Locale.ROOT);
    if (text.contains("freetype")) {
      return "Java cannot draw text without the library libfreetype ("
          + what
          + ")."
          + " On Debian or Ubuntu: apt-get install libfreetype6 libfontconfig1 fonts-dejavu-core.";
    }
    if (text.contains("font") || isFontClass(root)) {
      return "Java cannot draw text without fontconfig and a font ("
          + what
          + ")."
          + " On Debian or Ubuntu: apt-get install libfontconfig1 fonts-dejavu-core.";
    }
    if (root instanceof LinkageError) {
      return "Java's drawing library did not load ("
          + what
          + "). It is in every whole JDK or JRE, in the module java.desktop.";
    }
    return "drawing failed (" + what + ").";
  }

  /** Whether it came out of the JDK's font code. */
  private static boolean isFontClass(Throwable root) {
    for (StackTraceElement frame : root.getStackTrace()) {
      if (frame.getClassName().startsWith("sun.font.")
          || frame.getClassName().contains("FontConfiguration")) {
        return true;
      }
    }
    return false;
  }
}
