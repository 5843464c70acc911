package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
  private static final int ROW_BLOCK = 128;

  private static final int COLUMN_BLOCK = 128;

  /** Products added up in registers before they are added to memory. */
  private static final int DEPTH_BLOCK = 128;

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
    float[] gradients = workspace.gradients;
    Arrays.fill(gradients, at, at + columns, 0f);
    for (Term term : terms) {
      for (int row = 0; row < term.rows(); row++) {
        Elementwise.add(
            gradients, at, term.outGradient.array(), term.outGradient.at(row) + column, columns);
      }
    }
  }
}
