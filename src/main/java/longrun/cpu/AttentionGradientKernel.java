package longrun.cpu;

import java.util.Arrays;
import longrun.plan.Operation;

/** {@link Operation.AttentionGradient}; units are the reading rows (examples or shared). */
final class AttentionGradientKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan scoreGradient;
  private final RowSpan queryGradient;
  private final RowSpan outGradient;
  private final RowSpan probabilities;
  private final int heads;
  private final int dHead;
  private final float scoreScale;
  private final RowFinder[] keys;
  private final RowFinder[] values;

  AttentionGradientKernel(Workspace workspace, Operation.AttentionGradient operation) {
    Operation.Attention attention = operation.attention();
    units = UnitCount.of(workspace, attention.out());
    scoreGradient = workspace.span(operation.scoreGradient());
    queryGradient = workspace.span(operation.queryGradient());
    outGradient = workspace.span(operation.outGradient());
    probabilities = workspace.span(attention.probabilities());
    heads = attention.heads();
    dHead = attention.dHead();
    scoreScale = (float) (1 / Math.sqrt(dHead));
    keys = RowFinder.keys(workspace, attention);
    values = RowFinder.values(workspace, attention);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int length = keys.length;
    float[] p = probabilities.array();
    float[] ds = scoreGradient.array();
    float[] dz = outGradient.array();
    for (int row = from; row < to; row++) {
      int pAt = probabilities.at(row);
      int dsAt = scoreGradient.at(row);
      int dzAt = outGradient.at(row);
      for (int position = 0; position < length; position++) {
        RowFinder value = values[position];
        int valueAt = value.offset(row);
        for (int head = 0; head < heads; head++) {
          ds[dsAt + head * length + position] =
              AttentionKernel.dot(
                  dz, dzAt + head * dHead, value.array, valueAt + head * dHead, dHead, scratch);
        }
      }
      for (int head = 0; head < heads; head++) {
        softmaxGradient(p, pAt + head * length, ds, dsAt + head * length, length);
      }
      int at = queryGradient.at(row);
      Arrays.fill(
          queryGradient.array(), at, at + Padding.roundUp(heads * dHead, VectorMath.LANES), 0f);
      for (int position = 0; position < length; position++) {
        RowFinder key = keys[position];
        int keyAt = key.offset(row);
        for (int head = 0; head < heads; head++) {
          AttentionKernel.axpy(
              ds[dsAt + head * length + position],
              key.array,
              keyAt + head * dHead,
              queryGradient.array(),
              at + head * dHead,
              dHead);
        }
      }
    }
  }

  /** From the gradient of p to that of q·k, in place: p·(g − Σ p·g), times 1/√d_head. */
  private void softmaxGradient(float[] p, int pAt, float[] g, int gAt, int length) {
    float mean = 0;
    for (int i = 0; i < length; i++) {
      mean = Math.fma(p[pAt + i], g[gAt + i], mean);
    }
    for (int i = 0; i < length; i++) {
      g[gAt + i] = p[pAt + i] * (g[gAt + i] - mean) * scoreScale;
    }
  }
}
