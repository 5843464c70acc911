package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Rows that read other rows: how many there are in each slot, and how each finds what it reads. */
final class CaseReaders {
  /** What the readers are. */
  enum Kind {
    /** Examples of a batch; a table says for each example of the dataset which row it reads. */
    BATCH,
    /** Shared rows; a table says for each of them which row it reads. */
    SHARED,
    /** Examples that read the row of their own number. */
    OWN
  }

  private static final int EXAMPLES_PER_READER = 2;

  private final CaseMemory memory;
  private final CaseValues values;
  private final String name;
  private final Kind kind;
  private final int capacity;
  private final int fewer;
  private final int dataset;
  private final Region examples;
  private final Region batch;

  /** A row that a reader finds. */
  interface RowOf {
    int row(int slot, int reader);
  }

  /**
   * Where readers find rows.
   *
   * @param struct the kernel's {@code Source}
   */
  record Found(Region rows, RowOf rowOf, Struct struct) {
    float at(int slot, int reader, int column) {
      return rows.at(slot, rowOf.row(slot, reader), column);
    }
  }

  /**
   * @param capacity readers that the grid has blocks for
   * @param fewer how many of them slot 0 lacks; a later slot lacks one more each. Not for shared
   *     rows, whose number is fixed.
   */
  CaseReaders(
      CaseMemory memory, CaseValues values, String name, Kind kind, int capacity, int fewer) {
    this.memory = memory;
    this.values = values;
    this.name = name;
    this.kind = kind;
    this.capacity = capacity;
    this.fewer = kind == Kind.SHARED ? 0 : fewer;
    dataset = kind == Kind.SHARED ? capacity : EXAMPLES_PER_READER * capacity + 1;
    examples = memory.arena().ints(name + ".examples", Access.IN, 1);
    examples.fillInts((slot, index) -> count(slot));
    batch = memory.arena().ints(name + ".batch", Access.IN, capacity);
    batch.fillInts((slot, reader) -> values.below(buffer("batch") + slot, reader, dataset));
  }

  Kind kind() {
    return kind;
  }

  int capacity() {
    return capacity;
  }

  /** Readers in a slot. */
  int count(int slot) {
    return fewer == 0 ? capacity : Math.max(1, capacity - fewer - slot);
  }

  /** Fills in a {@code Rows}: one row for each reader. */
  void describe(Struct rows) {
    describe(rows, 1);
  }

  /** Fills in a {@code Rows}: some rows for each reader. */
  void describe(Struct rows, int rowsPerReader) {
    if (kind == Kind.SHARED) {
      rows.set("perExample", (long) capacity * rowsPerReader);
    } else {
      rows.set("examples", examples.address()).set("perExample", rowsPerReader);
    }
  }

  /** The address of the batch; null for shared rows. */
  long batchAddress() {
    return kind == Kind.SHARED ? 0 : batch.address();
  }

  /** The table's entry that a reader looks at. */
  int entry(int slot, int reader) {
    return kind == Kind.SHARED ? reader : batch.intAt(slot, reader);
  }

  /** The readers' own rows: row r for reader r. */
  Found own(Region rows) {
    return new Found(rows, (slot, reader) -> reader, source(rows, 0));
  }

  /**
   * Rows found as the kind says.
   *
   * @param sourceName tells sources of these readers apart
   * @param rows of which any may be found; as many as the capacity, where readers have their own
   */
  Found find(String sourceName, Region rows) {
    return kind == Kind.OWN ? own(rows) : find(table(sourceName, rows.rows()), rows);
  }

  /** Rows found through a table. */
  Found find(Table table, Region rows) {
    return new Found(
        rows,
        (slot, reader) -> table.rows().intAt(0, entry(slot, reader)),
        source(rows, table.rows().address()));
  }

  private static Struct source(Region rows, long table) {
    return KernelParameters.SOURCE
        .create()
        .set("rows", rows.address())
        .set("table", table)
        .set("stride", rows.stride());
  }

  /** Entries to rows, in the session's memory. */
  record Table(Region rows, int rowCount) {}

  /**
   * A table that finds some of the rows. Most of its entries find row 0, as a constant token's do,
   * and a seventh of the rows is found by nobody.
   */
  Table table(String tableName, int rows) {
    int buffer = buffer(tableName);
    Region table = memory.session().ints(name + "." + tableName, Access.IN, dataset);
    table.fillInts(
        (copy, entry) -> {
          if (values.below(buffer, 2L * entry, 2) == 0) {
            return 0;
          }
          int row = values.below(buffer, 2L * entry + 1, rows);
          return row % 7 == 3 ? row - 1 : row;
        });
    return new Table(table, rows);
  }

  /**
   * Fills in a {@code ReaderLists} with the inverse of a table: lists of the slot for a batch, of
   * the session for shared rows.
   */
  void invert(Table table, Struct lists, String listName) {
    boolean perSlot = kind != Kind.SHARED;
    Area area = perSlot ? memory.arena() : memory.session();
    Region starts = area.ints(listName + ".starts", Access.IN, table.rowCount() + 1);
    Region readers = area.ints(listName + ".readers", Access.IN, capacity);
    for (int copy = 0; copy < area.copies(); copy++) {
      List<List<Integer>> byRow = readersByRow(table, copy);
      int at = 0;
      for (int row = 0; row < byRow.size(); row++) {
        starts.setInt(copy, row, at);
        for (int reader : byRow.get(row)) {
          readers.setInt(copy, at++, reader);
        }
      }
      starts.setInt(copy, byRow.size(), at);
    }
    lists
        .set("starts", starts.address())
        .set("readers", readers.address())
        .set("perSlot", perSlot ? 1 : 0);
  }

  /** For each row the readers that find it, ascending. */
  List<List<Integer>> readersByRow(Table table, int slot) {
    List<List<Integer>> byRow = new ArrayList<>();
    for (int row = 0; row < table.rowCount(); row++) {
      byRow.add(new ArrayList<>());
    }
    for (int reader = 0; reader < count(slot); reader++) {
      byRow.get(table.rows().intAt(0, entry(slot, reader))).add(reader);
    }
    return byRow;
  }

  /** Numbers buffers, so that each has values of its own. */
  int buffer(String part) {
    return (name + "." + part).hashCode() & 0x00ff_ffff;
  }
}
