package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;

/** {@link Operation.LayerNormWeightGradient}; units are stripes of columns. */
final class LayerNormWeightGradientKernel implements Kernel {
  private static final int STRIPE = 16;

  private final Workspace workspace;
  private final ParameterLayout.Entry scale;
  private final ParameterLayout.Entry shift;
  private final Term[] terms;

  private record Term(UnitCount units, RowSpan outGradient, RowSpan in, RowSpan statistics) {}

  LayerNormWeightGradientKernel(
      Workspace workspace, ParameterLayout layout, Operation.LayerNormWeightGradient operation) {
    this.workspace = workspace;
    scale = layout.entry(operation.scale());
    shift = layout.entry(operation.shift());
    List<Operation.LayerNormWeightGradient.Term> list = operation.terms();
    terms = new Term[list.size()];
    for (int i = 0; i < terms.length; i++) {
      Operation.LayerNormWeightGradient.Term term = list.get(i);
      terms[i] =
          new Term(
              UnitCount.of(workspace, term.in()),
              workspace.span(term.outGradient()),
              workspace.span(term.in()),
              workspace.span(term.statistics()));
    }
  }

  @Override
  public int units() {
    return Math.ceilDiv(scale.columns(), STRIPE);
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    float[] gradients = workspace.gradients;
    for (int unit = from; unit < to; unit++) {
      int column = unit * STRIPE;
      int width = Math.min(STRIPE, scale.columns() - column);
      int scaleAt = scale.offset() + column;
      int shiftAt = shift.offset() + column;
      int padded = Padding.roundUp(width, VectorMath.LANES);
      Arrays.fill(gradients, scaleAt, scaleAt + padded, 0f);
      Arrays.fill(gradients, shiftAt, shiftAt + padded, 0f);
      for (Term term : terms) {
        int rows = term.units.count() * term.in.perUnit();
        for (int row = 0; row < rows; row++) {
          add(term, row, column, width, scaleAt, shiftAt);
        }
      }
      // The input's padding is not zero once the mean is taken off it, and a run that has diverged
      // leaves NaN there: the next run must not find it.
      Arrays.fill(gradients, scaleAt + width, scaleAt + padded, 0f);
      Arrays.fill(gradients, shiftAt + width, shiftAt + padded, 0f);
    }
  }

  private void add(Term term, int row, int column, int width, int scaleAt, int shiftAt) {
    float[] gradients = workspace.gradients;
    float mean = term.statistics.array()[term.statistics.at(row)];
    float inverse = term.statistics.array()[term.statistics.at(row) + 1];
    int dyAt = term.outGradient.at(row) + column;
    int xAt = term.in.at(row) + column;
    for (int i = 0; i < width; i += VectorMath.LANES) {
      FloatVector dy =
          FloatVector.fromArray(VectorMath.SPECIES, term.outGradient.array(), dyAt + i);
      FloatVector normalized =
          FloatVector.fromArray(VectorMath.SPECIES, term.in.array(), xAt + i)
              .sub(mean)
              .mul(inverse);
      dy.fma(normalized, FloatVector.fromArray(VectorMath.SPECIES, gradients, scaleAt + i))
          .intoArray(gradients, scaleAt + i);
      FloatVector.fromArray(VectorMath.SPECIES, gradients, shiftAt + i)
          .add(dy)
          .intoArray(gradients, shiftAt + i);
    }
  }
}
