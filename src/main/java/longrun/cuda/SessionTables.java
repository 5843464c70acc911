package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import longrun.plan.RowIndex;

/**
 * What all slots of a session read and no kernel writes: index tables of the dataset, who reads
 * which shared row, constant rows, and the arrays of structures that jobs point to. Collected on
 * the host, copied to the device once.
 */
final class SessionTables {
  private static final int ALIGNMENT_BYTES = 256;

  private final long base;
  private final Map<RowIndex, Long> tables = new IdentityHashMap<>();
  private final Map<RowIndex, Lists> lists = new IdentityHashMap<>();
  private ByteBuffer content = ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  /** Addresses of starts and readers. */
  record Lists(long starts, long readers) {}

  /**
   * @param base address at which the content will lie
   */
  SessionTables(long base) {
    this.base = base;
  }

  /** Everything collected, from position 0 to the limit. */
  ByteBuffer content() {
    return content.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip();
  }

  /** The table's address. */
  long table(RowIndex index) {
    Long known = tables.get(index);
    if (known == null) {
      known = ints(index.toArray());
      tables.put(index, known);
    }
    return known;
  }

  /** Who reads each row of a table whose readers are shared rows, in ascending order. */
  Lists lists(RowIndex index) {
    Lists known = lists.get(index);
    if (known == null) {
      int[] starts = new int[index.rows() + 1];
      for (int reader = 0; reader < index.readers(); reader++) {
        starts[index.rowOf(reader) + 1]++;
      }
      for (int row = 0; row < index.rows(); row++) {
        starts[row + 1] += starts[row];
      }
      int[] next = starts.clone();
      int[] readers = new int[index.readers()];
      for (int reader = 0; reader < readers.length; reader++) {
        readers[next[index.rowOf(reader)]++] = reader;
      }
      known = new Lists(ints(starts), ints(readers));
      lists.put(index, known);
    }
    return known;
  }

  /** A row of floats, padded with zeros to a multiple of 4. */
  long floats(List<Double> values) {
    ByteBuffer to = reserve(SlotLayout.padded(values.size()) * Float.BYTES);
    long address = base + content.position() - to.capacity();
    values.forEach(value -> to.putFloat(value.floatValue()));
    return address;
  }

  private long ints(int[] values) {
    ByteBuffer to = reserve(Math.multiplyExact(values.length, Integer.BYTES));
    long address = base + content.position() - to.capacity();
    to.asIntBuffer().put(values);
    return address;
  }

  /** An array of structures, one for each element. */
  <T> long structs(StructLayout layout, List<T> elements, BiConsumer<Struct, T> fill) {
    // Filling an element may add tables of its own, so the array is built beside the content first.
    List<Struct> structs = new ArrayList<>();
    for (T element : elements) {
      Struct struct = layout.create();
      fill.accept(struct, element);
      structs.add(struct);
    }
    ByteBuffer array = Struct.pack(structs);
    ByteBuffer to = reserve(array.remaining());
    long address = base + content.position() - to.capacity();
    to.put(array);
    return address;
  }

  /** Zeroed bytes at the end of the content, on the alignment. */
  private ByteBuffer reserve(int bytes) {
    int start = Math.ceilDiv(content.position(), ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    int end = Math.addExact(start, bytes);
    if (end > content.capacity()) {
      ByteBuffer larger =
          ByteBuffer.allocateDirect(Math.max(end, Math.multiplyExact(content.capacity(), 2)))
              .order(ByteOrder.LITTLE_ENDIAN);
      larger.put(content.flip());
      content = larger;
    }
    content.position(end);
    return content.slice(start, bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
