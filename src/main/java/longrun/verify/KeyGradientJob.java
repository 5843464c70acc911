package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Rows that were attended to: a job of the kernel {@code key_gradient}. */
final class KeyGradientJob implements JobCase.Job {
  /** Roundings of a term, and of sums of sums. */
  private static final int OTHER_ROUNDINGS = 24;

  /** Parts that the readers are summed in. */
  private static final int SLICES = 8;

  private static final int PAIRS_PER_BLOCK = 8;
  private static final int QUERY_ROWS = 5;

  /**
   * Who attended to what.
   *
   * @param rows keys; where they are examples' own, as many as the grid has blocks for
   * @param sets the kinds of the sets of readers of shared keys; of own keys, whether their queries
   *     are found through a table (BATCH) or by number (OWN)
   * @param own whether keys belong to the examples that read them
   */
  record Shape(
      int rows,
      int heads,
      int dHead,
      boolean own,
      int readers,
      int fewer,
      List<CaseReaders.Kind> sets) {
    Shape {
      sets = List.copyOf(sets);
    }

    @Override
    public String toString() {
      return "rows="
          + rows
          + " heads="
          + heads
          + " dHead="
          + dHead
          + (own ? " own" : " readers=" + readers)
          + (fewer > 0 ? "-" + fewer : "")
          + " sets="
          + sets.toString().toLowerCase(java.util.Locale.ROOT);
    }

    int columns() {
      return heads * dHead;
    }
  }

  /** A set of readers with its inputs. */
  private record ReaderSet(
      CaseReaders readers,
      CaseReaders.Table table,
      CaseReaders.Found query,
      Region scoreGradient,
      Region probabilities,
      Region outGradient,
      int keyPosition,
      int length) {

    List<List<Integer>> readersByRow(int slot, int rows, boolean own) {
      if (!own) {
        return readers.readersByRow(table, slot);
      }
      List<List<Integer>> each = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        each.add(List.of(row));
      }
      return each;
    }
  }

  private final Shape shape;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders owners;
  private final List<ReaderSet> sets = new ArrayList<>();
  private final long setsAddress;
  private final Region keyGradient;
  private final Region valueGradient;

  KeyGradientJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    CaseReaders.Kind rowKind = shape.own() ? CaseReaders.Kind.BATCH : CaseReaders.Kind.SHARED;
    owners = new CaseReaders(memory, values, name + ".rows", rowKind, shape.rows(), shape.fewer());
    Region structs =
        memory
            .session()
            .structs(name + ".sets", Access.IN, KernelParameters.KEY_READER, shape.sets().size());
    setsAddress = structs.address();
    for (int i = 0; i < shape.sets().size(); i++) {
      structs.setStruct(0, i, addSet(i));
    }
    keyGradient = matrix("keyGradient", Access.OUT, shape.rows());
    valueGradient = matrix("valueGradient", Access.OUT, shape.rows());
  }

  private Struct addSet(int number) {
    String part = name + ".set" + number;
    CaseReaders.Kind kind = shape.sets().get(number);
    CaseReaders readers =
        shape.own()
            ? owners
            : new CaseReaders(
                memory, values, part, kind, shape.readers() + 3 * number, shape.fewer());
    boolean queryByNumber = shape.own() ? kind == CaseReaders.Kind.OWN : number % 2 == 1;
    int capacity = readers.capacity();
    Region queryRows = normal(part + ".query", queryByNumber ? capacity : QUERY_ROWS);
    int length = number + 3;
    ReaderSet set =
        new ReaderSet(
            readers,
            readers.table("keys" + number, shape.rows()),
            queryByNumber ? readers.own(queryRows) : readers.find("query" + number, queryRows),
            scores(part + ".scoreGradient", capacity, length),
            scores(part + ".probabilities", capacity, length),
            normal(part + ".outGradient", capacity),
            number % length,
            length);
    sets.add(set);
    return struct(set, part);
  }

  private Struct struct(ReaderSet set, String part) {
    Struct struct =
        KernelParameters.KEY_READER
            .create()
            .set("scoreGradient", set.scoreGradient().address())
            .set("probabilities", set.probabilities().address())
            .set("outGradient", set.outGradient().address())
            .set("batch", set.readers().batchAddress())
            .set("scoreStride", set.scoreGradient().stride())
            .set("probabilityStride", set.probabilities().stride())
            .set("outGradientStride", set.outGradient().stride())
            .set("keyPosition", set.keyPosition())
            .set("length", set.length());
    struct.nested("query").copyFrom(set.query().struct());
    if (shape.own()) {
      struct.nested("lists").set("perSlot", 0);
    } else {
      set.readers().invert(set.table(), struct.nested("lists"), part);
    }
    return struct;
  }

  private Region matrix(String part, Access access, int rows) {
    return memory.arena().matrix(name + "." + part, access, rows, shape.columns());
  }

  private Region normal(String part, int rows) {
    return fill(memory.arena().matrix(part, Access.IN, rows, shape.columns()));
  }

  private Region scores(String part, int rows, int length) {
    return fill(memory.arena().packed(part, Access.IN, rows, shape.heads() * length));
  }

  private Region fill(Region region) {
    int buffer = owners.buffer(region.name());
    return region.fill(
        (slot, row, column) ->
            values.normal(buffer + slot, (long) row * region.columns() + column));
  }

  @Override
  public int blocks() {
    int pairs = Math.multiplyExact(shape.rows(), shape.heads());
    return shape.own() ? Math.ceilDiv(pairs, PAIRS_PER_BLOCK) : pairs;
  }

  @Override
  public void describe(Struct job) {
    job.set("keyGradient", keyGradient.address())
        .set("keyStride", keyGradient.stride())
        .set("valueGradient", valueGradient.address())
        .set("valueStride", valueGradient.stride())
        .set("readers", setsAddress)
        .set("readerSets", sets.size())
        .set("heads", shape.heads())
        .set("dHead", shape.dHead())
        .set("own", shape.own() ? 1 : 0);
    owners.describe(job.nested("rows"));
  }

  @Override
  public double tolerance() {
    int readers = shape.own() ? sets.size() : 0;
    for (ReaderSet set : sets) {
      readers += shape.own() ? 0 : set.readers().capacity();
    }
    return Rounding.of(readers / SLICES + OTHER_ROUNDINGS);
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    int count = owners.count(slot);
    List<List<List<Integer>>> readers = new ArrayList<>();
    for (ReaderSet set : sets) {
      readers.add(set.readersByRow(slot, count, shape.own()));
    }
    for (int row = 0; row < count; row++) {
      for (int column = 0; column < shape.columns(); column++) {
        compare(comparison, slot, row, column, readers);
      }
      comparison.zeroPadding(keyGradient, slot, row);
      comparison.zeroPadding(valueGradient, slot, row);
    }
    for (int row = count; row < shape.rows(); row++) {
      comparison.untouchedRow(keyGradient, slot, row);
      comparison.untouchedRow(valueGradient, slot, row);
    }
  }

  private void compare(
      Comparison comparison, int slot, int row, int column, List<List<List<Integer>>> readers) {
    int head = column / shape.dHead();
    double key = 0;
    double keyMagnitude = 0;
    double value = 0;
    double valueMagnitude = 0;
    for (int i = 0; i < sets.size(); i++) {
      ReaderSet set = sets.get(i);
      int at = head * set.length() + set.keyPosition();
      for (int reader : readers.get(i).get(row)) {
        double keyTerm =
            (double) set.scoreGradient().at(slot, reader, at)
                * set.query().at(slot, reader, column);
        double valueTerm =
            (double) set.probabilities().at(slot, reader, at)
                * set.outGradient().at(slot, reader, column);
        key += keyTerm;
        keyMagnitude += Math.abs(keyTerm);
        value += valueTerm;
        valueMagnitude += Math.abs(valueTerm);
      }
    }
    comparison.close(keyGradient, slot, row, column, key, Rounding.scale(keyMagnitude));
    comparison.close(valueGradient, slot, row, column, value, Rounding.scale(valueMagnitude));
  }
}
