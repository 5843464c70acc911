package longrun.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void doublesComeBackBitForBit() {
    double[] values = {
      0.0,
      -0.0,
      1.0 / 3,
      Double.MIN_VALUE,
      Double.MAX_VALUE,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    Path file = folder.resolve("a.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", new Tensor(List.of(2, 4), values));
    tensors.put("a", new Tensor(List.of(), new double[] {7}));
    tensors.put("empty", new Tensor(List.of(3, 0), new double[0]));
    Map<String, String> metadata = Map.of("config", "task:\n  kind: \"modular\" # π\n");

    Safetensors.write(file, new Tensors(tensors), 64, metadata);

    SafetensorsFile read = Safetensors.read(file);
    assertEquals(metadata, read.metadata());
    assertEquals(List.of(2, 4), read.tensors().get("b").shape());
    assertEquals(List.of(), read.tensors().get("a").shape());
    assertEquals(List.of(3, 0), read.tensors().get("empty").shape());
    assertBits(values, read.tensors().get("b").values());
    assertBits(new double[] {7}, read.tensors().get("a").values());
  }

  @Test
  void floatsAreTheNearest() {
    Path file = folder.resolve("a.safetensors");
    double[] values = {1.0 / 3, 1e300, -1e-300, Double.NaN};
    Safetensors.write(file, tensors("x", values), 32, Map.of());
    assertBits(
        new double[] {(float) (1.0 / 3), Double.POSITIVE_INFINITY, -0.0, Double.NaN},
        Safetensors.read(file).tensors().get("x").values());
  }

  @Test
  void tensorsLargerThanTheBufferComeBack() {
    double[] values = new double[100_003];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(i);
    }
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, tensors("x", values), 64, Map.of());
    assertBits(values, Safetensors.read(file).tensors().get("x").values());
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, tensors("x", 1.0, -2.0), 32, Map.of("k", "v"));
    String json =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    int padded = (json.length() + 7) / 8 * 8;
    ByteBuffer expected = ByteBuffer.allocate(8 + padded + 8).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded);
    expected.put((json + " ".repeat(padded - json.length())).getBytes(StandardCharsets.UTF_8));
    expected.putFloat(1).putFloat(-2);
    assertArrayEquals(expected.array(), Files.readAllBytes(file));
  }

  @Test
  void halfPrecisionIsReadExactly() throws IOException {
    assertBits(
        new double[] {1, -2, 0x1p-24, 65504, Double.NEGATIVE_INFINITY, Double.NaN},
        readShorts("F16", 0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00));
    assertBits(
        new double[] {1, 3.140625, -0x1p-133, Double.POSITIVE_INFINITY, Double.NaN, -0.0},
        readShorts("BF16", 0x3f80, 0x4049, 0x8001, 0x7f80, 0x7fc0, 0x8000));
  }

  @Test
  void publishedFilesAreRead() {
    Path golden = Path.of("src/test/resources/golden/one_layer_no_norm");
    Tensors init = Safetensors.read(golden.resolve("init.safetensors")).tensors();
    Tensors trained = Safetensors.read(golden.resolve("parameters_after_20.safetensors")).tensors();
    assertEquals(init.asMap().keySet(), trained.asMap().keySet());
    assertTrue(init.asMap().containsKey("embed.W_E"), () -> "names: " + init.asMap().keySet());
    for (Tensor tensor : init.asMap().values()) {
      for (double value : tensor.values()) {
        assertTrue(Math.abs(value) < 10, () -> "value=" + value);
      }
    }
  }

  @Test
  void aReaderSeesTheOldFileUntilTheNewOneIsWhole() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, tensors("x", 1), 64, Map.of());
    Safetensors.write(file, tensors("x", 2), 64, Map.of());
    assertEquals(2, Safetensors.read(file).tensors().get("x").values()[0]);
    try (var left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  @Test
  void aMissingFolderIsNamed() {
    Path file = folder.resolve("missing/a.safetensors");
    StorageException e =
        assertThrows(
            StorageException.class, () -> Safetensors.write(file, tensors("x", 1), 64, Map.of()));
    assertTrue(e.getMessage().contains(file + ": no such file or folder"), e.getMessage());
  }

  private double[] readShorts(String dtype, int... bits) throws IOException {
    String header =
        "{\"x\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, bits.length, 2 * bits.length);
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length() + 2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    for (int value : bits) {
      file.putShort((short) value);
    }
    Path path = folder.resolve(dtype);
    Files.write(path, file.array());
    return Safetensors.read(path).tensors().get("x").values();
  }

  private static Tensors tensors(String name, double... values) {
    return new Tensors(Map.of(name, new Tensor(List.of(values.length), values)));
  }

  private static void assertBits(double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          Double.doubleToLongBits(expected[i]),
          Double.doubleToLongBits(actual[i]),
          "index=" + i + " expected=" + expected[i] + " actual=" + actual[i]);
    }
  }
}
