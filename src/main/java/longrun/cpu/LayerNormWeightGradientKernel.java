package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;

/** {@link Operation.LayerNormWeightGradient}; units are stripes of columns. */
final class LayerNormWeightGradientKernel implements Kernel {
  private static final int LANES = VectorMath.LANES;

  /** Columns of a unit; every row has room for whole stripes. */
  private static final int STRIPE = 2 * LANES;

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
      Arrays.fill(gradients, scaleAt, scaleAt + STRIPE, 0f);
      Arrays.fill(gradients, shiftAt, shiftAt + STRIPE, 0f);
      for (Term term : terms) {
        add(term, column, scaleAt, shiftAt);
      }
      // The input's padding is not zero once the mean is taken off it, and a run that has diverged
      // leaves NaN there: the next run must not find it.
      Arrays.fill(gradients, scaleAt + width, scaleAt + STRIPE, 0f);
      Arrays.fill(gradients, shiftAt + width, shiftAt + STRIPE, 0f);
    }
  }

  /** Sums over all rows in registers; memory would cost each row a store and its way back. */
  private void add(Term term, int column, int scaleAt, int shiftAt) {
    float[] gradients = workspace.gradients;
    float[] dy = term.outGradient.array();
    float[] x = term.in.array();
    float[] statistics = term.statistics.array();
    FloatVector scale0 = FloatVector.fromArray(VectorMath.SPECIES, gradients, scaleAt);
    FloatVector scale1 = FloatVector.fromArray(VectorMath.SPECIES, gradients, scaleAt + LANES);
    FloatVector shift0 = FloatVector.fromArray(VectorMath.SPECIES, gradients, shiftAt);
    FloatVector shift1 = FloatVector.fromArray(VectorMath.SPECIES, gradients, shiftAt + LANES);
    int rows = term.units.count() * term.in.perUnit();
    for (int row = 0; row < rows; row++) {
      int statisticsAt = term.statistics.at(row);
      float mean = statistics[statisticsAt];
      float inverse = statistics[statisticsAt + 1];
      int dyAt = term.outGradient.at(row) + column;
      int xAt = term.in.at(row) + column;
      FloatVector dy0 = FloatVector.fromArray(VectorMath.SPECIES, dy, dyAt);
      FloatVector dy1 = FloatVector.fromArray(VectorMath.SPECIES, dy, dyAt + LANES);
      FloatVector x0 = FloatVector.fromArray(VectorMath.SPECIES, x, xAt);
      FloatVector x1 = FloatVector.fromArray(VectorMath.SPECIES, x, xAt + LANES);
      scale0 = dy0.fma(x0.sub(mean).mul(inverse), scale0);
      scale1 = dy1.fma(x1.sub(mean).mul(inverse), scale1);
      shift0 = shift0.add(dy0);
      shift1 = shift1.add(dy1);
    }
    scale0.intoArray(gradients, scaleAt);
    scale1.intoArray(gradients, scaleAt + LANES);
    shift0.intoArray(gradients, shiftAt);
    shift1.intoArray(gradients, shiftAt + LANES);
  }
}
