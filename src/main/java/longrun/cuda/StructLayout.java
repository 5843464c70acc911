package longrun.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layout of a structure that Java and kernels share: fields in order, each at its natural
 * alignment, little endian, as C++ lays it out on x86-64 and on GPUs.
 */
public final class StructLayout {

  /** What a field holds. */
  public sealed interface Type {
    long bytes();

    int alignment();
  }

  /** A single value. */
  public enum Scalar implements Type {
    POINTER(8),
    INT32(4),
    INT64(8),
    UINT64(8),
    FLOAT32(4),
    FLOAT64(8);

    private final int bytes;

    Scalar(int bytes) {
      this.bytes = bytes;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public int alignment() {
      return bytes;
    }
  }

  /** A structure within the structure. */
  public record Nested(StructLayout layout) implements Type {
    @Override
    public long bytes() {
      return layout.bytes();
    }

    @Override
    public int alignment() {
      return layout.alignment();
    }
  }

  /** {@code length} values of one type. */
  public record Array(Type element, int length) implements Type {
    @Override
    public long bytes() {
      return element.bytes() * length;
    }

    @Override
    public int alignment() {
      return element.alignment();
    }
  }

  /** A field as it is declared. */
  public record Field(String name, Type type) {
    /** Whether it only fills a gap: zero, and nobody sets it. */
    boolean isPadding() {
      return name.startsWith("unused");
    }
  }

  /** A field where it lies in its structure. */
  public record Placed(Field field, long offset) {}

  private final String name;
  private final Map<String, Placed> fields;
  private final long bytes;
  private final int alignment;

  private StructLayout(String name, Map<String, Placed> fields, long bytes, int alignment) {
    this.name = name;
    this.fields = fields;
    this.bytes = bytes;
    this.alignment = alignment;
  }

  /** Lays fields out in order. */
  public static StructLayout of(String name, Field... fields) {
    Map<String, Placed> placed = new LinkedHashMap<>();
    long end = 0;
    int alignment = 1;
    for (Field field : fields) {
      long offset = align(end, field.type().alignment());
      if (placed.put(field.name(), new Placed(field, offset)) != null) {
        throw new IllegalArgumentException(name + "." + field.name() + " is declared twice");
      }
      end = offset + field.type().bytes();
      alignment = Math.max(alignment, field.type().alignment());
    }
    return new StructLayout(name, placed, align(end, alignment), alignment);
  }

  public static Field pointer(String name) {
    return new Field(name, Scalar.POINTER);
  }

  public static Field int32(String name) {
    return new Field(name, Scalar.INT32);
  }

  public static Field int64(String name) {
    return new Field(name, Scalar.INT64);
  }

  public static Field uint64(String name) {
    return new Field(name, Scalar.UINT64);
  }

  public static Field float32(String name) {
    return new Field(name, Scalar.FLOAT32);
  }

  public static Field float64(String name) {
    return new Field(name, Scalar.FLOAT64);
  }

  public static Field nested(String name, StructLayout layout) {
    return new Field(name, new Nested(layout));
  }

  public static Field array(String name, StructLayout element, int length) {
    return new Field(name, new Array(new Nested(element), length));
  }

  public static Field array(String name, Scalar element, int length) {
    return new Field(name, new Array(element, length));
  }

  /** The structure's name in the kernels: {@code "MatmulJob"}. */
  public String name() {
    return name;
  }

  /** Its size, as sizeof tells it. */
  public long bytes() {
    return bytes;
  }

  public int alignment() {
    return alignment;
  }

  /** Its fields in order. */
  public List<Placed> fields() {
    return new ArrayList<>(fields.values());
  }

  /** A new structure: zeros, pointers null, nothing set. */
  public Struct create() {
    return new Struct(this);
  }

  Placed placed(String field) {
    Placed placed = fields.get(field);
    if (placed == null) {
      throw new IllegalArgumentException(
          name + " has no field " + field + "; it has " + String.join(", ", fields.keySet()));
    }
    return placed;
  }

  @Override
  public String toString() {
    return name;
  }

  private static long align(long offset, int alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }
}
