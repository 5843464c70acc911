package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Rows that sum their readers: a job of the kernel {@code reader_sum}. */
final class ReaderSumJob implements JobCase.Job {
  /** Roundings of sums of sums. */
  private static final int OTHER_ROUNDINGS = 24;

  /** Parts that the readers are summed in. */
  private static final int SLICES = 8;

  private static final int ROWS_PER_BLOCK = 8;

  /** Who reads in a term. */
  enum Term {
    /** Examples, through a table. */
    BATCH(CaseReaders.Kind.BATCH, false),
    /** Shared rows, through a table. */
    SHARED(CaseReaders.Kind.SHARED, false),
    /** Examples, all of them one row. */
    FIXED_BATCH(CaseReaders.Kind.BATCH, true),
    /** Shared rows, all of them one row. */
    FIXED_SHARED(CaseReaders.Kind.SHARED, true),
    /** Each row is read by the reader of its number. */
    OWN(CaseReaders.Kind.OWN, false);

    private final CaseReaders.Kind kind;
    private final boolean fixed;

    Term(CaseReaders.Kind kind, boolean fixed) {
      this.kind = kind;
      this.fixed = fixed;
    }
  }

  /**
   * What is summed.
   *
   * @param rows that sum; where terms are OWN, as many as the grid has blocks for
   * @param stripes of columns that the rows are cut into, unless terms are OWN
   * @param terms OWN, all of them or none
   */
  record Shape(
      int rows,
      int columns,
      int stripes,
      boolean accumulate,
      int readers,
      int fewer,
      List<Term> terms) {
    Shape {
      terms = List.copyOf(terms);
    }

    boolean own() {
      return terms.getFirst() == Term.OWN;
    }

    @Override
    public String toString() {
      return "rows="
          + rows
          + " columns="
          + columns
          + (own() ? "" : " stripes=" + stripes + " readers=" + readers)
          + (fewer > 0 ? "-" + fewer : "")
          + " terms="
          + terms.toString().toLowerCase(Locale.ROOT)
          + (accumulate ? " accumulate" : "");
    }
  }

  private record Readers(
      CaseReaders readers, CaseReaders.Table table, Region gradients, Term term) {
    List<Integer> of(int slot, int row, int fixedRow) {
      if (term == Term.OWN) {
        return List.of(row);
      }
      if (!term.fixed) {
        return readers.readersByRow(table, slot).get(row);
      }
      List<Integer> all = new ArrayList<>();
      for (int reader = 0; row == fixedRow && reader < readers.count(slot); reader++) {
        all.add(reader);
      }
      return all;
    }
  }

  private final Shape shape;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders owners;
  private final List<Readers> terms = new ArrayList<>();
  private final long termsAddress;
  private final Region out;

  ReaderSumJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    CaseReaders.Kind kind = shape.own() ? CaseReaders.Kind.OWN : CaseReaders.Kind.SHARED;
    owners = new CaseReaders(memory, values, name + ".rows", kind, shape.rows(), shape.fewer());
    Region structs =
        memory
            .session()
            .structs(name + ".terms", Access.IN, KernelParameters.SUM_TERM, shape.terms().size());
    termsAddress = structs.address();
    for (int i = 0; i < shape.terms().size(); i++) {
      structs.setStruct(0, i, addTerm(i));
    }
    Access access = shape.accumulate() ? Access.IN_OUT : Access.OUT;
    out = memory.arena().matrix(name + ".out", access, shape.rows(), shape.columns());
    if (shape.accumulate()) {
      out.fill(this::before);
    }
  }

  /** What stood in the output. */
  private float before(int slot, int row, int column) {
    int buffer = owners.buffer("before") + slot;
    return shape.accumulate() ? values.normal(buffer, (long) row * shape.columns() + column) : 0;
  }

  /** The row that a term with a fixed row sums to. */
  private int fixedRow(int term) {
    return term % shape.rows();
  }

  private Struct addTerm(int number) {
    Term term = shape.terms().get(number);
    String part = name + ".term" + number;
    CaseReaders readers =
        shape.own()
            ? owners
            : new CaseReaders(
                memory, values, part, term.kind, shape.readers() + number, shape.fewer());
    Region gradients =
        memory.arena().matrix(part + ".gradients", Access.IN, readers.capacity(), shape.columns());
    int buffer = owners.buffer(part);
    gradients.fill(
        (slot, row, column) -> values.normal(buffer + slot, (long) row * shape.columns() + column));
    CaseReaders.Table table = readers.table("rows" + number, shape.rows());
    terms.add(new Readers(readers, table, gradients, term));
    Struct struct =
        KernelParameters.SUM_TERM
            .create()
            .set("rows", gradients.address())
            .set("stride", gradients.stride())
            .set("fixedRow", term.fixed ? fixedRow(number) : -1);
    readers.describe(struct.nested("count"));
    if (term.fixed || term == Term.OWN) {
      struct.nested("lists").set("perSlot", 0);
    } else {
      readers.invert(table, struct.nested("lists"), part);
    }
    return struct;
  }

  @Override
  public int blocks() {
    return shape.own()
        ? Math.ceilDiv(shape.rows(), ROWS_PER_BLOCK)
        : shape.rows() * shape.stripes();
  }

  @Override
  public void describe(Struct job) {
    job.set("out", out.address())
        .set("outStride", out.stride())
        .set("terms", termsAddress)
        .set("termCount", terms.size())
        .set("columns", shape.columns())
        .set("accumulate", shape.accumulate() ? 1 : 0)
        .set("own", shape.own() ? 1 : 0)
        .set("stripes", shape.stripes());
    owners.describe(job.nested("rows"));
  }

  @Override
  public double tolerance() {
    int readers = 0;
    for (Readers term : terms) {
      readers += shape.own() ? 1 : term.readers().capacity();
    }
    return Rounding.of(readers / SLICES + OTHER_ROUNDINGS);
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    for (int row = 0; row < shape.rows(); row++) {
      if (row < owners.count(slot)) {
        compareRow(comparison, slot, row);
      } else if (shape.accumulate()) {
        for (int column = 0; column < shape.columns(); column++) {
          comparison.sameBits(
              out.name() + "[" + row + ", " + column + "], which nobody should write,",
              out.at(slot, row, column),
              before(slot, row, column));
        }
      } else {
        comparison.untouchedRow(out, slot, row);
      }
    }
  }

  private void compareRow(Comparison comparison, int slot, int row) {
    double[] sums = new double[shape.columns()];
    double[] magnitudes = new double[shape.columns()];
    for (int column = 0; column < shape.columns(); column++) {
      sums[column] = before(slot, row, column);
      magnitudes[column] = Math.abs(sums[column]);
    }
    for (int i = 0; i < terms.size(); i++) {
      Region gradients = terms.get(i).gradients();
      for (int reader : terms.get(i).of(slot, row, fixedRow(i))) {
        for (int column = 0; column < shape.columns(); column++) {
          float term = gradients.at(slot, reader, column);
          sums[column] += term;
          magnitudes[column] += Math.abs(term);
        }
      }
    }
    for (int column = 0; column < shape.columns(); column++) {
      comparison.close(out, slot, row, column, sums[column], Rounding.scale(magnitudes[column]));
    }
    comparison.zeroPadding(out, slot, row);
  }
}
