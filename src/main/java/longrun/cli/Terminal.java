package longrun.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What the far end of a stream can show.
 *
 * @param device the terminal's device, {@code /dev/pts/3}; empty: a file, a pipe, or a terminal
 *     that cannot move its cursor, where only plain lines may be written
 * @param unicode whether block characters arrive
 * @param color whether colours are wanted (<a href="https://no-color.org">NO_COLOR</a>)
 */
record Terminal(Optional<Path> device, boolean unicode, boolean color) {
  private static final Size DEFAULT_SIZE = new Size(80, 24);
  private static final long STTY_TIMEOUT_SECONDS = 2;

  /** Of a window, in characters. */
  record Size(int columns, int rows) {}

  /** A file or a pipe. */
  static Terminal plain() {
    return new Terminal(Optional.empty(), false, false);
  }

  /** Standard error of this process. */
  static Terminal ofStandardError() {
    return of(Path.of("/proc/self/fd/2"), System.getProperty("stderr.encoding"), System.getenv());
  }

  /** Standard output of this process. */
  static Terminal ofStandardOutput() {
    return of(Path.of("/proc/self/fd/1"), System.getProperty("stdout.encoding"), System.getenv());
  }

  /**
   * The terminal behind a link of {@code /proc/self/fd}.
   *
   * @param encoding of the stream
   * @param environment TERM and NO_COLOR are read
   */
  static Terminal of(Path link, String encoding, Map<String, String> environment) {
    Path target;
    try {
      target = Files.readSymbolicLink(link);
    } catch (IOException | UnsupportedOperationException e) {
      // No /proc here: plain lines are right everywhere.
      return plain();
    }
    String name = target.toString();
    boolean terminal =
        name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
    String kind = environment.getOrDefault("TERM", "dumb");
    if (!terminal || kind.equals("dumb") || kind.isEmpty()) {
      return plain();
    }
    boolean unicode = StandardCharsets.UTF_8.name().equalsIgnoreCase(encoding);
    return new Terminal(
        Optional.of(target), unicode, environment.getOrDefault("NO_COLOR", "").isEmpty());
  }

  /** Whether lines can be drawn over. */
  boolean interactive() {
    return device.isPresent();
  }

  /** Width now, in characters; 80 where it cannot be found out. As slow as {@link #size}. */
  int columns() {
    return size().columns();
  }

  /** Size now; 80 by 24 where it cannot be found out. Asks {@code stty}: not for loops. */
  Size size() {
    return device.map(Terminal::askSize).orElse(DEFAULT_SIZE);
  }

  private static Size askSize(Path device) {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File(device.toString()))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      stty.waitFor(STTY_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return parse(answer);
    } catch (IOException e) {
      return DEFAULT_SIZE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DEFAULT_SIZE;
    }
  }

  /** The answer of {@code stty size}, {@code "24 80"}: rows, columns; 0 where it does not know. */
  static Size parse(String answer) {
    String[] rowsAndColumns = answer.strip().split(" ", -1);
    try {
      int rows = Integer.parseInt(rowsAndColumns[0]);
      int columns = Integer.parseInt(rowsAndColumns[rowsAndColumns.length - 1]);
      return new Size(
          columns > 0 ? columns : DEFAULT_SIZE.columns(), rows > 0 ? rows : DEFAULT_SIZE.rows());
    } catch (NumberFormatException e) {
      return DEFAULT_SIZE;
    }
  }
}
