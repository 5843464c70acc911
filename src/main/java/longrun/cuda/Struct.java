package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import longrun.cuda.StructLayout.Array;
import longrun.cuda.StructLayout.Nested;
import longrun.cuda.StructLayout.Placed;
import longrun.cuda.StructLayout.Scalar;
import longrun.cuda.StructLayout.Type;

/**
 * A structure in memory, written and read by the names of its fields.
 *
 * <p>Pointers are null until they are set. Every other field has to be set before the bytes are
 * taken: {@link #buffer} fails and names the one that was forgotten. Elements of an array of which
 * nothing was set count as not there.
 */
public final class Struct {
  private final StructLayout layout;
  private final ByteBuffer buffer;
  private final int start;

  /** Bytes that were set, from the start of the buffer. */
  private final BitSet set;

  private Struct(StructLayout layout, ByteBuffer buffer, int start, BitSet set) {
    this.layout = layout;
    this.buffer = buffer;
    this.start = start;
    this.set = set;
  }

  Struct(StructLayout layout) {
    this(
        layout,
        ByteBuffer.allocateDirect(Math.toIntExact(layout.bytes())).order(ByteOrder.LITTLE_ENDIAN),
        0,
        new BitSet());
  }

  /** A structure that lies in a buffer already, with everything set. */
  public static Struct at(StructLayout layout, ByteBuffer buffer, int offset) {
    int bytes = Math.toIntExact(layout.bytes());
    BitSet set = new BitSet();
    set.set(0, bytes);
    return new Struct(layout, buffer.slice(offset, bytes).order(ByteOrder.LITTLE_ENDIAN), 0, set);
  }

  /** Structures one after the other, complete, as a kernel reads an array of them. */
  public static ByteBuffer pack(List<Struct> structs) {
    int bytes = structs.stream().mapToInt(struct -> Math.toIntExact(struct.layout.bytes())).sum();
    ByteBuffer packed = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    structs.forEach(struct -> packed.put(struct.buffer()));
    return packed.flip();
  }

  public StructLayout layout() {
    return layout;
  }

  /** Sets a pointer or an integer. */
  public Struct set(String field, long value) {
    Placed placed = layout.placed(field);
    setInteger(field, placed.field().type(), start + Math.toIntExact(placed.offset()), value);
    return this;
  }

  /** Sets a float or a double. */
  public Struct set(String field, double value) {
    Placed placed = layout.placed(field);
    setReal(field, placed.field().type(), start + Math.toIntExact(placed.offset()), value);
    return this;
  }

  /** Sets an integer of an array. */
  public Struct set(String field, int index, long value) {
    setInteger(field, array(field).element(), elementStart(field, index), value);
    return this;
  }

  /** Sets a float or a double of an array. */
  public Struct set(String field, int index, double value) {
    setReal(field, array(field).element(), elementStart(field, index), value);
    return this;
  }

  /** A pointer or an integer. */
  public long integer(String field) {
    Placed placed = layout.placed(field);
    return integer(field, placed.field().type(), start + Math.toIntExact(placed.offset()));
  }

  /** An integer of an array. */
  public long integer(String field, int index) {
    return integer(field, array(field).element(), elementStart(field, index));
  }

  /** A float or a double. */
  public double real(String field) {
    Placed placed = layout.placed(field);
    return real(field, placed.field().type(), start + Math.toIntExact(placed.offset()));
  }

  /** A float or a double of an array. */
  public double real(String field, int index) {
    return real(field, array(field).element(), elementStart(field, index));
  }

  /** The structure within this one; what is set there is set here. */
  public Struct nested(String field) {
    Placed placed = layout.placed(field);
    if (placed.field().type() instanceof Nested nested) {
      return new Struct(nested.layout(), buffer, start + Math.toIntExact(placed.offset()), set);
    }
    throw mismatch(field, placed.field().type(), "a structure");
  }

  /** A structure of an array in this one; what is set there is set here. */
  public Struct element(String field, int index) {
    if (array(field).element() instanceof Nested nested) {
      return new Struct(nested.layout(), buffer, elementStart(field, index), set);
    }
    throw mismatch(field, array(field), "an array of structures");
  }

  /** Copies all of a structure of the same layout into this one. */
  public Struct copyFrom(Struct other) {
    if (other.layout != layout) {
      throw new IllegalArgumentException(other.layout + " is no " + layout);
    }
    int bytes = Math.toIntExact(layout.bytes());
    buffer.put(start, other.buffer, other.start, bytes);
    for (int i = 0; i < bytes; i++) {
      set.set(start + i, other.set.get(other.start + i));
    }
    return this;
  }

  /** Leaves the fields that have not been set zero, as they are: for what only kernels write. */
  public Struct zeroUnset() {
    set.set(start, start + Math.toIntExact(layout.bytes()));
    return this;
  }

  /**
   * The bytes, read-only and direct.
   *
   * @throws IllegalStateException if a field was forgotten, naming it
   */
  public ByteBuffer buffer() {
    requireComplete(layout, start, layout.name());
    return buffer
        .slice(start, Math.toIntExact(layout.bytes()))
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private void requireComplete(StructLayout of, int from, String path) {
    for (Placed placed : of.fields()) {
      if (!placed.field().isPadding()) {
        int at = from + Math.toIntExact(placed.offset());
        requireComplete(placed.field().type(), at, path + "." + placed.field().name());
      }
    }
  }

  private void requireComplete(Type type, int at, String path) {
    switch (type) {
      case Scalar scalar -> {
        if (scalar != Scalar.POINTER && !set.get(at)) {
          throw new IllegalStateException(path + " was not set");
        }
      }
      case Nested nested -> requireComplete(nested.layout(), at, path);
      case Array array -> {
        int bytes = Math.toIntExact(array.element().bytes());
        boolean optional = array.element() instanceof Nested;
        for (int i = 0; i < array.length(); i++) {
          int element = at + i * bytes;
          int next = set.nextSetBit(element);
          if (!optional || (next >= 0 && next < element + bytes)) {
            requireComplete(array.element(), element, path + "[" + i + "]");
          }
        }
      }
    }
  }

  private Array array(String field) {
    Type type = layout.placed(field).field().type();
    if (type instanceof Array array) {
      return array;
    }
    throw mismatch(field, type, "an array");
  }

  private int elementStart(String field, int index) {
    Array array = array(field);
    if (index < 0 || index >= array.length()) {
      throw new IndexOutOfBoundsException(
          layout + "." + field + "[" + index + "], length=" + array.length());
    }
    long offset = layout.placed(field).offset() + index * array.element().bytes();
    return start + Math.toIntExact(offset);
  }

  private void setInteger(String field, Type type, int at, long value) {
    switch (type) {
      case Scalar.INT32 -> {
        if (value != (int) value) {
          throw new IllegalArgumentException(layout + "." + field + "=" + value + " is no int32");
        }
        buffer.putInt(at, (int) value);
      }
      case Scalar.POINTER, Scalar.INT64, Scalar.UINT64 -> buffer.putLong(at, value);
      case Scalar.FLOAT32, Scalar.FLOAT64 -> throw mismatch(field, type, "an integer");
      case Nested _, Array _ -> throw mismatch(field, type, "an integer");
    }
    set.set(at, at + Math.toIntExact(type.bytes()));
  }

  private void setReal(String field, Type type, int at, double value) {
    switch (type) {
      case Scalar.FLOAT32 -> buffer.putFloat(at, (float) value);
      case Scalar.FLOAT64 -> buffer.putDouble(at, value);
      case Scalar.INT32, Scalar.POINTER, Scalar.INT64, Scalar.UINT64 ->
          throw mismatch(field, type, "a real number");
      case Nested _, Array _ -> throw mismatch(field, type, "a real number");
    }
    set.set(at, at + Math.toIntExact(type.bytes()));
  }

  private long integer(String field, Type type, int at) {
    return switch (type) {
      case Scalar.INT32 -> buffer.getInt(at);
      case Scalar.POINTER, Scalar.INT64, Scalar.UINT64 -> buffer.getLong(at);
      case Scalar.FLOAT32, Scalar.FLOAT64 -> throw mismatch(field, type, "an integer");
      case Nested _, Array _ -> throw mismatch(field, type, "an integer");
    };
  }

  private double real(String field, Type type, int at) {
    return switch (type) {
      case Scalar.FLOAT32 -> buffer.getFloat(at);
      case Scalar.FLOAT64 -> buffer.getDouble(at);
      case Scalar.INT32, Scalar.POINTER, Scalar.INT64, Scalar.UINT64 ->
          throw mismatch(field, type, "a real number");
      case Nested _, Array _ -> throw mismatch(field, type, "a real number");
    };
  }

  private IllegalArgumentException mismatch(String field, Type type, String wanted) {
    return new IllegalArgumentException(layout + "." + field + " is " + type + ", not " + wanted);
  }
}
