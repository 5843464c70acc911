package longrun.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * Reads and writes safetensors files.
 *
 * <pre>
 *   8 bytes   length n of the header, little-endian
 *   n bytes   JSON: {"name": {"dtype", "shape", "data_offsets": [begin, end]}, …}
 *   the rest  data, little-endian, row-major, without holes
 * </pre>
 *
 * <p>Reading is as strict as the format's own library: a file is accepted only if header and data
 * agree to the byte. NaN and infinity are values like any other here.
 */
public final class Safetensors {
  /** The format's own bound. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int BUFFER_BYTES = 1 << 18;

  private Safetensors() {}

  /**
   * Reads a whole file; F64, F32, F16 and BF16, which are doubles all.
   *
   * @throws StorageException if it cannot be read or is not a valid file
   */
  public static SafetensorsFile read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      SafetensorsHeader header = readHeader(file, channel);
      checkMemory(file, header);
      ByteBuffer buffer = allocate();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (SafetensorsHeader.Entry entry : header.entries()) {
        tensors.put(entry.name(), readTensor(channel, entry, buffer));
      }
      return new SafetensorsFile(new Tensors(tensors), header.metadata());
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /**
   * Reads the metadata alone, however large the file.
   *
   * @throws StorageException if it cannot be read or its header is not valid
   */
  static Map<String, String> readMetadata(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return readHeader(file, channel).metadata();
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /**
   * Writes a file, replacing what is there in one instant; the same content gives the same bytes.
   *
   * @param bits 64 (F64) or 32 (F32: values are rounded to the nearest float)
   * @throws StorageException if it cannot be written; nothing is changed then
   */
  public static void write(Path file, Tensors tensors, int bits, Map<String, String> metadata) {
    try {
      DurableFiles.DISK.write(file, content(tensors, bits, metadata));
    } catch (IOException e) {
      throw StorageException.writing("tensors", file, "nothing was changed", e);
    }
  }

  /** The bytes of a file. */
  static DurableFiles.Content content(Tensors tensors, int bits, Map<String, String> metadata) {
    Dtype dtype = Dtype.ofBits(bits);
    byte[] header = SafetensorsHeader.of(tensors, dtype, metadata).encode();
    return output -> {
      ByteBuffer buffer = allocate();
      output.write(buffer.putLong(header.length).flip());
      output.write(ByteBuffer.wrap(header));
      buffer.clear();
      for (Tensor tensor : tensors.asMap().values()) {
        for (double value : tensor.values()) {
          if (buffer.remaining() < dtype.bytes()) {
            output.write(buffer.flip());
            buffer.clear();
          }
          dtype.put(buffer, value);
        }
      }
      output.write(buffer.flip());
    };
  }

  private static SafetensorsHeader readHeader(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw new StorageException(
          file + ": bytes=" + size + ", too short to be a safetensors file (8 at least)");
    }
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, length);
    long headerBytes = length.getLong(0);
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - Long.BYTES) {
      throw new StorageException(
          file
              + ": header length="
              + Long.toUnsignedString(headerBytes)
              + ", but the file has bytes="
              + size
              + " and the format allows "
              + MAX_HEADER_BYTES
              + "; truncated, or not a safetensors file");
    }
    ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
    fill(channel, header);
    return SafetensorsHeader.parse(file, header.array(), size - Long.BYTES - headerBytes);
  }

  private static void checkMemory(Path file, SafetensorsHeader header) {
    long bytes = 0;
    for (SafetensorsHeader.Entry entry : header.entries()) {
      bytes += (long) entry.elements() * Double.BYTES;
    }
    long available = Runtime.getRuntime().maxMemory();
    if (bytes > available) {
      throw new StorageException(
          file
              + ": needs bytes="
              + bytes
              + " of memory as doubles, the JVM may use bytes="
              + available
              + "; give it more with -Xmx");
    }
  }

  private static Tensor readTensor(
      FileChannel channel, SafetensorsHeader.Entry entry, ByteBuffer buffer) throws IOException {
    double[] values = new double[entry.elements()];
    int perBuffer = BUFFER_BYTES / entry.dtype().bytes();
    for (int done = 0; done < values.length; ) {
      int count = Math.min(perBuffer, values.length - done);
      buffer.clear().limit(count * entry.dtype().bytes());
      fill(channel, buffer);
      buffer.flip();
      for (int i = 0; i < count; i++) {
        values[done++] = entry.dtype().get(buffer);
      }
    }
    return new Tensor(entry.shape(), values);
  }

  private static void fill(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
  }

  private static ByteBuffer allocate() {
    return ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }
}
