package longrun.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import longrun.plan.Operation;

/** {@link Operation.Attention}; units are the reading rows (examples or shared). */
final class AttentionKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan out;
  private final RowSpan probabilities;
  private final int heads;
  private final int dHead;
  private final float scoreScale;
  private final RowFinder query;
  private final RowFinder[] keys;
  private final RowFinder[] values;

  AttentionKernel(Workspace workspace, Operation.Attention operation) {
    boolean byExample = operation.out().perExample();
    units = UnitCount.of(workspace, operation.out());
    out = workspace.span(operation.out());
    probabilities = workspace.span(operation.probabilities());
    heads = operation.heads();
    dHead = operation.dHead();
    scoreScale = (float) (1 / Math.sqrt(dHead));
    query = RowFinder.of(workspace, operation.query(), byExample);
    keys = RowFinder.keys(workspace, operation);
    values = RowFinder.values(workspace, operation);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int length = keys.length;
    float[] p = probabilities.array();
    for (int row = from; row < to; row++) {
      int pAt = probabilities.at(row);
      int queryAt = query.offset(row);
      for (int position = 0; position < length; position++) {
        int keyAt = keys[position].offset(row);
        for (int head = 0; head < heads; head++) {
          p[pAt + head * length + position] =
              scoreScale
                  * dot(
                      query.array,
                      queryAt + head * dHead,
                      keys[position].array,
                      keyAt + head * dHead,
                      dHead,
                      scratch);
        }
      }
      for (int head = 0; head < heads; head++) {
        softmax(p, pAt + head * length, length);
      }
      int at = out.at(row);
      Arrays.fill(out.array(), at, at + Padding.roundUp(heads * dHead, VectorMath.LANES), 0f);
      for (int position = 0; position < length; position++) {
        int valueAt = values[position].offset(row);
        for (int head = 0; head < heads; head++) {
          axpy(
              p[pAt + head * length + position],
              values[position].array,
              valueAt + head * dHead,
              out.array(),
              at + head * dHead,
              dHead);
        }
      }
    }
  }

  /** In place. */
  private static void softmax(float[] scores, int at, int length) {
    float largest = scores[at];
    for (int i = 1; i < length; i++) {
      largest = Math.max(largest, scores[at + i]);
    }
    float sum = 0;
    for (int i = 0; i < length; i++) {
      float e = VectorMath.exp(scores[at + i] - largest);
      scores[at + i] = e;
      sum += e;
    }
    float inverse = 1 / sum;
    for (int i = 0; i < length; i++) {
      scores[at + i] *= inverse;
    }
  }

  /** x·y over a head's columns. */
  static float dot(float[] x, int xAt, float[] y, int yAt, int width, float[] scratch) {
    int whole = width - width % VectorMath.LANES;
    FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
    for (int i = 0; i < whole; i += VectorMath.LANES) {
      sum =
          FloatVector.fromArray(VectorMath.SPECIES, x, xAt + i)
              .fma(FloatVector.fromArray(VectorMath.SPECIES, y, yAt + i), sum);
    }
    float result = whole == 0 ? 0 : VectorMath.sum(sum, scratch);
    for (int i = whole; i < width; i++) {
      result = Math.fma(x[xAt + i], y[yAt + i], result);
    }
    return result;
  }

  /** y += factor·x over a head's columns; unlike whole rows these have no padding of their own. */
  static void axpy(float factor, float[] x, int xAt, float[] y, int yAt, int width) {
    int whole = width - width % VectorMath.LANES;
    if (whole > 0) {
      Elementwise.addScaled(y, yAt, factor, x, xAt, whole);
    }
    for (int i = whole; i < width; i++) {
      y[yAt + i] = Math.fma(factor, x[xAt + i], y[yAt + i]);
    }
  }
}
