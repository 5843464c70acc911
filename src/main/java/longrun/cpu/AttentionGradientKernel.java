package longrun.cpu;

import longrun.plan.Operation;

/** {@link Operation.AttentionGradient}; units are the reading rows (examples or shared). */
final class AttentionGradientKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan scoreGradient;
  private final RowSpan queryGradient;
  private final RowSpan outGradient;
  private final RowSpan probabilities;
  private final int heads;
  private final int length;
  private final float scoreScale;
  private final HeadProducts keys;
  private final HeadProducts values;

  AttentionGradientKernel(Workspace workspace, Operation.AttentionGradient operation) {
    Operation.Attention attention = operation.attention();
    units = UnitCount.of(workspace, attention.out());
    scoreGradient = workspace.span(operation.scoreGradient());
    queryGradient = workspace.span(operation.queryGradient());
    outGradient = workspace.span(operation.outGradient());
    probabilities = workspace.span(attention.probabilities());
    heads = attention.heads();
    length = attention.keys().size();
    scoreScale = (float) (1 / Math.sqrt(attention.dHead()));
    keys = HeadProducts.withKeys(workspace, attention);
    values = HeadProducts.withValues(workspace, attention);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    float[] p = probabilities.array();
    float[] ds = scoreGradient.array();
    for (int row = from; row < to; row++) {
      int pAt = probabilities.at(row);
      int dsAt = scoreGradient.at(row);
      values.dots(outGradient.array(), outGradient.at(row), row, ds, dsAt, scratch);
      for (int head = 0; head < heads; head++) {
        softmaxGradient(p, pAt + head * length, ds, dsAt + head * length);
      }
      keys.weightedSums(ds, dsAt, row, queryGradient.array(), queryGradient.at(row));
    }
  }

  /** From the gradient of p to that of q·k, in place: p·(g − Σ p·g), times 1/√d_head. */
  private void softmaxGradient(float[] p, int pAt, float[] g, int gAt) {
    float mean = 0;
    for (int i = 0; i < length; i++) {
      mean = Math.fma(p[pAt + i], g[gAt + i], mean);
    }
    for (int i = 0; i < length; i++) {
      g[gAt + i] = p[pAt + i] * (g[gAt + i] - mean) * scoreScale;
    }
  }
}
