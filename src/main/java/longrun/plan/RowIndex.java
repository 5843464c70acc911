package longrun.plan;

import java.util.Arrays;

/**
 * A table from readers to the rows they read. Compared by identity, so that an engine can build and
 * keep one inverse per table.
 *
 * <p>If the readers are per-example rows, the table is indexed by the example's number in the
 * dataset; if they are shared rows, by the reader's row in its view.
 */
public final class RowIndex {
  private final String name;
  private final int[] rowOf;
  private final int rows;

  /**
   * @param rowOf reader to row; not copied
   * @param rows number of rows that can be read; every entry is below it
   */
  RowIndex(String name, int[] rowOf, int rows) {
    for (int row : rowOf) {
      if (row < 0 || row >= rows) {
        throw new IllegalArgumentException("index=" + name + " row=" + row + " rows=" + rows);
      }
    }
    this.name = name;
    this.rowOf = rowOf;
    this.rows = rows;
  }

  public String name() {
    return name;
  }

  /** Number of readers. */
  public int readers() {
    return rowOf.length;
  }

  /** Number of rows that can be read. */
  public int rows() {
    return rows;
  }

  /** The row that a reader reads. */
  public int rowOf(int reader) {
    return rowOf[reader];
  }

  /** A copy of the whole table. */
  public int[] toArray() {
    return Arrays.copyOf(rowOf, rowOf.length);
  }

  @Override
  public String toString() {
    return name;
  }
}
