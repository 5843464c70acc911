package longrun.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
    ArrayNode engines = root.putArray("engines");
    for (EngineSpan span : summary.provenance().engines()) {
      engines.addObject().put("from_step", span.fromStep()).put("engine", span.engine());
    }
    summary
        .provenance()
        .init()
        .ifPresentOrElse(
            init -> root.putObject("init").put("path", init.path()).put("sha256", init.sha256()),
            () -> root.putNull("init"));
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  /**
   * Reads a summary.
   *
   * @throws StorageException if it cannot be read or is damaged, with the place and the remedy:
   *     everything in it follows from the other files of the run
   */
  static Summary read(Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new StorageException(
          file
              + ":"
              + e.getLocation().getLineNr()
              + ": damaged, not valid JSON from here on"
              + remedy(file),
          e);
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
        fields.text("version"),
        new Provenance(fields.engines(), fields.init()));
  }

  private static String remedy(Path file) {
    Path folder = file.getParent();
    return "; it follows from the other files: delete it, and `longrun resume "
        + folder
        + "` writes it again";
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

    List<EngineSpan> engines() {
      JsonNode array = require("engines");
      if (!array.isArray()) {
        throw wrong("engines", "an array");
      }
      List<EngineSpan> spans = new ArrayList<>();
      for (JsonNode element : array) {
        Fields span = new Fields(file, path + "engines[" + spans.size() + "].", element);
        spans.add(new EngineSpan(span.integer("from_step"), span.text("engine")));
      }
      return spans;
    }

    Optional<InitFile> init() {
      if (require("init").isNull()) {
        return Optional.empty();
      }
      Fields init = object("init");
      return Optional.of(new InitFile(init.text("path"), init.text("sha256")));
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
        throw new StorageException(file + ": " + path + key + " is missing" + remedy(file));
      }
      return child;
    }

    private StorageException wrong(String key, String expected) {
      return new StorageException(
          file + ": " + path + key + "=" + node.get(key) + ", expected " + expected + remedy(file));
    }
  }
}
