package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.plan.Operation;

/** {@link Operation.Attention}; units are the reading rows (examples or shared). */
final class AttentionKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan out;
  private final RowSpan probabilities;
  private final int heads;
  private final int length;
  private final float scoreScale;
  private final RowFinder query;
  private final HeadProducts keys;
  private final HeadProducts values;

  AttentionKernel(Workspace workspace, Operation.Attention operation) {
    boolean byExample = operation.out().perExample();
    units = UnitCount.of(workspace, operation.out());
    out = workspace.span(operation.out());
    probabilities = workspace.span(operation.probabilities());
    heads = operation.heads();
    length = operation.keys().size();
    scoreScale = (float) (1 / Math.sqrt(operation.dHead()));
    query = RowFinder.of(workspace, operation.query(), byExample);
    keys = HeadProducts.withKeys(workspace, operation);
    values = HeadProducts.withValues(workspace, operation);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    float[] p = probabilities.array();
    for (int row = from; row < to; row++) {
      int pAt = probabilities.at(row);
      keys.dots(query.array, query.offset(row), row, p, pAt, scratch);
      softmax(p, pAt);
      values.weightedSums(p, pAt, row, out.array(), out.at(row));
    }
  }

  /**
   * From a row's q·k to its probabilities, in place. Padding takes part in the exponentials only.
   */
  private void softmax(float[] p, int at) {
    int width = heads * length;
    for (int head = at; head < at + width; head += length) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = head; i < head + length; i++) {
        p[i] *= scoreScale;
        largest = Math.max(largest, p[i]);
      }
      for (int i = head; i < head + length; i++) {
        p[i] -= largest;
      }
    }
    for (int i = at; i < at + width; i += VectorMath.LANES) {
      VectorMath.exp(FloatVector.fromArray(VectorMath.SPECIES, p, i)).intoArray(p, i);
    }
    for (int head = at; head < at + width; head += length) {
      float sum = 0;
      for (int i = head; i < head + length; i++) {
        sum += p[i];
      }
      float inverse = 1 / sum;
      for (int i = head; i < head + length; i++) {
        p[i] *= inverse;
      }
    }
  }
}
