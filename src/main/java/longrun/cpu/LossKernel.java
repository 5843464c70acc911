package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import longrun.config.Loss;
import longrun.plan.Operation;

/**
 * {@link Operation.LossAndGradient}; units are examples. In training it leaves the gradient of the
 * mean loss in the logits' place and only watches whether losses are finite; in an evaluation it
 * records loss and correctness and leaves the logits' place in any state.
 *
 * <p>Cross entropy is plain fp32, as PyTorch computes it: p = e/Σe with e = exp(z − max z),
 * gradient p − 1 at the label. Where Σe rounds to 1 the label's gradient is exactly 0 (softmax
 * collapse), as it is there.
 */
final class LossKernel implements Kernel {
  private final Workspace workspace;
  private final RowSpan logits;
  private final Loss loss;
  private final boolean evaluate;

  LossKernel(Workspace workspace, Operation.LossAndGradient operation, boolean evaluate) {
    this.workspace = workspace;
    this.logits = workspace.span(operation.logits());
    this.loss = operation.loss();
    this.evaluate = evaluate;
  }

  @Override
  public int units() {
    return workspace.batchCount;
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    float[] z = logits.array();
    boolean finite = true;
    for (int row = from; row < to; row++) {
      int at = logits.at(row);
      int label = slot.run.labels()[workspace.batch[row]];
      if (evaluate) {
        workspace.correct[row] = isLargest(z, at, label);
      }
      double value =
          switch (loss) {
            case CROSS_ENTROPY -> crossEntropy(z, at, label, scratch);
            case MSE -> squaredError(z, at, label);
            case STABLEMAX -> stableMax(z, at, label, scratch);
          };
      finite &= Double.isFinite(value);
      if (evaluate) {
        workspace.loss[row] = value;
      }
    }
    if (!finite) {
      workspace.lossNotFinite = true;
    }
  }

  /** Whether the label has the largest logit, the lowest index among equals; false with any NaN. */
  private boolean isLargest(float[] z, int at, int label) {
    float own = z[at + label];
    boolean largest = true;
    for (int j = 0; j < logits.width(); j++) {
      float other = z[at + j];
      largest &= j < label ? other < own : other <= own;
    }
    return largest;
  }

  /**
   * Leaves the gradient; returns the loss, in training just a number that is finite exactly if the
   * loss is.
   */
  private double crossEntropy(float[] z, int at, int label, float[] scratch) {
    int width = Padding.roundUp(logits.width(), VectorMath.LANES);
    for (int j = logits.width(); j < width; j++) {
      z[at + j] = Float.NEGATIVE_INFINITY;
    }
    FloatVector largest = FloatVector.fromArray(VectorMath.SPECIES, z, at);
    for (int j = VectorMath.LANES; j < width; j += VectorMath.LANES) {
      largest = largest.max(FloatVector.fromArray(VectorMath.SPECIES, z, at + j));
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    float labelLogit = z[at + label];
    FloatVector sums = FloatVector.zero(VectorMath.SPECIES);
    for (int j = 0; j < width; j += VectorMath.LANES) {
      FloatVector e = VectorMath.exp(FloatVector.fromArray(VectorMath.SPECIES, z, at + j).sub(max));
      sums = sums.add(e);
      e.intoArray(z, at + j);
    }
    // Padding took part as exp of the lowest argument instead of 0.
    for (int j = logits.width(); j < width; j++) {
      z[at + j] = 0;
    }
    float sum = VectorMath.sum(sums, scratch);
    if (evaluate) {
      return StrictMath.log(sum) - ((double) labelLogit - max);
    }
    float inverse = 1 / sum;
    float share = 1f / workspace.lossCount;
    scaleRow(z, at, width, inverse);
    z[at + label] -= 1;
    scaleRow(z, at, width, share);
    return sum + ((double) labelLogit - max);
  }

  private double squaredError(float[] z, int at, int label) {
    int width = logits.width();
    double sum = 0;
    z[at + label] -= 1;
    for (int j = 0; j < width; j++) {
      sum += (double) z[at + j] * z[at + j];
    }
    if (!evaluate) {
      scaleRow(
          z,
          at,
          Padding.roundUp(width, VectorMath.LANES),
          2f / ((float) workspace.lossCount * width));
    }
    return sum / width;
  }

  /** Prieto et al. 2025: p = s/Σs, s(z) = z + 1 for z ≥ 0, else 1/(1 − z). */
  private double stableMax(float[] z, int at, int label, float[] scratch) {
    int logitCount = logits.width();
    int width = Padding.roundUp(logitCount, VectorMath.LANES);
    FloatVector sums = FloatVector.zero(VectorMath.SPECIES);
    for (int j = 0; j < width; j += VectorMath.LANES) {
      VectorMask<Float> valid = VectorMath.SPECIES.indexInRange(j, logitCount);
      FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, z, at + j);
      sums = sums.add(stable(v), valid);
    }
    float sum = VectorMath.sum(sums, scratch);
    float own = z[at + label];
    float ownValue = own >= 0 ? own + 1 : 1 / (1 - own);
    if (evaluate) {
      return StrictMath.log(sum) - StrictMath.log(ownValue);
    }
    float share = 1f / workspace.lossCount;
    float inverse = share / sum;
    for (int j = 0; j < width; j += VectorMath.LANES) {
      FloatVector v = FloatVector.fromArray(VectorMath.SPECIES, z, at + j);
      FloatVector s = stable(v);
      FloatVector slope = s.mul(s).blend(1f, v.compare(VectorOperators.GE, 0f)).mul(inverse);
      slope.intoArray(z, at + j);
    }
    for (int j = logitCount; j < width; j++) {
      z[at + j] = 0;
    }
    float ownSlope = own >= 0 ? 1 : ownValue * ownValue;
    z[at + label] -= ownSlope / ownValue * share;
    // A logit of −∞ leaves the sum finite, but not the loss.
    return ownValue > 0 ? sum + ownValue : Double.POSITIVE_INFINITY;
  }

  private static FloatVector stable(FloatVector z) {
    FloatVector below = FloatVector.broadcast(VectorMath.SPECIES, 1f);
    below = below.div(below.sub(z));
    return below.blend(z.add(1f), z.compare(VectorOperators.GE, 0f));
  }

  private static void scaleRow(float[] z, int at, int width, float factor) {
    for (int j = 0; j < width; j += VectorMath.LANES) {
      FloatVector.fromArray(VectorMath.SPECIES, z, at + j).mul(factor).intoArray(z, at + j);
    }
  }
}
