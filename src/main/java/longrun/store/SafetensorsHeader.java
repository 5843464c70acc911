package longrun.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * The JSON header of a safetensors file.
 *
 * @param entries sorted by offset; contiguous from 0
 * @param metadata string to string
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  private static final String METADATA = "__metadata__";

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * One tensor.
   *
   * @param begin first byte of its data, counted from the end of the header
   * @param end byte after its last
   */
  record Entry(String name, Dtype dtype, List<Integer> shape, long begin, long end) {
    int elements() {
      return Math.toIntExact((end - begin) / dtype.bytes());
    }
  }

  SafetensorsHeader {
    entries = List.copyOf(entries);
  }

  /**
   * Parses and checks a header.
   *
   * @param file for error messages
   * @param bytes the JSON text
   * @param dataBytes how many bytes follow the header in the file
   * @throws StorageException if anything about it is wrong
   */
  static SafetensorsHeader parse(Path file, byte[] bytes, long dataBytes) {
    if (bytes.length == 0 || bytes[0] != '{') {
      throw new StorageException(file + ": the safetensors header does not start with '{'");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new StorageException(file + ": the safetensors header is not UTF-8", e);
    }
    List<Entry> entries;
    Map<String, String> metadata = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(text)) {
      entries = new Reader(file, json).read(metadata);
    } catch (JacksonException e) {
      throw new StorageException(
          file
              + ": safetensors header, byte "
              + e.getLocation().getCharOffset()
              + ": "
              + e.getOriginalMessage(),
          e);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    checkContiguous(file, entries, dataBytes);
    return new SafetensorsHeader(entries, metadata);
  }

  private static void checkContiguous(Path file, List<Entry> entries, long dataBytes) {
    long expected = 0;
    for (Entry entry : entries) {
      if (entry.begin != expected) {
        throw new StorageException(
            file
                + ": tensor "
                + entry.name
                + ": data begins at offset="
                + entry.begin
                + ", "
                + (entry.begin < expected ? "overlapping the one before" : "leaving a hole after")
                + " the data that ends at offset="
                + expected);
      }
      expected = entry.end;
    }
    if (expected != dataBytes) {
      throw new StorageException(
          file
              + ": the header describes bytes="
              + expected
              + " of data, the file holds bytes="
              + dataBytes
              + (expected > dataBytes ? " (truncated)" : " (trailing bytes)"));
    }
  }

  /** The header of tensors laid out one after the other, all of one type. */
  static SafetensorsHeader of(Tensors tensors, Dtype dtype, Map<String, String> metadata) {
    List<Entry> entries = new ArrayList<>();
    long offset = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.asMap().entrySet()) {
      long end = offset + (long) tensor.getValue().values().length * dtype.bytes();
      entries.add(new Entry(tensor.getKey(), dtype, tensor.getValue().shape(), offset, end));
      offset = end;
    }
    return new SafetensorsHeader(entries, metadata);
  }

  /** As JSON, padded with spaces so that the data after the 8 length bytes is aligned to 8. */
  byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      for (Entry entry : entries) {
        json.writeObjectFieldStart(entry.name);
        json.writeStringField("dtype", entry.dtype.name());
        json.writeFieldName("shape");
        json.writeArray(
            entry.shape.stream().mapToInt(Integer::intValue).toArray(), 0, entry.shape.size());
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin, entry.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing into memory", e);
    }
    byte[] text = out.toByteArray();
    byte[] padded = Arrays.copyOf(text, Math.ceilDiv(text.length, 8) * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  /** Walks the tokens of a header; nothing is allocated from a number that it finds. */
  private record Reader(Path file, JsonParser json) {
    List<Entry> read(Map<String, String> metadata) throws IOException {
      List<Entry> entries = new ArrayList<>();
      json.nextToken();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        if (json.nextToken() != JsonToken.START_OBJECT) {
          throw wrong(name, "expected an object, got " + json.currentToken());
        }
        if (name.equals(METADATA)) {
          readMetadata(metadata);
        } else {
          entries.add(readEntry(name));
        }
      }
      if (json.nextToken() != null) {
        throw new StorageException(file + ": the safetensors header goes on after its object");
      }
      return entries;
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        if (json.nextToken() != JsonToken.VALUE_STRING) {
          throw new StorageException(
              file
                  + ": "
                  + METADATA
                  + ": "
                  + key
                  + ": expected a string, got "
                  + json.currentToken());
        }
        metadata.put(key, json.getText());
      }
    }

    private Entry readEntry(String name) throws IOException {
      String dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        json.nextToken();
        switch (key) {
          case "dtype" -> dtype = readString(name);
          case "shape" -> shape = readNumbers(name, key);
          case "data_offsets" -> offsets = readNumbers(name, key);
          default -> throw wrong(name, "unknown key " + key);
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw wrong(name, "dtype, shape and data_offsets are needed");
      }
      return check(name, dtype, shape, offsets);
    }

    private String readString(String name) throws IOException {
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw wrong(name, "dtype is not a string");
      }
      return json.getText();
    }

    private List<Long> readNumbers(String name, String key) throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw wrong(name, key + " is not an array");
      }
      List<Long> numbers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
          throw wrong(name, key + " holds " + json.getText() + ", not a non-negative integer");
        }
        numbers.add(json.getLongValue());
      }
      return numbers;
    }

    private Entry check(String name, String dtypeName, List<Long> shape, List<Long> offsets) {
      Dtype dtype =
          Dtype.of(dtypeName)
              .orElseThrow(
                  () ->
                      wrong(
                          name,
                          "dtype=" + dtypeName + ", allowed: " + Arrays.toString(Dtype.values())));
      if (offsets.size() != 2 || offsets.get(1) < offsets.get(0)) {
        throw wrong(name, "data_offsets=" + offsets + ", expected [begin, end]");
      }
      List<Integer> extents = new ArrayList<>();
      long elements = 1;
      for (long extent : shape) {
        if (extent > Integer.MAX_VALUE
            || (elements != 0 && extent > Integer.MAX_VALUE / elements)) {
          throw wrong(name, "shape=" + shape + " holds more than " + Integer.MAX_VALUE);
        }
        elements *= extent;
        extents.add((int) extent);
      }
      long held = offsets.get(1) - offsets.get(0);
      if (held != elements * dtype.bytes()) {
        throw wrong(
            name,
            "dtype="
                + dtype
                + " shape="
                + shape
                + " need bytes="
                + elements * dtype.bytes()
                + ", data_offsets="
                + offsets
                + " hold bytes="
                + held);
      }
      return new Entry(name, dtype, extents, offsets.get(0), offsets.get(1));
    }

    private StorageException wrong(String tensor, String what) {
      return new StorageException(file + ": tensor " + tensor + ": " + what);
    }
  }
}
