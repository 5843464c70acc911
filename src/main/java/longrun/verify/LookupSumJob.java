package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Rows that are sums of looked-up rows: a job of the kernel {@code lookup_sum}. */
final class LookupSumJob implements JobCase.Job {
  /** Roundings of an activation. */
  private static final int OTHER_ROUNDINGS = 16;

  private static final int ROWS_PER_BLOCK = 8;
  private static final int TABLE_ROWS = 7;

  /** What a lookup finds, by turns. */
  private enum Found {
    PARAMETER_ROW,
    FIXED_PARAMETER_ROW,
    CONSTANT_ROW,
    TABLED_CONSTANT
  }

  /**
   * What is summed.
   *
   * @param kind of the reading rows: BATCH or SHARED
   * @param kept whether the activation's argument is kept
   */
  record Shape(
      CaseReaders.Kind kind,
      int rows,
      int fewer,
      int columns,
      int lookups,
      Applied applied,
      boolean kept) {
    @Override
    public String toString() {
      return "rows="
          + rows
          + (fewer > 0 ? "-" + fewer : "")
          + " columns="
          + columns
          + " lookups="
          + lookups
          + " found="
          + kind.name().toLowerCase(Locale.ROOT)
          + " activation="
          + applied.name().toLowerCase(Locale.ROOT)
          + (kept ? " kept" : "");
    }
  }

  private record Lookup(Region rows, boolean perSlot, CaseReaders.RowOf rowOf) {
    float at(int slot, int reader, int column) {
      return rows.at(perSlot ? slot : 0, rowOf.row(slot, reader), column);
    }
  }

  private final Shape shape;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders readers;
  private final List<Lookup> lookups = new ArrayList<>();
  private final long lookupsAddress;
  private final Region out;
  private final Region preActivation;

  LookupSumJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    readers = new CaseReaders(memory, values, name, shape.kind(), shape.rows(), shape.fewer());
    Region structs =
        memory
            .session()
            .structs(name + ".lookups", Access.IN, KernelParameters.LOOKUP, shape.lookups());
    lookupsAddress = structs.address();
    for (int i = 0; i < shape.lookups(); i++) {
      structs.setStruct(0, i, addLookup(i));
    }
    out = memory.arena().matrix(name + ".out", Access.OUT, shape.rows(), shape.columns());
    preActivation =
        memory.arena().matrix(name + ".preActivation", Access.OUT, shape.rows(), shape.columns());
  }

  private Struct addLookup(int number) {
    Found found = Found.values()[number % Found.values().length];
    boolean perSlot = found == Found.PARAMETER_ROW || found == Found.FIXED_PARAMETER_ROW;
    boolean tabled = found == Found.PARAMETER_ROW || found == Found.TABLED_CONSTANT;
    Area area = perSlot ? memory.arena() : memory.session();
    int rowCount = tabled ? TABLE_ROWS : 1;
    Region rows = area.matrix(name + ".rows" + number, Access.IN, rowCount, shape.columns());
    int buffer = readers.buffer(rows.name());
    rows.fill(
        (copy, row, column) -> values.normal(buffer + copy, (long) row * shape.columns() + column));
    Struct lookup =
        KernelParameters.LOOKUP
            .create()
            .set("rows", rows.address())
            .set("stride", rows.stride())
            .set("perSlot", perSlot ? 1 : 0);
    if (tabled) {
      CaseReaders.Table table = readers.table("table" + number, rowCount);
      lookup.set("table", table.rows().address());
      CaseReaders.Found source = readers.find(table, rows);
      lookups.add(new Lookup(rows, perSlot, source.rowOf()));
    } else {
      lookups.add(new Lookup(rows, perSlot, (slot, reader) -> 0));
    }
    return lookup;
  }

  @Override
  public int blocks() {
    return Math.ceilDiv(shape.rows(), ROWS_PER_BLOCK);
  }

  @Override
  public void describe(Struct job) {
    job.set("out", out.address())
        .set("outStride", out.stride())
        .set("preActivation", shape.kept() ? preActivation.address() : 0)
        .set("preActivationStride", preActivation.stride())
        .set("lookups", lookupsAddress)
        .set("lookupCount", shape.lookups())
        .set("batch", readers.batchAddress())
        .set("columns", shape.columns())
        .set("activation", shape.applied().code());
    readers.describe(job.nested("rows"));
  }

  @Override
  public double tolerance() {
    return Rounding.of(shape.lookups() + OTHER_ROUNDINGS);
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    for (int row = 0; row < shape.rows(); row++) {
      boolean written = row < readers.count(slot);
      if (written) {
        compareRow(comparison, slot, row);
      } else {
        comparison.untouchedRow(out, slot, row);
      }
      if (!written || !shape.kept()) {
        comparison.untouchedRow(preActivation, slot, row);
      }
    }
  }

  private void compareRow(Comparison comparison, int slot, int row) {
    for (int column = 0; column < shape.columns(); column++) {
      double sum = 0;
      double magnitude = 0;
      for (Lookup lookup : lookups) {
        double term = lookup.at(slot, row, column);
        sum += term;
        magnitude += Math.abs(term);
      }
      if (shape.kept()) {
        comparison.close(preActivation, slot, row, column, sum, Rounding.scale(magnitude));
      }
      comparison.close(
          out,
          slot,
          row,
          column,
          shape.applied().at(sum),
          Rounding.scale(shape.applied().scale(sum, magnitude)));
    }
    comparison.zeroPadding(out, slot, row);
    if (shape.kept()) {
      comparison.zeroPadding(preActivation, slot, row);
    }
  }
}
