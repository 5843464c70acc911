package longrun.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to train in a run folder: an operating system's lock on a file that holds the owner's
 * process id. It ends with the process, however that ends.
 */
public final class RunLock implements AutoCloseable {
  /**
   * Folders locked by this process. Asked before the file is touched: on POSIX, closing any channel
   * of a file drops the process's locks on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;
  private final FileLock lock;
  private boolean closed;

  private RunLock(Path file, FileChannel channel, FileLock lock) {
    this.file = file;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Locks.
   *
   * @param file the lock file, by its real path; created if missing
   * @throws StorageException if another process holds it, with its id, or this one does
   */
  static RunLock acquire(Path file) {
    if (!HELD.add(file)) {
      throw new StorageException(
          file.getParent()
              + ": this process (pid "
              + ProcessHandle.current().pid()
              + ") is already training in this folder");
    }
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock == null) {
          throw new StorageException(
              file.getParent()
                  + ": another process is training in this folder (pid "
                  + Files.readString(file).strip()
                  + "); wait for it, or stop it first");
        }
        channel.truncate(0);
        channel.write(StandardCharsets.UTF_8.encode(ProcessHandle.current().pid() + "\n"), 0);
        return new RunLock(file, channel, lock);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      HELD.remove(file);
      throw StorageException.writing("lock", file, "nothing was changed", e);
    } catch (RuntimeException e) {
      HELD.remove(file);
      throw e;
    }
  }

  /**
   * The process that seems to be training in the folder: for people, since it may have ended by the
   * time they read it.
   */
  static OptionalLong owner(Path file) {
    if (HELD.contains(file)) {
      return OptionalLong.of(ProcessHandle.current().pid());
    }
    if (!Files.isRegularFile(file)) {
      return OptionalLong.empty();
    }
    try {
      String text = Files.readString(file).strip();
      if (!text.matches("[0-9]{1,18}")) {
        return OptionalLong.empty();
      }
      long pid = Long.parseLong(text);
      boolean alive = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
      return alive ? OptionalLong.of(pid) : OptionalLong.empty();
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /** Gives the right back; once is enough, and more do no harm. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (channel) {
      channel.truncate(0);
      lock.release();
    } catch (IOException e) {
      throw StorageException.writing("lock", file, "the run itself is complete on disk", e);
    } finally {
      HELD.remove(file);
    }
  }
}
