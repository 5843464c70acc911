package longrun.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The disk did not do what was needed: a file is damaged, missing, in the way, or could not be
 * written. The message names the file and what is wrong; it is meant for the user as it stands.
 */
public final class StorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean exhausted;

  public StorageException(String message) {
    super(message);
    exhausted = false;
  }

  public StorageException(String message, Throwable cause) {
    this(message, cause, false);
  }

  private StorageException(String message, Throwable cause, boolean exhausted) {
    super(message, cause);
    this.exhausted = exhausted;
  }

  /** Whether space or a quota has run out, so that whoever writes next will fail as well. */
  public boolean isExhausted() {
    return exhausted;
  }

  /** A file that could not be read. */
  public static StorageException reading(Path file, IOException cause) {
    return new StorageException("cannot read " + file + ": " + reason(cause), cause);
  }

  /**
   * A file or folder that could not be written.
   *
   * @param what that was being written: {@code "checkpoint of step 1000"}
   * @param consequence what the user is left with: {@code "the last good checkpoint is intact"}
   */
  public static StorageException writing(
      String what, Path file, String consequence, IOException cause) {
    String reason = reason(cause);
    Exhausted exhausted = exhausted(cause);
    String remedy =
        switch (exhausted) {
          case SPACE -> "; free some space on the disk of " + file.toAbsolutePath().getParent();
          case FILE_SIZE -> "; raise the limit on file sizes (ulimit -f) or use another disk";
          case QUOTA -> "; free some of your quota on " + file.toAbsolutePath().getParent();
          case NOTHING -> "";
        };
    return new StorageException(
        "cannot write the " + what + " to " + file + ": " + reason + remedy + "; " + consequence,
        cause,
        exhausted != Exhausted.NOTHING);
  }

  private enum Exhausted {
    SPACE,
    FILE_SIZE,
    QUOTA,
    NOTHING
  }

  /** The JDK tells these apart by the operating system's words alone. */
  private static Exhausted exhausted(IOException cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("No space left on device")) {
      return Exhausted.SPACE;
    }
    if (message.contains("File too large")) {
      return Exhausted.FILE_SIZE;
    }
    return message.contains("quota exceeded") ? Exhausted.QUOTA : Exhausted.NOTHING;
  }

  private static String reason(IOException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      case IOException e when e.getMessage() != null -> e.getMessage();
      case IOException e -> e.getClass().getSimpleName();
    };
  }
}
