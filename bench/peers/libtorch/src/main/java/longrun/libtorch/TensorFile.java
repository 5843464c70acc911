package longrun.libtorch;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The tensors of a safetensors file, of the two types that experiments have: longrun's own reader
 * knows no integers.
 *
 * @param path where it was read
 * @param entries by name
 */
record TensorFile(Path path, Map<String, Entry> entries) {

  /**
   * One tensor.
   *
   * @param type {@code "F32"} or {@code "I32"}
   * @param shape of any number of extents
   * @param data little-endian, row-major, from position 0
   */
  record Entry(String type, long[] shape, ByteBuffer data) {}

  /**
   * Reads a file.
   *
   * @throws ExperimentException if it cannot be read, or header and data disagree
   */
  static TensorFile read(Path path) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw new ExperimentException(path + ": cannot be read (" + e + ")");
    }
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.length < Long.BYTES ? -1 : file.getLong();
    if (length < 0 || length > file.remaining()) {
      throw new ExperimentException(path + ": truncated, or not a safetensors file");
    }
    JsonNode header;
    try {
      header = new JsonMapper().readTree(bytes, Long.BYTES, (int) length);
    } catch (JacksonException e) {
      throw new ExperimentException(path + ": its header is no JSON");
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory can be read", e);
    }
    int start = Long.BYTES + (int) length;
    ByteBuffer data = file.slice(start, bytes.length - start);
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.put(field.getKey(), entry(path, field.getKey(), field.getValue(), data));
      }
    }
    long described = entries.values().stream().mapToLong(entry -> entry.data.remaining()).sum();
    if (described != data.remaining()) {
      throw new ExperimentException(
          path + ": tensors have bytes=" + described + ", the file has " + data.remaining());
    }
    return new TensorFile(path, entries);
  }

  private static Entry entry(Path path, String name, JsonNode node, ByteBuffer data) {
    String type = node.path("dtype").asText();
    if (!type.equals("F32") && !type.equals("I32")) {
      throw new ExperimentException(path + ": " + name + ": dtype=" + type + ", expected F32, I32");
    }
    long[] shape = longs(node.path("shape"));
    long[] offsets = longs(node.path("data_offsets"));
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (offsets.length != 2
        || offsets[0] < 0
        || offsets[1] > data.remaining()
        || offsets[1] - offsets[0] != Integer.BYTES * elements) {
      throw new ExperimentException(
          path + ": " + name + ": its shape and data_offsets disagree, or pass the file's end");
    }
    ByteBuffer slice = data.slice((int) offsets[0], (int) (offsets[1] - offsets[0]));
    return new Entry(type, shape, slice.order(ByteOrder.LITTLE_ENDIAN));
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong(-1);
    }
    return values;
  }

  Set<String> names() {
    return entries.keySet();
  }

  /**
   * The elements of an I32 tensor, as longs: libtorch's indices are.
   *
   * @throws ExperimentException if it is not there, or is of another type or shape
   */
  long[] integers(String name, long... shape) {
    ByteBuffer data = data(name, "I32", shape);
    long[] values = new long[data.remaining() / Integer.BYTES];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.getInt(i * Integer.BYTES);
    }
    return values;
  }

  /**
   * The elements of an F32 tensor.
   *
   * @throws ExperimentException if it is not there, or is of another type or shape
   */
  float[] floats(String name, long... shape) {
    ByteBuffer data = data(name, "F32", shape);
    float[] values = new float[data.remaining() / Float.BYTES];
    data.asFloatBuffer().get(values);
    return values;
  }

  private ByteBuffer data(String name, String type, long... shape) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new ExperimentException(path + ": " + name + " is missing");
    }
    if (!entry.type.equals(type) || !Arrays.equals(entry.shape, shape)) {
      throw new ExperimentException(
          path
              + ": "
              + name
              + " is "
              + entry.type
              + " "
              + Arrays.toString(entry.shape)
              + ", expected "
              + type
              + " "
              + Arrays.toString(shape));
    }
    return entry.data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}
