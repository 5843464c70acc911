package longrun.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * What has to stay the same as long as a sweep lives: sweep.json.
 *
 * @param runs in the product of its axes
 * @param shards into which the runs are divided; 1: not divided
 * @param version of the program that created it
 */
public record SweepManifest(int runs, int shards, String version) {
  /** Of the layout of the folder; a change that an older program would misread raises it. */
  static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * @param digest of sweep.yaml, so that nobody trains half of a sweep by a changed one
   */
  byte[] encode(String digest) {
    try {
      return JSON.writeValueAsBytes(
          JSON.createObjectNode()
              .put("format", FORMAT)
              .put("runs", runs)
              .put("shards", shards)
              .put("version", version)
              .put("sweep_sha256", digest));
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  /**
   * Reads it.
   *
   * @param sweepFile sweep.yaml, which has to be what it was
   * @throws StorageException if it cannot be read, is damaged, or of another format
   */
  static SweepManifest read(Path file, Path sweepFile) {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new StorageException(
          file + ":" + e.getLocation().getLineNr() + ": damaged, not valid JSON from here on", e);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
    int format = whole(file, root, "format");
    if (format != FORMAT) {
      throw new StorageException(
          file
              + ": the folder has format "
              + format
              + ", written by longrun "
              + root.path("version").asText("of an unknown version")
              + "; this version reads format "
              + FORMAT
              + ": use that version, or choose another --sweep-dir");
    }
    JsonNode version = root.path("version");
    if (!version.isTextual()) {
      throw new StorageException(file + ": damaged, version is missing or no text");
    }
    SweepManifest manifest =
        new SweepManifest(whole(file, root, "runs"), whole(file, root, "shards"), version.asText());
    requireUnchanged(sweepFile, root.path("sweep_sha256").asText(""));
    return manifest;
  }

  private static void requireUnchanged(Path sweepFile, String digest) {
    try {
      if (digest(Files.readString(sweepFile)).equals(digest)) {
        return;
      }
    } catch (IOException e) {
      throw StorageException.reading(sweepFile, e);
    }
    throw new StorageException(
        sweepFile
            + ": was changed since the sweep was created, and its runs were not; restore it from a"
            + " copy, or start the changed sweep in another folder (--sweep-dir)");
  }

  /** SHA-256 of a text. */
  static String digest(String text) {
    MessageDigest sha256 = Sha256.start();
    sha256.update(text.getBytes(StandardCharsets.UTF_8));
    return Sha256.finish(sha256);
  }

  private static int whole(Path file, JsonNode root, String name) {
    JsonNode node = root.path(name);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
      throw new StorageException(
          file + ": damaged, " + name + " is missing or no positive whole number");
    }
    return node.intValue();
  }
}
