package longrun.verify;

import longrun.cuda.Struct;
import longrun.cuda.StructLayout;

/**
 * A buffer of a case: [rows, columns] words in each copy of its area. {@code copy} is the slot, 0
 * in the session's area.
 */
public final class Region {
  private final Area area;
  private final String name;
  private final Access access;
  private final int start;
  private final int rows;
  private final int columns;
  private final int stride;

  Region(Area area, String name, Access access, int start, int rows, int columns, int stride) {
    this.area = area;
    this.name = name;
    this.access = access;
    this.start = start;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  /** A value for a place. */
  public interface FloatAt {
    float at(int copy, int row, int column);
  }

  /** A value for a place. */
  public interface IntAt {
    int at(int copy, int index);
  }

  /** Where it starts on the device: in slot 0, for the arena. */
  public long address() {
    return area.address(start);
  }

  /** Where a row starts on the device. */
  public long address(int row) {
    return area.address(start + row * stride);
  }

  public String name() {
    return name;
  }

  public Access access() {
    return access;
  }

  public int rows() {
    return rows;
  }

  /** Without padding. */
  public int columns() {
    return columns;
  }

  /** Words from one row to the next. */
  public int stride() {
    return stride;
  }

  int start() {
    return start;
  }

  /** Sets every float, of every copy. */
  public Region fill(FloatAt values) {
    for (int copy = 0; copy < area.copies(); copy++) {
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          set(copy, row, column, values.at(copy, row, column));
        }
      }
    }
    return this;
  }

  /** Sets every integer, of every copy. */
  public Region fillInts(IntAt values) {
    for (int copy = 0; copy < area.copies(); copy++) {
      for (int index = 0; index < rows * columns; index++) {
        setInt(copy, index, values.at(copy, index));
      }
    }
    return this;
  }

  public void set(int copy, int row, int column, float value) {
    area.set(copy, word(row, column), Float.floatToRawIntBits(value));
  }

  /** The float as it is now: after a launch, what the kernels left. */
  public float at(int copy, int row, int column) {
    return Float.intBitsToFloat(bits(copy, row, column));
  }

  /** The bits of a float as they are now. */
  public int bits(int copy, int row, int column) {
    return area.get(copy, word(row, column));
  }

  /** A padding float of a row as it is now; {@code column} is from columns() to stride() - 1. */
  float padding(int copy, int row, int column) {
    return Float.intBitsToFloat(area.get(copy, start + row * stride + column));
  }

  public void setInt(int copy, int index, int value) {
    area.set(copy, word(index), value);
  }

  public int intAt(int copy, int index) {
    return area.get(copy, word(index));
  }

  /** Sets a double; {@code index} counts doubles. */
  public void setDouble(int copy, int index, double value) {
    long bits = Double.doubleToRawLongBits(value);
    area.set(copy, word(2 * index), (int) bits);
    area.set(copy, word(2 * index + 1), (int) (bits >>> 32));
  }

  /** A double as it is now; {@code index} counts doubles. */
  public double doubleAt(int copy, int index) {
    long low = Integer.toUnsignedLong(area.get(copy, word(2 * index)));
    long high = Integer.toUnsignedLong(area.get(copy, word(2 * index + 1)));
    return Double.longBitsToDouble(high << 32 | low);
  }

  /** Sets a structure; rows count structures. */
  public void setStruct(int copy, int row, Struct struct) {
    java.nio.ByteBuffer bytes = struct.buffer();
    for (int column = 0; column < columns; column++) {
      area.set(copy, word(row, column), bytes.getInt(column * Integer.BYTES));
    }
  }

  /** A structure as it is now, for reading. */
  public Struct structAt(int copy, int row, StructLayout layout) {
    return Struct.at(layout, area.view(copy, word(row, 0), columns), 0);
  }

  /** Whether a row, with its padding, is as poisoned as before the launch. */
  public boolean isUntouched(int copy, int row) {
    for (int column = 0; column < stride; column++) {
      if (area.get(copy, start + row * stride + column) != Area.POISON) {
        return false;
      }
    }
    return true;
  }

  boolean contains(int word) {
    return word >= start && word < start + rows * stride;
  }

  /** {@code "out[3, 17]"}. */
  String coordinate(int word) {
    return name + "[" + (word - start) / stride + ", " + (word - start) % stride + "]";
  }

  void clear() {
    for (int copy = 0; copy < area.copies(); copy++) {
      for (int word = start; word < start + rows * stride; word++) {
        area.set(copy, word, 0);
      }
    }
  }

  private int word(int row, int column) {
    if (row < 0 || row >= rows || column < 0 || column >= columns) {
      throw new IndexOutOfBoundsException(
          name + "[" + row + ", " + column + "] of [" + rows + ", " + columns + "]");
    }
    return start + row * stride + column;
  }

  private int word(int index) {
    return word(index / columns, index % columns);
  }
}
