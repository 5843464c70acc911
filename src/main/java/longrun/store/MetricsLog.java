package longrun.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * metrics.csv: a header and a row per evaluation, steps ascending.
 *
 * <p>A row is one write and is visible to other programs at once; {@link #sync} makes the rows so
 * far survive a power failure. Whoever writes a checkpoint calls it first: then no checkpoint is
 * ever newer than the rows before it. A crash may leave a torn last line, which readers ignore.
 */
public final class MetricsLog implements AutoCloseable {
  private static final String INTACT = "the last good checkpoint is intact";

  private final Path file;
  private final DurableFiles files;
  private final FileChannel channel;
  private final List<MetricsRow> rows;

  private MetricsLog(Path file, DurableFiles files, FileChannel channel, List<MetricsRow> rows) {
    this.file = file;
    this.files = files;
    this.channel = channel;
    this.rows = rows;
  }

  /**
   * Opens the log of a run that goes on from a checkpoint. Rows past its step and a torn last line
   * are dropped; the others stay byte for byte.
   *
   * @param step of the checkpoint
   * @param requiredRow step of a row that has to be there; -1 if none has
   * @throws StorageException if the rows up to the checkpoint are damaged or missing
   */
  static MetricsLog resume(Path file, DurableFiles files, long step, long requiredRow) {
    Scan scan = scan(file, step);
    long found = scan.rows.isEmpty() ? -1 : scan.rows.getLast().step();
    if (found < requiredRow) {
      throw new StorageException(
          scan.damage.orElse(
              file
                  + ": the row of step="
                  + requiredRow
                  + " is missing before the checkpoint of step="
                  + step
                  + "; the last row is of step="
                  + found));
    }
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
      return new MetricsLog(file, files, channel, scan.rows);
    } catch (IOException e) {
      throw StorageException.writing("metrics", file, INTACT, e);
    }
  }

  /** The content of a log without rows. */
  static DurableFiles.Content empty() {
    return output -> output.write(StandardCharsets.UTF_8.encode(MetricsRow.HEADER + "\n"));
  }

  /**
   * Reads a whole log, of a finished run or of one that is being written.
   *
   * @throws StorageException if a line is damaged, with its number; a last line without its end is
   *     ignored
   */
  public static List<MetricsRow> read(Path file) {
    Scan scan = scan(file, Long.MAX_VALUE);
    if (scan.damage.isPresent()) {
      throw new StorageException(scan.damage.get());
    }
    return List.copyOf(scan.rows);
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

  /**
   * Rows up to some step.
   *
   * @param keptBytes bytes of the header and those rows
   * @param damage what ended the scan early, if anything: file, line and reason
   */
  private record Scan(List<MetricsRow> rows, long keptBytes, Optional<String> damage) {}

  private static Scan scan(Path file, long lastStep) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
    byte[] header = (MetricsRow.HEADER + "\n").getBytes(StandardCharsets.UTF_8);
    if (!ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, header.length))
        .equals(ByteBuffer.wrap(header))) {
      throw new StorageException(file + ":1: expected the header " + MetricsRow.HEADER);
    }
    List<MetricsRow> rows = new ArrayList<>();
    int begin = header.length;
    for (int line = 2; begin < bytes.length; line++) {
      int end = begin;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      if (end == bytes.length) {
        break;
      }
      MetricsRow row;
      try {
        row = MetricsRow.parse(new String(bytes, begin, end - begin, StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        return new Scan(rows, begin, Optional.of(file + ":" + line + ": " + e.getMessage()));
      }
      if (row.step() > lastStep) {
        break;
      }
      if (!rows.isEmpty() && row.step() <= rows.getLast().step()) {
        String damage =
            file + ":" + line + ": step=" + row.step() + " after step=" + rows.getLast().step();
        return new Scan(rows, begin, Optional.of(damage));
      }
      rows.add(row);
      begin = end + 1;
    }
    return new Scan(rows, begin, Optional.empty());
  }
}
