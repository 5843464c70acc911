package longrun.experiment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Writes a safetensors file of I32 and F32 tensors: longrun's own files hold floating-point ones
 * only, and of one type.
 */
final class ExampleTensors {
  private record Entry(String name, String dtype, List<Integer> shape, byte[] data) {}

  private final ObjectMapper json = new ObjectMapper();
  private final List<Entry> entries = new ArrayList<>();

  /** Adds integers, row-major. */
  ExampleTensors add(String name, List<Integer> shape, int[] values) {
    return add(name, "I32", shape, values.length, (data, i) -> data.putInt(values[i]));
  }

  /** Adds floats, row-major. */
  ExampleTensors add(String name, List<Integer> shape, float[] values) {
    return add(name, "F32", shape, values.length, (data, i) -> data.putFloat(values[i]));
  }

  private ExampleTensors add(
      String name,
      String dtype,
      List<Integer> shape,
      int elements,
      BiConsumer<ByteBuffer, Integer> put) {
    if (shape.stream().reduce(1, Math::multiplyExact) != elements) {
      throw new IllegalArgumentException(
          "name=" + name + " shape=" + shape + " elements=" + elements);
    }
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(Integer.BYTES, elements))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements; i++) {
      put.accept(data, i);
    }
    entries.add(new Entry(name, dtype, shape, data.array()));
    return this;
  }

  void write(Path file) throws IOException {
    ObjectNode header = json.createObjectNode();
    int end = 0;
    for (Entry entry : entries) {
      ObjectNode about = header.putObject(entry.name).put("dtype", entry.dtype);
      about.set("shape", json.valueToTree(entry.shape));
      about.putArray("data_offsets").add(end).add(end + entry.data.length);
      end = Math.addExact(end, entry.data.length);
    }
    byte[] text = json.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + text.length + end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text);
    entries.forEach(entry -> bytes.put(entry.data));
    Files.write(file, bytes.array());
  }
}
