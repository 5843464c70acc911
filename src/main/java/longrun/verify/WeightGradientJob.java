package longrun.verify;

import java.util.Locale;
import longrun.cuda.Struct;

/**
 * The gradient of a weight, in splits: a job of the kernels {@code weight_gradient} and {@code
 * weight_gradient_tf32}.
 */
final class WeightGradientJob implements JobCase.Job {
  private static final int TILE = 64;

  /** Words between one split and the next that belong to nobody. */
  private static final int GAP_ROWS = 1;

  /**
   * What is summed.
   *
   * @param kind of the rows: of examples, or shared
   * @param units examples or shared rows that there may be
   * @param fewer how many of them slot 0 lacks
   * @param rowsPerUnit rows of each
   * @param weightRows columns of the input
   * @param splits of which the last may have no rows
   */
  record Shape(
      CaseReaders.Kind kind,
      int units,
      int fewer,
      int rowsPerUnit,
      int weightRows,
      int columns,
      int splits,
      int rowsPerSplit,
      boolean bias) {
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
          + " to "
          + weightRows
          + "x"
          + columns
          + " splits="
          + splits
          + "x"
          + rowsPerSplit
          + (bias ? " bias" : "");
    }
  }

  private final Shape shape;
  private final boolean tf32;
  private final CaseReaders units;
  private final Region in;
  private final Region outGradient;
  private final Region partial;
  private final Region biasPartial;

  WeightGradientJob(CaseMemory memory, long seed, String name, boolean tf32, Shape shape) {
    this.shape = shape;
    this.tf32 = tf32;
    CaseValues values = new CaseValues(seed);
    units = new CaseReaders(memory, values, name, shape.kind(), shape.units(), shape.fewer());
    in = rowsOf(memory, values, name + ".in", shape.weightRows());
    outGradient = rowsOf(memory, values, name + ".outGradient", shape.columns());
    int partialRows = shape.splits() * (shape.weightRows() + GAP_ROWS);
    partial = memory.arena().matrix(name + ".partial", Access.OUT, partialRows, shape.columns());
    biasPartial =
        memory.arena().matrix(name + ".biasPartial", Access.OUT, shape.splits(), shape.columns());
  }

  /** Rows that are NaN where the slot has none. */
  private Region rowsOf(CaseMemory memory, CaseValues values, String part, int columns) {
    int buffer = units.buffer(part);
    return memory
        .arena()
        .matrix(part, Access.IN, shape.rows(), columns)
        .fill(
            (slot, row, column) ->
                row < rows(slot)
                    ? values.normal(buffer + slot, (long) row * columns + column)
                    : Float.NaN);
  }

  private int rows(int slot) {
    return units.count(slot) * shape.rowsPerUnit();
  }

  private int rowTiles() {
    return Math.ceilDiv(shape.weightRows(), TILE);
  }

  private int columnTiles() {
    return Math.ceilDiv(shape.columns(), TILE);
  }

  @Override
  public int blocks() {
    return shape.splits() * rowTiles() * columnTiles();
  }

  @Override
  public void describe(Struct job) {
    job.set("partial", partial.address())
        .set("partialStride", partial.stride())
        .set("biasPartial", shape.bias() ? biasPartial.address() : 0)
        .set("in", in.address())
        .set("inStride", in.stride())
        .set("outGradient", outGradient.address())
        .set("outGradientStride", outGradient.stride())
        .set("weightRows", shape.weightRows())
        .set("columns", shape.columns())
        .set("splits", shape.splits())
        .set("rowsPerSplit", shape.rowsPerSplit())
        .set("splitFloats", (long) (shape.weightRows() + GAP_ROWS) * partial.stride())
        .set("biasSplitFloats", biasPartial.stride())
        .set("rowTiles", rowTiles())
        .set("columnTiles", columnTiles());
    units.describe(job.nested("rows"), shape.rowsPerUnit());
  }

  @Override
  public double tolerance() {
    return Products.tolerance(shape.rowsPerSplit(), tf32);
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    for (int split = 0; split < shape.splits(); split++) {
      int begin = split * shape.rowsPerSplit();
      int rows = Math.max(0, Math.min(shape.rowsPerSplit(), rows(slot) - begin));
      int first = split * (shape.weightRows() + GAP_ROWS);
      for (int k = 0; k < shape.weightRows(); k++) {
        for (int column = 0; column < shape.columns(); column++) {
          compare(comparison, slot, begin, rows, k, first + k, column);
        }
        comparison.zeroPadding(partial, slot, first + k);
      }
      comparison.untouchedRow(partial, slot, first + shape.weightRows());
      if (shape.bias()) {
        compareBias(comparison, slot, begin, rows, split);
      } else {
        comparison.untouchedRow(biasPartial, slot, split);
      }
    }
  }

  private void compare(
      Comparison comparison, int slot, int begin, int rows, int k, int partialRow, int column) {
    Products.Sum sum =
        Products.sum(
            rows,
            row -> in.at(slot, begin + row, k),
            row -> outGradient.at(slot, begin + row, column));
    double scale = Rounding.scale(sum.magnitude());
    comparison.close(partial, slot, partialRow, column, sum.exact(), scale);
    if (tf32) {
      double share = Products.additions(shape.rowsPerSplit(), true) / tolerance();
      comparison.close(partial, slot, partialRow, column, sum.rounded(), scale * share);
    } else {
      comparison.sameBits(
          partial.name() + "[" + partialRow + ", " + column + "] of slot " + slot,
          partial.at(slot, partialRow, column),
          sum.chain());
    }
  }

  private void compareBias(Comparison comparison, int slot, int begin, int rows, int split) {
    double share = Products.additions(shape.rowsPerSplit(), false) / tolerance();
    for (int column = 0; column < shape.columns(); column++) {
      double sum = 0;
      double magnitude = 0;
      for (int row = begin; row < begin + rows; row++) {
        double gradient = outGradient.at(slot, row, column);
        sum += gradient;
        magnitude += Math.abs(gradient);
      }
      comparison.close(biasPartial, slot, split, column, sum, Rounding.scale(magnitude) * share);
    }
    comparison.zeroPadding(biasPartial, slot, split);
  }
}
