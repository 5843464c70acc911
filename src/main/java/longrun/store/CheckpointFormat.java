package longrun.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import longrun.config.ConfigException;
import longrun.engine.RunState;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * A checkpoint as tensors and metadata.
 *
 * <pre>
 *   NAME, optimizer.m.NAME, optimizer.v.NAME, optimizer.grokfast.NAME   (the last if configured)
 *   __metadata__: format, format_version, step, config, data_digest, engine_bits,
 *                 seconds, step_seconds, evaluation_seconds, checkpoint_seconds,
 *                 metrics_rows, metrics_digest, engines, init_path, init_sha256, digest
 *                 (init_path and init_sha256 if it was started from a file)
 * </pre>
 *
 * <p>The digest is SHA-256 over every other metadata entry, sorted by key, and every tensor's name,
 * shape and values (as doubles), in file order. Together with the strictness of {@link Safetensors}
 * it makes any flipped bit an error.
 */
final class CheckpointFormat {
  private static final String FORMAT = "longrun-checkpoint";
  private static final String FORMAT_VERSION = "2";
  private static final String DIGEST = "digest";
  private static final String FIRST_MOMENT = "optimizer.m.";
  private static final String SECOND_MOMENT = "optimizer.v.";
  private static final String GRADIENT_EMA = "optimizer.grokfast.";

  private CheckpointFormat() {}

  static SafetensorsFile encode(Checkpoint checkpoint) {
    RunState state = checkpoint.state();
    Map<String, Tensor> all = new LinkedHashMap<>();
    add(all, "", state.parameters());
    add(all, FIRST_MOMENT, state.firstMoment());
    add(all, SECOND_MOMENT, state.secondMoment());
    state.gradientEma().ifPresent(ema -> add(all, GRADIENT_EMA, ema));
    Tensors tensors = new Tensors(all);
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("format_version", FORMAT_VERSION);
    metadata.put("step", Long.toString(state.step()));
    metadata.put("config", checkpoint.configYaml());
    metadata.put("data_digest", checkpoint.dataDigest());
    metadata.put("engine_bits", Integer.toString(checkpoint.bits()));
    metadata.put("seconds", Double.toString(checkpoint.timing().total()));
    metadata.put("step_seconds", Double.toString(checkpoint.timing().steps()));
    metadata.put("evaluation_seconds", Double.toString(checkpoint.timing().evaluations()));
    metadata.put("checkpoint_seconds", Double.toString(checkpoint.timing().checkpoints()));
    metadata.put("metrics_rows", Long.toString(checkpoint.rows().count()));
    metadata.put("metrics_digest", checkpoint.rows().digest());
    metadata.putAll(checkpoint.provenance().toMetadata());
    metadata.put(DIGEST, digest(tensors, metadata, Dtype.ofBits(checkpoint.bits())));
    return new SafetensorsFile(tensors, metadata);
  }

  /**
   * Reads and checks a checkpoint.
   *
   * @throws StorageException saying what is wrong
   * @throws ConfigException if it is sound, but config.yaml is no longer what it was written with
   */
  static Checkpoint read(Path file, CheckpointExpectation expected) {
    SafetensorsFile content = Safetensors.read(file);
    Metadata metadata = requireSound(file, content);
    checkConfig(expected.configFile(), metadata.get("config"), expected.configYaml());
    metadata.require(
        "data_digest",
        expected.dataDigest(),
        "written by a run over another split or other labels");
    checkLayout(file, content.tensors(), expected);
    List<ParameterSpec> parameters = expected.parameters();
    RunState state =
        new RunState(
            metadata.count("step"),
            TensorLayout.select("", parameters, content.tensors()),
            TensorLayout.select(FIRST_MOMENT, parameters, content.tensors()),
            TensorLayout.select(SECOND_MOMENT, parameters, content.tensors()),
            expected.gradientEma()
                ? Optional.of(TensorLayout.select(GRADIENT_EMA, parameters, content.tensors()))
                : Optional.empty());
    return new Checkpoint(
        state,
        expected.configYaml(),
        expected.dataDigest(),
        metadata.get("engine_bits").equals("32") ? 32 : 64,
        new Timing(
            metadata.seconds("step_seconds"),
            metadata.seconds("evaluation_seconds"),
            metadata.seconds("checkpoint_seconds"),
            metadata.seconds("seconds")),
        new WrittenRows(metadata.count("metrics_rows"), metadata.get("metrics_digest")),
        Provenance.ofMetadata(file, content.metadata()));
  }

  /** Whether a file says that it is a checkpoint. */
  static boolean isCheckpoint(SafetensorsFile content) {
    return FORMAT.equals(content.metadata().get("format"));
  }

  /**
   * The parameters in a checkpoint of whatever run, its optimizer state left out.
   *
   * @throws StorageException if it is damaged
   */
  static Tensors parameters(Path file, SafetensorsFile content) {
    requireSound(file, content);
    Map<String, Tensor> parameters = new LinkedHashMap<>(content.tensors().asMap());
    parameters
        .keySet()
        .removeIf(
            name ->
                name.startsWith(FIRST_MOMENT)
                    || name.startsWith(SECOND_MOMENT)
                    || name.startsWith(GRADIENT_EMA));
    return new Tensors(parameters);
  }

  private static Metadata requireSound(Path file, SafetensorsFile content) {
    Metadata metadata = new Metadata(file, content.metadata());
    metadata.require("format", FORMAT, "this is no checkpoint of a run");
    metadata.require("format_version", FORMAT_VERSION, "written by another version of longrun");
    String digest = digest(content.tensors(), content.metadata(), Dtype.F64);
    metadata.require(DIGEST, digest, "the content was changed after it was written");
    return metadata;
  }

  private static void checkLayout(Path file, Tensors tensors, CheckpointExpectation expected) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    List<String> prefixes = new ArrayList<>(List.of("", FIRST_MOMENT, SECOND_MOMENT));
    if (expected.gradientEma()) {
      prefixes.add(GRADIENT_EMA);
    }
    for (String prefix : prefixes) {
      shapes.putAll(TensorLayout.shapes(prefix, expected.parameters()));
    }
    List<String> problems = TensorLayout.problems(tensors, shapes);
    if (!problems.isEmpty()) {
      throw new StorageException(file + ": does not fit the model: " + String.join("; ", problems));
    }
  }

  private static void checkConfig(Path configFile, String written, String expected) {
    if (written.equals(expected)) {
      return;
    }
    String[] a = written.split("\n", -1);
    String[] b = expected.split("\n", -1);
    int line = 0;
    while (line < Math.min(a.length, b.length) && a[line].equals(b[line])) {
      line++;
    }
    throw new ConfigException(
        configFile
            + " was changed after the run started: line "
            + (line + 1)
            + " was '"
            + (line < a.length ? a[line].strip() : "")
            + "', now it is '"
            + (line < b.length ? b[line].strip() : "")
            + "'; restore it, or start a new run with longrun train");
  }

  private static void add(Map<String, Tensor> all, String prefix, Tensors tensors) {
    tensors.asMap().forEach((name, tensor) -> all.put(prefix + name, tensor));
  }

  /** As they will be read back: {@code dtype} rounds the values first. */
  private static String digest(Tensors tensors, Map<String, String> metadata, Dtype dtype) {
    MessageDigest sha256 = Sha256.start();
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              if (!key.equals(DIGEST)) {
                update(sha256, key);
                update(sha256, value);
              }
            });
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> {
              update(sha256, name);
              update(sha256, tensor.shape().toString());
              for (double value : tensor.values()) {
                if (buffer.remaining() < Double.BYTES) {
                  sha256.update(buffer.flip());
                  buffer.clear();
                }
                double stored = dtype == Dtype.F32 ? (float) value : value;
                buffer.putLong(Double.doubleToRawLongBits(stored));
              }
              sha256.update(buffer.flip());
              buffer.clear();
            });
    return Sha256.finish(sha256);
  }

  /** Length first, so that no two sequences of texts run together. */
  private static void update(MessageDigest sha256, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sha256.update(bytes);
  }

  /** The metadata of a file, with errors that name it. */
  private record Metadata(Path file, Map<String, String> entries) {
    String get(String key) {
      String value = entries.get(key);
      if (value == null) {
        throw new StorageException(file + ": metadata has no " + key);
      }
      return value;
    }

    void require(String key, String expected, String meaning) {
      String value = entries.getOrDefault(key, "");
      if (!value.equals(expected)) {
        throw new StorageException(
            file + ": " + key + "=" + value + " expected=" + expected + ": " + meaning);
      }
    }

    long count(String key) {
      try {
        long count = Long.parseLong(get(key));
        if (count >= 0) {
          return count;
        }
      } catch (NumberFormatException e) {
        throw new StorageException(file + ": " + key + "=" + get(key) + " is no integer", e);
      }
      throw new StorageException(file + ": " + key + "=" + get(key) + " is negative");
    }

    double seconds(String key) {
      try {
        return Double.parseDouble(get(key));
      } catch (NumberFormatException e) {
        throw new StorageException(file + ": " + key + "=" + get(key) + " is no number", e);
      }
    }
  }
}
