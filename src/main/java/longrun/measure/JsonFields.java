package longrun.measure;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import longrun.config.Precision;
import longrun.store.StorageException;

/**
 * An object of a result's file. Every field is there and of its type, or reading it fails with its
 * place.
 *
 * @param path of the object, with a dot at its end unless it is the root
 */
public record JsonFields(Path file, String path, JsonNode node) {

  /** The root. */
  public static JsonFields of(Path file, JsonNode root) {
    if (!root.isObject()) {
      throw new StorageException(file + ": this is no result of longrun bench: not a JSON object");
    }
    return new JsonFields(file, "", root);
  }

  /** A string. */
  public String text(String key) {
    JsonNode child = require(key);
    if (!child.isTextual()) {
      throw wrong(key, "a string");
    }
    return child.textValue();
  }

  /** A truth value. */
  public boolean flag(String key) {
    JsonNode child = require(key);
    if (!child.isBoolean()) {
      throw wrong(key, "true or false");
    }
    return child.booleanValue();
  }

  /** Whether it is there and says nothing. */
  public boolean isNull(String key) {
    return require(key).isNull();
  }

  /** An integer of at least 0. */
  public long natural(String key) {
    JsonNode child = require(key);
    if (!child.isIntegralNumber() || !child.canConvertToLong() || child.longValue() < 0) {
      throw wrong(key, "a non-negative integer");
    }
    return child.longValue();
  }

  /** An integer of at least 0, or null. */
  public OptionalLong optionalNatural(String key) {
    return isNull(key) ? OptionalLong.empty() : OptionalLong.of(natural(key));
  }

  /** An int of at least 0. */
  public int count(String key) {
    long value = natural(key);
    if (value > Integer.MAX_VALUE) {
      throw wrong(key, "a count");
    }
    return (int) value;
  }

  /** An int of at least 0, or null. */
  public OptionalInt optionalCount(String key) {
    return isNull(key) ? OptionalInt.empty() : OptionalInt.of(count(key));
  }

  /** An int of at least 1. */
  public int positive(String key) {
    int value = count(key);
    if (value < 1) {
      throw wrong(key, "a positive count");
    }
    return value;
  }

  /** An int of at least 1, or null. */
  public OptionalInt optionalPositive(String key) {
    return isNull(key) ? OptionalInt.empty() : OptionalInt.of(positive(key));
  }

  /** A finite number above 0. */
  public double positiveNumber(String key) {
    JsonNode child = require(key);
    if (!child.isNumber() || !(child.doubleValue() > 0) || Double.isInfinite(child.doubleValue())) {
      throw wrong(key, "a positive number");
    }
    return child.doubleValue();
  }

  /** Integers of at least 1, and at least one of them. */
  public List<Long> samples(String key) {
    JsonNode array = require(key);
    List<Long> samples = new ArrayList<>();
    for (JsonNode element : array) {
      if (!element.isIntegralNumber() || !element.canConvertToLong() || element.longValue() < 1) {
        throw wrong(key + "[" + samples.size() + "]", element, "a positive integer");
      }
      samples.add(element.longValue());
    }
    if (!array.isArray() || samples.isEmpty()) {
      throw wrong(key, "an array of at least one sample");
    }
    return samples;
  }

  /** A precision by its name in configurations. */
  public Precision precision(String key) {
    String text = text(key);
    return Arrays.stream(Precision.values())
        .filter(precision -> Setting.text(precision).equals(text))
        .findFirst()
        .orElseThrow(() -> wrong(key, "fp32, tf32 or bf16"));
  }

  /** A time in UTC. */
  public Instant instant(String key) {
    try {
      return Instant.parse(text(key));
    } catch (DateTimeException e) {
      throw wrong(key, "a time like 2026-01-31T12:00:00Z");
    }
  }

  /** Whether there is such a field. */
  public boolean has(String key) {
    return node.has(key);
  }

  /** An object within this one. */
  public JsonFields object(String key) {
    if (!require(key).isObject()) {
      throw wrong(key, "an object");
    }
    return new JsonFields(file, path + key + ".", node.get(key));
  }

  /** The objects of an array. */
  public Stream<JsonFields> objects(String key) {
    JsonNode array = require(key);
    if (!array.isArray()) {
      throw wrong(key, "an array");
    }
    return IntStream.range(0, array.size())
        .mapToObj(
            i -> {
              if (!array.get(i).isObject()) {
                throw wrong(key + "[" + i + "]", array.get(i), "an object");
              }
              return new JsonFields(file, path + key + "[" + i + "].", array.get(i));
            });
  }

  /** What is thrown when a field is not as it should be. */
  public StorageException wrong(String key, String expected) {
    return wrong(key, node.get(key), expected);
  }

  private StorageException wrong(String key, JsonNode value, String expected) {
    String shown = value.toString();
    return new StorageException(
        file
            + ": this is no result of longrun bench: "
            + path
            + key
            + "="
            + (shown.length() <= 60 ? shown : shown.substring(0, 60) + "…")
            + ", expected "
            + expected);
  }

  private JsonNode require(String key) {
    JsonNode child = node.get(key);
    if (child == null) {
      throw new StorageException(
          file + ": this is no result of longrun bench: " + path + key + " is missing");
    }
    return child;
  }
}
