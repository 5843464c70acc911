package longrun.cli;

import java.io.PrintStream;

/**
 * Where a command prints.
 *
 * @param out results: what a person or a script asked for
 * @param err progress and errors
 * @param screen what the far end of {@code err} can show
 */
record Output(PrintStream out, PrintStream err, Terminal screen) {

  /**
   * The streams of this process.
   *
   * @param out standard output
   */
  static Output ofProcess(PrintStream out) {
    return new Output(out, System.err, Terminal.ofStandardError());
  }
}
