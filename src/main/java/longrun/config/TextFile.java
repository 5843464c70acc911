package longrun.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads small text files that a user wrote, with errors that the user can act on. */
public final class TextFile {
  private TextFile() {}

  /**
   * The whole of a UTF-8 file.
   *
   * @param maxBytes a larger file is refused before it fills the memory
   * @throws ConfigException if it is missing, a folder, unreadable, too large or not UTF-8
   */
  public static String read(Path file, int maxBytes) {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": is a folder, not a file");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(maxBytes + 1);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": no permission to read it", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (bytes.length > maxBytes) {
      throw new ConfigException(file + ": is larger than the " + maxBytes + " bytes allowed");
    }
    return decode(bytes, file);
  }

  private static String decode(byte[] bytes, Path file) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new ConfigException(
          file + ":" + line + ": not UTF-8 text (at byte " + in.position() + " of the file)");
    }
    return out.flip().toString();
  }
}
