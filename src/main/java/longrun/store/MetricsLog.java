package longrun.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * metrics.csv: a header and a row per evaluation: of step 0, of every multiple of {@code
 * evaluation.every}, and of the last step. Lines end in LF; CRLF is read too.
 *
 * <p>A row is one write and is visible to other programs at once; {@link #sync} makes the rows so
 * far survive a power failure. Whoever writes a checkpoint calls it first: then no checkpoint is
 * ever newer than the rows before it. A crash may leave a torn last line, which readers ignore.
 */
public final class MetricsLog implements AutoCloseable {
  private static final String INTACT = "the last good checkpoint is intact";

  private final Path file;
  private final DurableFiles files;
  private final int every;
  private final FileChannel channel;
  private final List<MetricsRow> rows;
  private WrittenRows written;

  private MetricsLog(
      Path file,
      DurableFiles files,
      int every,
      FileChannel channel,
      List<MetricsRow> rows,
      WrittenRows written) {
    this.file = file;
    this.files = files;
    this.every = every;
    this.channel = channel;
    this.rows = rows;
    this.written = written;
  }

  /**
   * Opens the log of a run that goes on from a checkpoint. Rows that the checkpoint does not know
   * and a torn last line are dropped; the others stay byte for byte.
   *
   * @param every steps between evaluations
   * @param expected the rows that were there when the checkpoint was written
   * @throws StorageException if they are damaged, missing or no longer the same
   */
  static MetricsLog resume(Path file, DurableFiles files, int every, WrittenRows expected) {
    Scan scan = expectedRows(file, every, expected);
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
      try {
        if (channel.size() != scan.keptBytes) {
          files.truncate(channel, file, scan.keptBytes);
          files.sync(channel, file);
        }
        channel.position(scan.keptBytes);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return new MetricsLog(file, files, every, channel, scan.rows, expected);
    } catch (IOException e) {
      throw StorageException.writing("metrics", file, INTACT, e);
    }
  }

  /**
   * Refuses what {@link #resume} would refuse, and changes nothing.
   *
   * @throws StorageException as that does
   */
  static void check(Path file, int every, WrittenRows expected) {
    expectedRows(file, every, expected);
  }

  private static Scan expectedRows(Path file, int every, WrittenRows expected) {
    Scan scan = scan(file, OptionalInt.of(every), expected.count());
    if (scan.rows.size() < expected.count()) {
      throw new StorageException(
          scan.damage.orElse(
                  file
                      + ": has rows="
                      + scan.rows.size()
                      + ", but the checkpoint was written after rows="
                      + expected.count())
              + remedy(file));
    }
    if (!WrittenRows.of(scan.rows).equals(expected)) {
      throw new StorageException(
          file
              + ": the first "
              + expected.count()
              + " rows are not those that were written: a number was changed"
              + remedy(file));
    }
    return scan;
  }

  /** The content of a log without rows. */
  static DurableFiles.Content empty() {
    return output -> output.write(StandardCharsets.UTF_8.encode(MetricsRow.HEADER + "\n"));
  }

  /**
   * Reads a whole log, of a finished run or of one that is being written.
   *
   * @param every steps between evaluations
   * @throws StorageException if a line is damaged or missing, with its number; a last line without
   *     its end is ignored
   */
  public static List<MetricsRow> read(Path file, int every) {
    return read(file, OptionalInt.of(every));
  }

  /** The same where nobody knows how often was evaluated: steps only have to ascend. */
  public static List<MetricsRow> read(Path file) {
    return read(file, OptionalInt.empty());
  }

  private static List<MetricsRow> read(Path file, OptionalInt every) {
    Scan scan = scan(file, every, Long.MAX_VALUE);
    if (scan.damage.isPresent()) {
      throw new StorageException(scan.damage.get());
    }
    return List.copyOf(scan.rows);
  }

  /**
   * What a checkpoint has to know about the rows so far: all but one of a last step at which no
   * evaluation was due. That row is written anew by whoever goes on from the checkpoint, unless the
   * run was given more steps meanwhile and has no such row.
   */
  public WrittenRows written() {
    return written;
  }

  /** The rows so far, in order; a view. */
  public List<MetricsRow> rows() {
    return Collections.unmodifiableList(rows);
  }

  /**
   * Appends a row.
   *
   * @throws IllegalArgumentException if its step is not past the last one's
   */
  public void append(MetricsRow row) {
    if (!rows.isEmpty() && row.step() <= rows.getLast().step()) {
      throw new IllegalArgumentException(
          "step=" + row.step() + " after step=" + rows.getLast().step());
    }
    try {
      files.append(channel, file, StandardCharsets.UTF_8.encode(row.toLine() + "\n"));
    } catch (IOException e) {
      throw StorageException.writing("metrics of step " + row.step(), file, INTACT, e);
    }
    rows.add(row);
    if (row.step() % every == 0) {
      written = written.plus(row);
    }
  }

  /** Makes the rows so far survive a power failure. */
  public void sync() {
    try {
      files.sync(channel, file);
    } catch (IOException e) {
      throw StorageException.writing("metrics", file, INTACT, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw StorageException.writing("metrics", file, INTACT, e);
    }
  }

  private static String remedy(Path file) {
    return "; restore the file from a copy, or start a new run: longrun train "
        + file.resolveSibling("config.yaml");
  }

  /**
   * Rows from the first.
   *
   * @param keptBytes bytes of the header and those rows
   * @param damage what ended the scan early, if anything: file, line and reason
   */
  private record Scan(List<MetricsRow> rows, long keptBytes, Optional<String> damage) {}

  private static Scan scan(Path file, OptionalInt every, long maxRows) {
    byte[] bytes = readAll(file);
    int begin = afterLine(bytes, 0);
    if (begin < 0 || !line(bytes, 0, begin).equals(MetricsRow.HEADER)) {
      throw new StorageException(file + ":1: expected the header " + MetricsRow.HEADER);
    }
    List<MetricsRow> rows = new ArrayList<>();
    Optional<String> damage = Optional.empty();
    for (int line = 2; rows.size() < maxRows && damage.isEmpty(); line++) {
      int end = afterLine(bytes, begin);
      if (end < 0) {
        break;
      }
      try {
        MetricsRow row = MetricsRow.parse(line(bytes, begin, end));
        int number = line;
        damage = misplaced(rows, row, every).map(reason -> file + ":" + reason.at(number));
        if (damage.isEmpty()) {
          rows.add(row);
          begin = end;
        }
      } catch (IllegalArgumentException e) {
        damage = Optional.of(file + ":" + line + ": " + e.getMessage());
      }
    }
    return new Scan(rows, begin, damage);
  }

  /**
   * What is wrong with a row's place.
   *
   * @param linesBack how far before the row the mistake is
   */
  private record Misplaced(int linesBack, String reason) {
    String at(int line) {
      return (line - linesBack) + ": " + reason;
    }
  }

  /** A row off the grid is the last step's: right, unless another one follows. */
  private static Optional<Misplaced> misplaced(
      List<MetricsRow> before, MetricsRow row, OptionalInt every) {
    long previous = before.isEmpty() ? -1 : before.getLast().step();
    if (every.isEmpty()) {
      return row.step() > previous
          ? Optional.empty()
          : Optional.of(new Misplaced(0, "step=" + row.step() + " after step=" + previous));
    }
    long expected = (long) before.size() * every.getAsInt();
    long expectedBefore = expected - every.getAsInt();
    if (!before.isEmpty() && previous != expectedBefore) {
      return Optional.of(
          new Misplaced(1, "expected step " + expectedBefore + ", found " + previous));
    }
    return row.step() > previous && row.step() <= expected && !(before.isEmpty() && row.step() > 0)
        ? Optional.empty()
        : Optional.of(new Misplaced(0, "expected step " + expected + ", found " + row.step()));
  }

  private static byte[] readAll(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new StorageException(file + " is missing" + remedy(file), e);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /** Where the next line begins; -1 if this one has no end. */
  private static int afterLine(byte[] bytes, int begin) {
    for (int i = begin; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  /** A line without its end. */
  private static String line(byte[] bytes, int begin, int next) {
    int end = next - 1;
    if (end > begin && bytes[end - 1] == '\r') {
      end--;
    }
    return new String(bytes, begin, end - begin, StandardCharsets.UTF_8);
  }
}
