package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/**
 * A product of rows and a weight: a job of the kernels {@code matmul_nn_*} and {@code matmul_nt_*}.
 */
final class MatmulJob implements JobCase.Job {
  /** What the product is added to. */
  enum Addend {
    NONE,
    OTHER,
    /** The product's own place. */
    ITSELF
  }

  /**
   * What is multiplied.
   *
   * @param kind of the rows: of examples, or shared
   * @param units examples or shared rows that the grid has blocks for
   * @param fewer how many of them slot 0 lacks
   * @param rowsPerUnit rows of each
   */
  record Shape(
      CaseReaders.Kind kind, int units, int fewer, int rowsPerUnit, int columns, int depth) {
    int rows() {
      return units * rowsPerUnit;
    }

    @Override
    public String toString() {
      return kind.name().toLowerCase(Locale.ROOT)
          + " "
          + units
          + (fewer > 0 ? "-" + fewer : "")
          + (rowsPerUnit > 1 ? "*" + rowsPerUnit : "")
          + "x"
          + columns
          + "x"
          + depth;
    }
  }

  /**
   * What is fused with the product.
   *
   * @param bias nn only
   * @param residual nn only: whether rows are gathered and added, one source for each row of a unit
   * @param kept nn only: whether the activation's argument is kept
   * @param applied the activation (nn), or whose derivative is multiplied with (nt)
   */
  record Fused(boolean bias, Addend addend, boolean residual, boolean kept, Applied applied) {
    @Override
    public String toString() {
      List<String> parts = new ArrayList<>();
      if (bias) {
        parts.add("bias");
      }
      if (addend != Addend.NONE) {
        parts.add("addend=" + addend.name().toLowerCase(Locale.ROOT));
      }
      if (residual) {
        parts.add("residual");
      }
      if (kept) {
        parts.add("kept");
      }
      if (applied != Applied.NONE) {
        parts.add(applied.name().toLowerCase(Locale.ROOT));
      }
      return parts.isEmpty() ? "plain" : String.join("+", parts);
    }
  }

  private final MatmulKernel kernel;
  private final Shape shape;
  private final Fused fused;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders units;
  private final Region in;
  private final Region weight;
  private final Region bias;
  private final Region addend;
  private final Region saved;
  private final Region out;
  private final Region preActivation;
  private final List<CaseReaders.Found> sources = new ArrayList<>();
  private final long sourcesAddress;

  MatmulJob(
      CaseMemory memory, long seed, String name, MatmulKernel kernel, Shape shape, Fused fused) {
    this.kernel = kernel;
    this.shape = shape;
    this.fused = fused;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    units = new CaseReaders(memory, values, name, shape.kind(), shape.units(), shape.fewer());
    in = rowsOf("in", shape.depth());
    weight =
        kernel.transposed()
            ? normal("weight", shape.columns(), shape.depth())
            : normal("weight", shape.depth(), shape.columns());
    bias = normal("bias", 1, shape.columns());
    boolean itself = fused.addend() == Addend.ITSELF;
    out = matrix("out", itself ? Access.IN_OUT : Access.OUT, shape.rows(), shape.columns());
    if (itself) {
      out.fill(this::before);
    }
    addend =
        itself
            ? out
            : matrix("addend", Access.IN, shape.rows(), shape.columns()).fill(this::before);
    saved = rowsOf("saved", shape.columns());
    preActivation = matrix("preActivation", Access.OUT, shape.rows(), shape.columns());
    sourcesAddress = fused.residual() ? addSources() : 0;
  }

  private long addSources() {
    Region structs =
        memory
            .session()
            .structs(name + ".residual", Access.IN, KernelParameters.SOURCE, shape.rowsPerUnit());
    for (int i = 0; i < shape.rowsPerUnit(); i++) {
      Region rows = normal("residual" + i, shape.units(), shape.columns());
      CaseReaders.Found source = units.find("table" + i, rows);
      structs.setStruct(0, i, source.struct());
      sources.add(source);
    }
    return structs.address();
  }

  private Region matrix(String part, Access access, int rows, int columns) {
    return memory.arena().matrix(name + "." + part, access, rows, columns);
  }

  private Region normal(String part, int rows, int columns) {
    int buffer = units.buffer(part);
    return matrix(part, Access.IN, rows, columns)
        .fill((slot, row, column) -> values.normal(buffer + slot, (long) row * columns + column));
  }

  /** Rows that are NaN where the slot has none. */
  private Region rowsOf(String part, int columns) {
    Region region = normal(part, shape.rows(), columns);
    for (int slot = 0; slot < memory.slots(); slot++) {
      for (int row = rows(slot); row < shape.rows(); row++) {
        for (int column = 0; column < columns; column++) {
          region.set(slot, row, column, Float.NaN);
        }
      }
    }
    return region;
  }

  private float before(int slot, int row, int column) {
    return values.normal(units.buffer("before") + slot, (long) row * shape.columns() + column);
  }

  private int rows(int slot) {
    return units.count(slot) * shape.rowsPerUnit();
  }

  @Override
  public int blocks() {
    return kernel.blocks(shape.rows(), shape.columns());
  }

  @Override
  public void describe(Struct job) {
    job.set("out", out.address())
        .set("outStride", out.stride())
        .set("in", in.address())
        .set("inStride", in.stride())
        .set("weight", weight.address())
        .set("weightStride", weight.stride())
        .set("addend", fused.addend() == Addend.NONE ? 0 : addend.address())
        .set("addendStride", addend.stride())
        .set("columns", shape.columns())
        .set("depth", shape.depth())
        .set("activation", fused.applied().code())
        .set("columnTiles", kernel.columnTiles(shape.columns()));
    units.describe(job.nested("rows"), shape.rowsPerUnit());
    job.set("savedStride", saved.stride())
        .set("preActivationStride", preActivation.stride())
        .set("residualSources", sources.size());
    if (kernel.transposed()) {
      job.set("saved", fused.applied() == Applied.NONE ? 0 : saved.address());
    } else {
      job.set("bias", fused.bias() ? bias.address() : 0)
          .set("preActivation", fused.kept() ? preActivation.address() : 0)
          .set("residual", sourcesAddress)
          .set("batch", units.batchAddress());
    }
  }

  @Override
  public double tolerance() {
    return Products.tolerance(shape.depth(), kernel.tf32());
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    for (int row = 0; row < shape.rows(); row++) {
      boolean written = row < rows(slot);
      if (written) {
        compareRow(comparison, slot, row);
      } else {
        compareUnwritten(comparison, slot, row);
      }
      if (!written || !fused.kept()) {
        comparison.untouchedRow(preActivation, slot, row);
      }
    }
  }

  private void compareUnwritten(Comparison comparison, int slot, int row) {
    if (fused.addend() != Addend.ITSELF) {
      comparison.untouchedRow(out, slot, row);
      return;
    }
    for (int column = 0; column < shape.columns(); column++) {
      comparison.sameBits(
          place(out, slot, row, column), out.at(slot, row, column), before(slot, row, column));
    }
  }

  private void compareRow(Comparison comparison, int slot, int row) {
    for (int column = 0; column < shape.columns(); column++) {
      int n = column;
      Products.Sum sum =
          Products.sum(
              shape.depth(),
              k -> in.at(slot, row, k),
              k -> kernel.transposed() ? weight.at(slot, n, k) : weight.at(slot, k, n));
      if (kernel.transposed()) {
        compareTransposed(comparison, slot, row, column, sum);
      } else {
        compareProduct(comparison, slot, row, column, sum);
      }
    }
    comparison.zeroPadding(out, slot, row);
    if (fused.kept()) {
      comparison.zeroPadding(preActivation, slot, row);
    }
  }

  private void compareProduct(
      Comparison comparison, int slot, int row, int column, Products.Sum sum) {
    float first = fused.bias() ? bias.at(slot, 0, column) : 0;
    float second = added(slot, row, column);
    float third = residual(slot, row, column);
    double others = (double) first + second + third;
    double magnitude =
        sum.magnitude() + Math.abs(first) + Math.abs(second) + Math.abs((double) third);
    Applied applied = fused.applied();
    double argument = sum.exact() + others;
    double scale = Rounding.scale(applied.scale(argument, magnitude));
    comparison.close(out, slot, row, column, applied.at(argument), scale);
    if (fused.kept()) {
      comparison.close(preActivation, slot, row, column, argument, Rounding.scale(magnitude));
    }
    if (kernel.tf32()) {
      double rounded = sum.rounded() + others;
      closeToRounded(
          comparison,
          slot,
          row,
          column,
          applied.at(rounded),
          Rounding.scale(applied.scale(rounded, magnitude)));
      return;
    }
    float x = sum.chain() + first + second + third;
    if (fused.kept()) {
      comparison.sameBits(
          place(preActivation, slot, row, column), preActivation.at(slot, row, column), x);
    }
    if (applied.isExact()) {
      comparison.sameBits(
          place(out, slot, row, column), out.at(slot, row, column), inFloats(applied, x));
    }
  }

  private void compareTransposed(
      Comparison comparison, int slot, int row, int column, Products.Sum sum) {
    Applied applied = fused.applied();
    float kept = applied == Applied.NONE ? 0 : saved.at(slot, row, column);
    double derivative = applied.derivative(kept);
    float added = added(slot, row, column);
    double factor = applied == Applied.GELU ? 1 + Math.abs(kept) : 1;
    double scale =
        Rounding.scale(sum.magnitude() * Math.max(factor, Math.abs(derivative)) + Math.abs(added));
    comparison.close(out, slot, row, column, added + sum.exact() * derivative, scale);
    if (kernel.tf32()) {
      closeToRounded(comparison, slot, row, column, added + sum.rounded() * derivative, scale);
    } else if (applied.isExact()) {
      float product = applied == Applied.NONE ? sum.chain() : sum.chain() * (float) derivative;
      comparison.sameBits(
          place(out, slot, row, column), out.at(slot, row, column), added + product);
    }
  }

  /** Compares with what comes of rounded operands, from which only the additions may be off. */
  private void closeToRounded(
      Comparison comparison, int slot, int row, int column, double expected, double scale) {
    double share = Products.additions(shape.depth(), true) / tolerance();
    comparison.close(out, slot, row, column, expected, scale * share);
  }

  private float added(int slot, int row, int column) {
    return fused.addend() == Addend.NONE ? 0 : before(slot, row, column);
  }

  private float residual(int slot, int row, int column) {
    return fused.residual()
        ? sources.get(row % shape.rowsPerUnit()).at(slot, row / shape.rowsPerUnit(), column)
        : 0;
  }

  /** The activation as the kernels compute it in floats. */
  private static float inFloats(Applied applied, float x) {
    return switch (applied) {
      case NONE -> x;
      case RELU -> x > 0 ? x : 0;
      case SQUARE -> x * x;
      case GELU -> throw new IllegalArgumentException("activation=" + applied + " is not exact");
    };
  }

  /** Compares the bits of what two jobs with the same inputs left. */
  void compareBits(Comparison comparison, int slot, MatmulJob other) {
    for (int row = 0; row < rows(slot); row++) {
      for (int column = 0; column < shape.columns(); column++) {
        comparison.sameBits(
            place(out, slot, row, column),
            out.at(slot, row, column),
            other.out.at(slot, row, column));
      }
    }
  }

  private static String place(Region region, int slot, int row, int column) {
    return region.name() + "[" + row + ", " + column + "] of slot " + slot;
  }
}
