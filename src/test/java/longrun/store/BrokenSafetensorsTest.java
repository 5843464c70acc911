package longrun.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BrokenSafetensorsTest {
  private static final String VALID =
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
          + "\"y\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[16,24]}}";

  @TempDir Path folder;

  /** Header, bytes of data behind it, and what the message has to say. */
  static Stream<Arguments> brokenHeaders() {
    return Stream.of(
        Arguments.of("", 0, "does not start with '{'"),
        Arguments.of("[]", 0, "does not start with '{'"),
        Arguments.of(" {}", 0, "does not start with '{'"),
        Arguments.of("{", 0, "byte 1"),
        Arguments.of("{}x", 0, "Unrecognized token"),
        Arguments.of("{}{}", 0, "goes on after its object"),
        Arguments.of("{}", 4, "bytes=0 of data, the file holds bytes=4 (trailing bytes)"),
        Arguments.of("{\"x\":3}", 0, "tensor x: expected an object"),
        Arguments.of("{\"x\":{}}", 0, "tensor x: dtype, shape and data_offsets are needed"),
        Arguments.of("{\"x\":null}", 0, "tensor x: expected an object"),
        Arguments.of(tensor("I64", "[1]", "[0,8]"), 8, "tensor x: dtype=I64, allowed: [F64, F32"),
        Arguments.of(tensor("F31", "[1]", "[0,4]"), 4, "tensor x: dtype=F31, allowed"),
        Arguments.of(tensor("f32", "[1]", "[0,4]"), 4, "tensor x: dtype=f32, allowed"),
        Arguments.of(
            tensor("F32", "[3]", "[0,16]"), 16, "shape=[3] need bytes=12, data_offsets=[0, 16]"),
        Arguments.of(tensor("F64", "[4]", "[0,16]"), 16, "dtype=F64 shape=[4] need bytes=32"),
        Arguments.of(tensor("F32", "[-4]", "[0,16]"), 16, "tensor x: shape holds -4"),
        Arguments.of(tensor("F32", "[4.0]", "[0,16]"), 16, "tensor x: shape holds 4.0"),
        Arguments.of(tensor("F32", "[\"4\"]", "[0,16]"), 16, "tensor x: shape holds 4"),
        Arguments.of(tensor("F32", "[[4]]", "[0,16]"), 16, "tensor x: shape holds ["),
        Arguments.of(tensor("F32", "4", "[0,16]"), 16, "tensor x: shape is not an array"),
        Arguments.of(
            tensor("F32", "[4294967296,4294967296]", "[0,0]"), 0, "holds more than 2147483647"),
        Arguments.of(tensor("F32", "[65536,65536]", "[0,0]"), 0, "holds more than 2147483647"),
        Arguments.of(tensor("F32", "[99999999999999999999]", "[0,0]"), 0, "out of range of long"),
        Arguments.of(tensor("F32", "[4]", "[-16,0]"), 16, "data_offsets holds -16"),
        Arguments.of(tensor("F32", "[4]", "[16,0]"), 16, "data_offsets=[16, 0], expected [begin"),
        Arguments.of(tensor("F32", "[4]", "[0]"), 16, "data_offsets=[0], expected [begin, end]"),
        Arguments.of(
            tensor("F32", "[4]", "[0,16,32]"), 16, "data_offsets=[0, 16, 32], expected [begin"),
        Arguments.of(tensor("F32", "[4]", "[8,24]"), 24, "leaving a hole"),
        Arguments.of(
            tensor("F32", "[4]", "[0,16]"), 12, "bytes=16 of data, the file holds bytes=12 (trunc"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
                + "\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}",
            20,
            "tensor y: data begins at offset=12, overlapping"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
                + "\"y\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
            16,
            "overlapping"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "Duplicate field 'x'"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "Duplicate field 'dtype'"),
        Arguments.of(
            "{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"strides\":[1]}}",
            0,
            "tensor x: unknown key strides"),
        Arguments.of("{\"__metadata__\":{\"step\":3}}", 0, "__metadata__: step: expected a string"),
        Arguments.of("{\"__metadata__\":[]}", 0, "tensor __metadata__: expected an object"),
        Arguments.of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "Duplicate field 'a'"),
        Arguments.of("{\"x\":{\"dtype\":".repeat(400), 0, "tensor x: dtype is not a string"),
        Arguments.of("{\"x\":{\"shape\":" + "[".repeat(100_000), 0, "tensor x: shape holds ["),
        Arguments.of("{\"x\":{\"a\":" + "{\"a\":".repeat(50_000), 0, "tensor x: unknown key a"));
  }

  @ParameterizedTest
  @MethodSource("brokenHeaders")
  void brokenHeaderIsRefused(String header, int dataBytes, String expected) throws IOException {
    assertRefused(file(header.getBytes(StandardCharsets.UTF_8), dataBytes), expected);
  }

  @Test
  void aHeaderThatIsNotUtf8IsRefused() throws IOException {
    assertRefused(file(new byte[] {'{', '"', (byte) 0xc0, (byte) 0xaf, '"'}, 0), "not UTF-8");
  }

  @Test
  void hostileLengthsAreRefusedWithoutAllocating() throws IOException {
    long[] lengths = {
      -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 100_000_001, Integer.MAX_VALUE, 17
    };
    for (long length : lengths) {
      byte[] bytes = new byte[24];
      Arrays.fill(bytes, (byte) '{');
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      assertRefused(bytes, "header length=" + Long.toUnsignedString(length));
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = file(VALID.getBytes(StandardCharsets.UTF_8), 24);
    Path file = folder.resolve("whole");
    Files.write(file, whole);
    assertEquals(2, Safetensors.read(file).tensors().asMap().size());
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "");
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "trailing bytes");
  }

  /** Damage may go unseen here (a checkpoint has a digest), but never end in anything else. */
  @Test
  void randomDamageNeverEndsInAnythingButAStorageException() throws IOException {
    byte[] whole = file(VALID.getBytes(StandardCharsets.UTF_8), 24);
    Random random = new Random(1);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i <= round % 4; i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Path file = folder.resolve("damaged");
      Files.write(file, damaged);
      try {
        Safetensors.read(file);
      } catch (StorageException e) {
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 1500, "refused=" + refused);
  }

  @Test
  void aFolderOrNothingIsRefused() {
    Path missing = folder.resolve("missing");
    StorageException e = assertThrows(StorageException.class, () -> Safetensors.read(missing));
    assertTrue(e.getMessage().contains(missing + ": no such file"), e.getMessage());
    e = assertThrows(StorageException.class, () -> Safetensors.read(folder));
    assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
  }

  private void assertRefused(byte[] bytes, String expected) throws IOException {
    Path file = folder.resolve("broken.safetensors");
    Files.write(file, bytes);
    StorageException e = assertThrows(StorageException.class, () -> Safetensors.read(file));
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  private static String tensor(String dtype, String shape, String offsets) {
    return "{\"x\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  private static byte[] file(byte[] header, int dataBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array();
    out.writeBytes(length);
    out.writeBytes(header);
    out.writeBytes(new byte[dataBytes]);
    return out.toByteArray();
  }
}
