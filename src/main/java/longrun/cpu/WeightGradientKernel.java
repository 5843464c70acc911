package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.View;

/**
 * {@link Operation.WeightGradient}: inᵀ · outGradient summed over rows, terms in order. Units are
 * tiles of the weight's gradient; each walks over all rows, so no sums meet across threads. Unit
 * order: stripes of columns, within them blocks of rows of the weight.
 */
final class WeightGradientKernel implements Kernel {
  /**
   * Rows and columns of the weight per unit; the rows and gradients read are read once per unit.
   */
  static final int ROW_BLOCK = 128;

  static final int COLUMN_BLOCK = 128;

  /** Products added up in registers before they are added to memory. */
  static final int DEPTH_BLOCK = 128;

  /** Rows whose gradients are added to a bias's at a time. */
  private static final int SUM_ROWS = 32;

  private final Workspace workspace;
  private final ParameterLayout.Entry weight;
  private final Optional<ParameterLayout.Entry> bias;
  private final int rowBlocks;
  private final Term[] terms;

  private record Term(UnitCount units, RowSpan in, RowSpan outGradient) {
    int rows() {
      return units.count() * outGradient.perUnit();
    }
  }

  WeightGradientKernel(
      Workspace workspace, ParameterLayout layout, Operation.WeightGradient operation) {
    this.workspace = workspace;
    weight = layout.entry(operation.weight());
    bias = operation.bias().map(layout::entry);
    rowBlocks = Math.ceilDiv(weight.rows(), ROW_BLOCK);
    List<Operation.WeightGradient.Term> list = operation.terms();
    terms = new Term[list.size()];
    for (int i = 0; i < terms.length; i++) {
      View rows = list.get(i).outGradient();
      terms[i] =
          new Term(
              UnitCount.of(workspace, rows),
              workspace.span(list.get(i).in()),
              workspace.span(rows));
    }
  }

  @Override
  public int units() {
    return Math.ceilDiv(weight.columns(), COLUMN_BLOCK) * rowBlocks;
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    for (int unit = from; unit < to; unit++) {
      int column = unit / rowBlocks * COLUMN_BLOCK;
      int columns = Math.min(COLUMN_BLOCK, weight.columns() - column);
      int row = unit % rowBlocks * ROW_BLOCK;
      product(row, Math.min(ROW_BLOCK, weight.rows() - row), column, columns, scratch);
      if (bias.isPresent() && row == 0) {
        columnSums(bias.get().offset() + column, column, columns);
      }
    }
  }

  private void product(int row, int rows, int column, int columns, float[] scratch) {
    float[] gradients = workspace.gradients;
    int at = weight.offset() + row * weight.rowLength() + column;
    for (int i = 0; i < terms.length; i++) {
      Term term = terms[i];
      Gemm.multiply(
          term.in.array(),
          term.in.base() + row,
          1,
          term.in.step(),
          term.outGradient.array(),
          term.outGradient.base() + column,
          term.outGradient.step(),
          gradients,
          at,
          weight.rowLength(),
          rows,
          columns,
          term.rows(),
          DEPTH_BLOCK,
          i > 0,
          scratch);
    }
  }

  private void columnSums(int at, int column, int columns) {
    float[] sums = workspace.gradients;
    int stripe = 4 * VectorMath.LANES;
    Arrays.fill(sums, at, at + Padding.roundUp(columns, stripe), 0f);
    for (Term term : terms) {
      // A few rows at a time, so that they are still in the cache for the next stripe.
      for (int row = 0; row < term.rows(); row += SUM_ROWS) {
        int rows = Math.min(SUM_ROWS, term.rows() - row);
        int from = term.outGradient.at(row) + column;
        for (int i = 0; i < columns; i += stripe) {
          addRows(sums, at + i, term.outGradient, from + i, rows);
        }
      }
    }
  }

  private static void addRows(float[] sums, int at, RowSpan span, int first, int rows) {
    float[] x = span.array();
    FloatVector s0 = FloatVector.fromArray(VectorMath.SPECIES, sums, at);
    FloatVector s1 = FloatVector.fromArray(VectorMath.SPECIES, sums, at + 8);
    FloatVector s2 = FloatVector.fromArray(VectorMath.SPECIES, sums, at + 16);
    FloatVector s3 = FloatVector.fromArray(VectorMath.SPECIES, sums, at + 24);
    int from = first;
    for (int row = 0; row < rows; row++) {
      s0 = s0.add(FloatVector.fromArray(VectorMath.SPECIES, x, from));
      s1 = s1.add(FloatVector.fromArray(VectorMath.SPECIES, x, from + 8));
      s2 = s2.add(FloatVector.fromArray(VectorMath.SPECIES, x, from + 16));
      s3 = s3.add(FloatVector.fromArray(VectorMath.SPECIES, x, from + 24));
      from += span.step();
    }
    s0.intoArray(sums, at);
    s1.intoArray(sums, at + 8);
    s2.intoArray(sums, at + 16);
    s3.intoArray(sums, at + 24);
  }
}
