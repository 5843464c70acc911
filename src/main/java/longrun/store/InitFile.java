package longrun.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The file that a run's first parameters were read from. The run folder keeps a copy.
 *
 * @param path where it was: absolute
 * @param sha256 of its bytes, in hexadecimal
 */
public record InitFile(String path, String sha256) {
  private static final int BUFFER_BYTES = 1 << 16;

  /**
   * A file as it is now.
   *
   * @throws StorageException if it cannot be read
   */
  public static InitFile of(Path file) {
    MessageDigest sha256 = Sha256.start();
    try {
      read(file, bytes -> sha256.update(bytes));
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
    return new InitFile(file.toAbsolutePath().normalize().toString(), Sha256.finish(sha256));
  }

  /** Its bytes; it fails if they are no longer those of the digest. */
  DurableFiles.Content content() {
    return output -> {
      MessageDigest read = Sha256.start();
      read(
          Path.of(path),
          bytes -> {
            read.update(bytes.duplicate());
            output.write(bytes);
          });
      if (!Sha256.finish(read).equals(sha256)) {
        throw new StorageException(path + ": was changed while the run was being started");
      }
    };
  }

  private static void read(Path file, DurableFiles.Output output) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int bytes = input.read(buffer); bytes >= 0; bytes = input.read(buffer)) {
        output.write(ByteBuffer.wrap(Arrays.copyOf(buffer, bytes)));
      }
    }
  }
}
