package longrun.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes to the disk that survive a crash. Whoever looks at a path, at whatever instant, sees the
 * old file or the new one, whole: a file is written under a temporary name beside it, fsynced and
 * renamed, and the folder fsynced. A crash leaves at most a temporary file, which is never read.
 *
 * <p>Every change goes through {@link #before}, so that a test can end the world between any two.
 */
public class DurableFiles {
  /** The real disk. */
  public static final DurableFiles DISK = new DurableFiles();

  private static final Pattern TEMPORARY = Pattern.compile("\\..*\\.tmp-([0-9]{1,18})");

  /** For {@link #DISK} and for tests. */
  protected DurableFiles() {}

  /** Writes the bytes of a file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Output output) throws IOException;
  }

  /** Where bytes go. */
  @FunctionalInterface
  public interface Output {
    /** Writes all that remains in the buffer. */
    void write(ByteBuffer bytes) throws IOException;
  }

  /** Called before each change to the disk with what is about to happen; does nothing. */
  protected void before(String change, Path path) throws IOException {}

  /** Creates the file, or replaces it, in one instant. */
  public final void write(Path file, Content content) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path temporary = temporary(absolute);
    try {
      writeNew(temporary, content);
      rename(temporary, absolute);
    } catch (IOException | RuntimeException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    syncFolder(absolute.getParent());
  }

  /** Writes and fsyncs a file in place; for folders that nobody sees yet. */
  final void writeNew(Path file, Content content) throws IOException {
    before("create", file);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      content.writeTo(bytes -> append(channel, file, bytes));
      sync(channel, file);
    }
  }

  final void append(FileChannel channel, Path file, ByteBuffer bytes) throws IOException {
    before("write", file);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  final void truncate(FileChannel channel, Path file, long bytes) throws IOException {
    before("truncate", file);
    channel.truncate(bytes);
  }

  final void sync(FileChannel channel, Path file) throws IOException {
    before("sync", file);
    channel.force(true);
  }

  /** An atomic rename; an existing file, or an empty folder, at the target is replaced. */
  final void rename(Path from, Path to) throws IOException {
    before("rename", to);
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("this file system cannot rename atomically", e);
    }
  }

  final void createFolder(Path folder) throws IOException {
    before("mkdir", folder);
    Files.createDirectory(folder);
  }

  final void delete(Path file) throws IOException {
    before("delete", file);
    Files.deleteIfExists(file);
  }

  final void syncFolder(Path folder) throws IOException {
    before("sync", folder);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Where a file is written until it is whole: beside it, so that a rename suffices. */
  static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".tmp-" + ProcessHandle.current().pid());
  }

  /** Whether it is a temporary file that no living process, other than this one, may be writing. */
  static boolean isAbandoned(Path file) {
    Matcher name = TEMPORARY.matcher(file.getFileName().toString());
    if (!name.matches()) {
      return false;
    }
    long pid = Long.parseLong(name.group(1));
    return pid == ProcessHandle.current().pid()
        || !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  /** Whether a crash left this name behind. */
  static boolean isTemporary(Path file) {
    return TEMPORARY.matcher(file.getFileName().toString()).matches();
  }
}
