package longrun.cpu;

import longrun.plan.RowIndex;

/**
 * The inverse of a {@link RowIndex}: for each row its readers in ascending order, so that sums over
 * readers have one order and need no atomics.
 */
final class ReaderLists {
  private final RowIndex index;
  private final int[] start;
  private final int[] readers;

  ReaderLists(RowIndex index, int capacity) {
    this.index = index;
    this.start = new int[index.rows() + 1];
    this.readers = new int[capacity];
  }

  /** Readers are the table's own entries. */
  static ReaderLists fixed(RowIndex index) {
    ReaderLists lists = new ReaderLists(index, index.readers());
    int[] all = new int[index.readers()];
    java.util.Arrays.setAll(all, i -> i);
    lists.rebuild(all, all.length);
    return lists;
  }

  /** Reader r is table entry {@code entries[r]}: a counting sort, stable, without allocation. */
  void rebuild(int[] entries, int count) {
    java.util.Arrays.fill(start, 0);
    for (int reader = 0; reader < count; reader++) {
      start[index.rowOf(entries[reader]) + 1]++;
    }
    for (int row = 1; row < start.length; row++) {
      start[row] += start[row - 1];
    }
    for (int reader = 0; reader < count; reader++) {
      readers[start[index.rowOf(entries[reader])]++] = reader;
    }
    // Each start has moved to its row's end; move them back.
    System.arraycopy(start, 0, start, 1, start.length - 1);
    start[0] = 0;
  }

  int start(int row) {
    return start[row];
  }

  int end(int row) {
    return start[row + 1];
  }

  int reader(int i) {
    return readers[i];
  }
}
