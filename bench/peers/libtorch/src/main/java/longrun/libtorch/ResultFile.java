package longrun.libtorch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import longrun.measure.BenchJson;
import longrun.measure.BenchResult;

/** A result as {@code longrun bench} writes it; the measurement says that it was checked. */
final class ResultFile {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ResultFile() {}

  /**
   * The file's content.
   *
   * @param curve empty if nobody asked for the check, or if memory ran out before its end
   */
  static String text(BenchResult result, Optional<Curve> curve) {
    try {
      ObjectNode root = (ObjectNode) JSON.readTree(BenchJson.encode(result));
      ObjectNode measurement = (ObjectNode) root.at("/measurements/0");
      putCheck(measurement, curve);
      return JSON.writeValueAsString(root) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException("a result that was just encoded can be read", e);
    }
  }

  /**
   * What a check has found, on a line.
   *
   * @param curve empty if memory ran out before its end
   */
  static String check(Optional<Curve> curve) {
    ObjectNode answer = JSON.createObjectNode();
    putCheck(answer, curve);
    if (curve.isEmpty()) {
      answer.put("outcome", "out_of_memory");
    }
    return answer.toString();
  }

  private static void putCheck(ObjectNode node, Optional<Curve> curve) {
    curve.ifPresentOrElse(
        checked ->
            node.putObject("checked")
                .put("steps", checked.steps())
                .put("largest_relative_difference", checked.largestRelativeDifference())
                .put("at_step", checked.stepOfLargest()),
        () -> node.putNull("checked"));
  }

  /** Writes a file, or replaces it, in one instant: a stopped run leaves what was there. */
  static void write(String text, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
