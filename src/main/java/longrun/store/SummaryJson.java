package longrun.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

/** {@link Summary} as JSON; what is absent or not finite is null. */
final class SummaryJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private SummaryJson() {}

  static byte[] encode(Summary summary) {
    ObjectNode root = JSON.createObjectNode();
    put(root, "memorised_at", summary.memorisedAt());
    put(root, "grokked_at", summary.grokkedAt());
    put(root, "delay", summary.delay().orElse(Double.NaN));
    root.put("stop_reason", summary.stopReason().text());
    root.put("steps", summary.steps());
    ObjectNode last = root.putObject("final");
    put(last, "train_loss", summary.last().trainLoss());
    put(last, "train_accuracy", summary.last().trainAccuracy());
    put(last, "validation_loss", summary.last().validationLoss());
    put(last, "validation_accuracy", summary.last().validationAccuracy());
    put(last, "weight_norm", summary.last().weightNorm());
    root.put("seconds", summary.timing().total());
    root.put("step_seconds", summary.timing().steps());
    root.put("evaluation_seconds", summary.timing().evaluations());
    root.put("checkpoint_seconds", summary.timing().checkpoints());
    root.put("engine", summary.engine());
    root.put("engine_description", summary.engineDescription());
    ObjectNode machine = root.putObject("machine");
    machine.put("cpu", summary.machine().cpu());
    machine.put("cores", summary.machine().cores());
    machine.put("os", summary.machine().os());
    machine.put("java", summary.machine().java());
    root.put("version", summary.version());
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  static Summary read(Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new StorageException(
          file + ":" + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
    Fields fields = new Fields(file, "", root);
    Fields last = fields.object("final");
    Fields machine = fields.object("machine");
    return new Summary(
        fields.optionalStep("memorised_at"),
        fields.optionalStep("grokked_at"),
        new Summary.FinalMetrics(
            last.number("train_loss"),
            last.number("train_accuracy"),
            last.number("validation_loss"),
            last.number("validation_accuracy"),
            last.number("weight_norm")),
        fields.stopReason(),
        fields.integer("steps"),
        new Timing(
            fields.number("step_seconds"),
            fields.number("evaluation_seconds"),
            fields.number("checkpoint_seconds"),
            fields.number("seconds")),
        fields.text("engine"),
        fields.text("engine_description"),
        new Machine(
            machine.text("cpu"),
            (int) machine.integer("cores"),
            machine.text("os"),
            machine.text("java")),
        fields.text("version"));
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    if (value.isPresent()) {
      node.put(key, value.getAsLong());
    } else {
      node.putNull(key);
    }
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  /** An object of the file; {@code path} ends in a dot unless it is the root. */
  private record Fields(Path file, String path, JsonNode node) {
    Fields object(String key) {
      JsonNode child = require(key);
      if (!child.isObject()) {
        throw wrong(key, "an object");
      }
      return new Fields(file, path + key + ".", child);
    }

    String text(String key) {
      JsonNode child = require(key);
      if (!child.isTextual()) {
        throw wrong(key, "a string");
      }
      return child.textValue();
    }

    long integer(String key) {
      JsonNode child = require(key);
      if (!child.isIntegralNumber() || !child.canConvertToLong() || child.longValue() < 0) {
        throw wrong(key, "a non-negative integer");
      }
      return child.longValue();
    }

    OptionalLong optionalStep(String key) {
      return require(key).isNull() ? OptionalLong.empty() : OptionalLong.of(integer(key));
    }

    double number(String key) {
      JsonNode child = require(key);
      if (child.isNull()) {
        return Double.NaN;
      }
      if (!child.isNumber()) {
        throw wrong(key, "a number or null");
      }
      return child.doubleValue();
    }

    StopReason stopReason() {
      String text = text("stop_reason");
      return Arrays.stream(StopReason.values())
          .filter(reason -> reason.text().equals(text))
          .findFirst()
          .orElseThrow(() -> wrong("stop_reason", "one of the known reasons"));
    }

    private JsonNode require(String key) {
      JsonNode child = node.get(key);
      if (child == null) {
        throw new StorageException(file + ": " + path + key + " is missing");
      }
      return child;
    }

    private StorageException wrong(String key, String expected) {
      return new StorageException(
          file + ": " + path + key + "=" + node.get(key) + ", expected " + expected);
    }
  }
}
