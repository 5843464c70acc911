package longrun.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Standard output of this process, which remembers why it could not be written to: {@link
 * PrintStream} tells only that, and goes on, which is right while a run trains.
 */
final class StandardOutput {
  private final Path link;
  private final PrintStream stream;
  private volatile Optional<IOException> failure = Optional.empty();

  private StandardOutput(OutputStream target, Path link, Charset charset) {
    this.link = link;
    this.stream = new ReadableStream(new BufferedOutputStream(new Watched(target)), charset);
  }

  /** That of this process. */
  static StandardOutput ofProcess() {
    return new StandardOutput(
        new FileOutputStream(FileDescriptor.out), Path.of("/proc/self/fd/1"), System.out.charset());
  }

  /**
   * Any other.
   *
   * @param link what {@code /proc/self/fd/1} is for the process
   */
  static StandardOutput of(OutputStream target, Path link, Charset charset) {
    return new StandardOutput(target, link, charset);
  }

  PrintStream stream() {
    return stream;
  }

  /**
   * The exit code of a command that ended with another one: a command that is otherwise done has
   * failed if what it said is lost. Where nobody reads any more, at a closed pipe or a terminal
   * that is gone, nothing is lost.
   */
  int end(int exitCode, PrintStream err) {
    stream.flush();
    if (failure.isEmpty() || exitCode != ExitCode.DONE || nobodyReads()) {
      return exitCode;
    }
    err.println(
        "longrun: standard output could not be written: "
            + failure.get().getMessage()
            + "; what was to be printed is lost or cut short");
    return ExitCode.STORAGE;
  }

  private boolean nobodyReads() {
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("pipe:")
          || target.startsWith("socket:")
          || target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Keeps the first failure. */
  private final class Watched extends OutputStream {
    private final OutputStream target;

    Watched(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      try {
        target.write(bytes, offset, count);
      } catch (IOException e) {
        failure = Optional.of(failure.orElse(e));
        throw e;
      }
    }
  }
}
