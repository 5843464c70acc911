package longrun.verify;

import java.util.Locale;
import longrun.cuda.Struct;

/**
 * Rows that are normalised: a job of the kernels {@code layer_norm}, {@code
 * layer_norm_input_gradient} and {@code layer_norm_weight_gradient}.
 */
final class LayerNormJob {
  /** Roundings beyond those of the sums over a row: lanes' fours, the tree, and what follows. */
  private static final int OTHER_ROUNDINGS = 24;

  private static final int ROWS_PER_BLOCK = 8;
  private static final int COLUMNS_AT_ONCE = 128;

  /** That share the rows of a split. */
  private static final int WARPS = 8;

  private static final double EPSILON = 1e-5;

  /** What the gradient of the input is added to. */
  enum Addend {
    NONE,
    OTHER,
    /** The gradient of the input itself. */
    ITSELF
  }

  /**
   * What is normalised.
   *
   * @param kind OWN: rows of examples; SHARED: a fixed number
   * @param units examples or shared rows that the grid has blocks for
   * @param rowsPerUnit rows of each
   * @param mean of the row's values, beside a spread
   */
  record Shape(
      CaseReaders.Kind kind,
      int units,
      int fewer,
      int rowsPerUnit,
      int columns,
      double mean,
      double spread) {
    int rows() {
      return units * rowsPerUnit;
    }

    @Override
    public String toString() {
      return kind.name().toLowerCase(Locale.ROOT)
          + " rows="
          + units
          + (fewer > 0 ? "-" + fewer : "")
          + (rowsPerUnit > 1 ? "x" + rowsPerUnit : "")
          + " columns="
          + columns
          + (mean == 0 ? "" : " mean=" + mean + " spread=" + spread);
    }
  }

  private final Shape shape;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders units;
  private final Region in;
  private final Region scale;

  LayerNormJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    units = new CaseReaders(memory, values, name, shape.kind(), shape.units(), shape.fewer());
    in = matrix("in", Access.IN, shape.rows());
    int buffer = units.buffer("in");
    in.fill(
        (slot, row, column) ->
            (float)
                (shape.mean() + shape.spread() * values.normal(buffer + slot, index(row, column))));
    scale = normal("scale", 1);
  }

  private long index(int row, int column) {
    return (long) row * shape.columns() + column;
  }

  private Region matrix(String part, Access access, int rows) {
    return memory.arena().matrix(name + "." + part, access, rows, shape.columns());
  }

  private Region normal(String part, int rows) {
    return normal(matrix(part, Access.IN, rows));
  }

  private Region normal(Region region) {
    int buffer = units.buffer(region.name());
    return region.fill((slot, row, column) -> values.normal(buffer + slot, index(row, column)));
  }

  private int rows(int slot) {
    return units.count(slot) * shape.rowsPerUnit();
  }

  private int rowBlocks() {
    return Math.ceilDiv(shape.rows(), ROWS_PER_BLOCK);
  }

  private double rowTolerance() {
    return Rounding.of(Math.ceilDiv(shape.columns(), COLUMNS_AT_ONCE) + OTHER_ROUNDINGS);
  }

  /** Mean and standard deviation of a row, with the largest distance from its first value. */
  private record Moments(double mean, double inverse, double reach) {}

  private Moments moments(int slot, int row) {
    double sum = 0;
    for (int column = 0; column < shape.columns(); column++) {
      sum += in.at(slot, row, column);
    }
    double mean = sum / shape.columns();
    double squares = 0;
    double reach = 0;
    for (int column = 0; column < shape.columns(); column++) {
      double deviation = in.at(slot, row, column) - mean;
      squares += deviation * deviation;
      reach = Math.max(reach, Math.abs(in.at(slot, row, column) - (double) in.at(slot, row, 0)));
    }
    return new Moments(mean, 1 / Math.sqrt(squares / shape.columns() + EPSILON), reach);
  }

  /** {@code layer_norm}. */
  JobCase.Job forward() {
    return new Forward();
  }

  /** {@code layer_norm_input_gradient}. */
  JobCase.Job inputGradient(Addend addend) {
    return new InputGradient(addend);
  }

  /** {@code layer_norm_weight_gradient}. */
  JobCase.Job weightGradient(int splits, int rowsPerSplit) {
    return new WeightGradient(splits, rowsPerSplit);
  }

  private Region statistics(Access access) {
    return memory.arena().packed(name + ".statistics", access, shape.rows(), 2);
  }

  /** What the forward pass keeps, rounded to float. */
  private Region keptStatistics() {
    return statistics(Access.IN)
        .fill(
            (slot, row, column) -> {
              Moments moments = moments(slot, row);
              return (float) (column == 0 ? moments.mean() : moments.inverse());
            });
  }

  private final class Forward implements JobCase.Job {
    private final Region shift = normal("shift", 1);
    private final Region out = matrix("out", Access.OUT, shape.rows());
    private final Region statistics = statistics(Access.OUT);

    @Override
    public int blocks() {
      return rowBlocks();
    }

    @Override
    public void describe(Struct job) {
      job.set("out", out.address())
          .set("outStride", out.stride())
          .set("statistics", statistics.address())
          .set("statisticsStride", statistics.stride())
          .set("in", in.address())
          .set("inStride", in.stride())
          .set("scale", scale.address())
          .set("shift", shift.address())
          .set("columns", shape.columns());
      units.describe(job.nested("rows"), shape.rowsPerUnit());
    }

    @Override
    public double tolerance() {
      return rowTolerance();
    }

    @Override
    public void compare(Comparison comparison, int slot) {
      for (int row = 0; row < shape.rows(); row++) {
        if (row < rows(slot)) {
          compareRow(comparison, slot, row);
        } else {
          comparison.untouchedRow(out, slot, row);
          comparison.untouchedRow(statistics, slot, row);
        }
      }
    }

    /**
     * Values less the first one are sums' terms, so that errors are in units of the largest of
     * these; the mean itself is rounded once.
     */
    private void compareRow(Comparison comparison, int slot, int row) {
      Moments moments = moments(slot, row);
      double once = Rounding.UNIT / tolerance();
      comparison.close(
          statistics,
          slot,
          row,
          0,
          moments.mean(),
          Rounding.scale(Math.abs(moments.mean()) * once + moments.reach()));
      double reach = 1 + moments.reach() * moments.inverse();
      comparison.close(statistics, slot, row, 1, moments.inverse(), moments.inverse() * reach);
      for (int column = 0; column < shape.columns(); column++) {
        double normalized = (in.at(slot, row, column) - moments.mean()) * moments.inverse();
        double factor = scale.at(slot, 0, column);
        double offset = shift.at(slot, 0, column);
        comparison.close(
            out,
            slot,
            row,
            column,
            normalized * factor + offset,
            Rounding.scale(
                Math.abs(factor) * (1 + Math.abs(normalized)) * reach + Math.abs(offset)));
      }
      comparison.zeroPadding(out, slot, row);
    }
  }

  private final class InputGradient implements JobCase.Job {
    private final Addend added;
    private final Region outGradient = normal("outGradient", shape.rows());
    private final Region statistics = keptStatistics();
    private final Region inGradient;
    private final Region addend;

    InputGradient(Addend added) {
      this.added = added;
      boolean itself = added == Addend.ITSELF;
      inGradient = matrix("inGradient", itself ? Access.IN_OUT : Access.OUT, shape.rows());
      if (itself) {
        inGradient.fill(this::before);
      }
      addend = itself ? inGradient : matrix("addend", Access.IN, shape.rows()).fill(this::before);
    }

    private float before(int slot, int row, int column) {
      return values.normal(units.buffer("before") + slot, index(row, column));
    }

    @Override
    public int blocks() {
      return rowBlocks();
    }

    @Override
    public void describe(Struct job) {
      job.set("inGradient", inGradient.address())
          .set("inGradientStride", inGradient.stride())
          .set("addend", added == Addend.NONE ? 0 : addend.address())
          .set("addendStride", addend.stride())
          .set("outGradient", outGradient.address())
          .set("outGradientStride", outGradient.stride())
          .set("in", in.address())
          .set("inStride", in.stride())
          .set("scale", scale.address())
          .set("statistics", statistics.address())
          .set("statisticsStride", statistics.stride())
          .set("columns", shape.columns());
      units.describe(job.nested("rows"), shape.rowsPerUnit());
    }

    @Override
    public double tolerance() {
      return rowTolerance();
    }

    @Override
    public void compare(Comparison comparison, int slot) {
      for (int row = 0; row < shape.rows(); row++) {
        if (row < rows(slot)) {
          compareRow(comparison, slot, row);
        } else if (added != Addend.ITSELF) {
          comparison.untouchedRow(inGradient, slot, row);
        } else {
          for (int column = 0; column < shape.columns(); column++) {
            comparison.sameBits(
                inGradient.name() + "[" + row + ", " + column + "], which nobody should write,",
                inGradient.at(slot, row, column),
                before(slot, row, column));
          }
        }
      }
    }

    private void compareRow(Comparison comparison, int slot, int row) {
      double mean = statistics.at(slot, row, 0);
      double inverse = statistics.at(slot, row, 1);
      int columns = shape.columns();
      double[] h = new double[columns];
      double[] normalized = new double[columns];
      double sum = 0;
      double sumMagnitude = 0;
      double products = 0;
      double productMagnitude = 0;
      for (int column = 0; column < columns; column++) {
        h[column] = (double) outGradient.at(slot, row, column) * scale.at(slot, 0, column);
        normalized[column] = (in.at(slot, row, column) - mean) * inverse;
        sum += h[column];
        sumMagnitude += Math.abs(h[column]);
        products += h[column] * normalized[column];
        productMagnitude += Math.abs(h[column] * normalized[column]);
      }
      for (int column = 0; column < columns; column++) {
        double other = added == Addend.NONE ? 0 : before(slot, row, column);
        double gradient =
            inverse * (h[column] - sum / columns - normalized[column] * products / columns);
        double magnitude =
            inverse
                * (Math.abs(h[column])
                    + sumMagnitude / columns
                    + Math.abs(normalized[column]) * productMagnitude / columns);
        comparison.close(
            inGradient,
            slot,
            row,
            column,
            gradient + other,
            Rounding.scale(magnitude + Math.abs(other)));
      }
      comparison.zeroPadding(inGradient, slot, row);
    }
  }

  private final class WeightGradient implements JobCase.Job {
    private final int splits;
    private final int rowsPerSplit;
    private final Region outGradient = normal("outGradient", shape.rows());
    private final Region statistics = keptStatistics();
    private final Region partial;

    WeightGradient(int splits, int rowsPerSplit) {
      this.splits = splits;
      this.rowsPerSplit = rowsPerSplit;
      partial = matrix("partial", Access.OUT, 2 * splits);
    }

    @Override
    public int blocks() {
      return splits;
    }

    @Override
    public void describe(Struct job) {
      job.set("partial", partial.address())
          .set("partialStride", partial.stride())
          .set("outGradient", outGradient.address())
          .set("outGradientStride", outGradient.stride())
          .set("in", in.address())
          .set("inStride", in.stride())
          .set("statistics", statistics.address())
          .set("statisticsStride", statistics.stride())
          .set("columns", shape.columns())
          .set("splits", splits)
          .set("rowsPerSplit", rowsPerSplit);
      units.describe(job.nested("rows"), shape.rowsPerUnit());
    }

    @Override
    public double tolerance() {
      return Rounding.of(rowsPerSplit / WARPS + OTHER_ROUNDINGS);
    }

    @Override
    public void compare(Comparison comparison, int slot) {
      for (int split = 0; split < splits; split++) {
        for (int column = 0; column < shape.columns(); column++) {
          compare(comparison, slot, split, column);
        }
        comparison.zeroPadding(partial, slot, 2 * split);
        comparison.zeroPadding(partial, slot, 2 * split + 1);
      }
    }

    private void compare(Comparison comparison, int slot, int split, int column) {
      double forScale = 0;
      double forScaleMagnitude = 0;
      double forShift = 0;
      double forShiftMagnitude = 0;
      int end = Math.min((split + 1) * rowsPerSplit, rows(slot));
      for (int row = split * rowsPerSplit; row < end; row++) {
        double mean = statistics.at(slot, row, 0);
        double gradient = outGradient.at(slot, row, column);
        double term = gradient * (in.at(slot, row, column) - mean) * statistics.at(slot, row, 1);
        forScale += term;
        forScaleMagnitude += Math.abs(term);
        forShift += gradient;
        forShiftMagnitude += Math.abs(gradient);
      }
      comparison.close(
          partial, slot, 2 * split, column, forScale, Rounding.scale(forScaleMagnitude));
      comparison.close(
          partial, slot, 2 * split + 1, column, forShift, Rounding.scale(forShiftMagnitude));
    }
  }
}
