package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;

/**
 * AdamW, or Adam with coupled decay, over all parameters, as PyTorch computes it in fp32; units are
 * chunks of the flat arrays. Padding stays zero: its gradient, moments and parameter are.
 */
final class UpdateKernel implements Kernel {
  /** Elements per unit. */
  static final int CHUNK = 2048;

  private final Workspace workspace;
  private final float[] gradients;

  UpdateKernel(Workspace workspace) {
    this.workspace = workspace;
    this.gradients = workspace.gradients;
  }

  static int chunks(int length) {
    return Math.ceilDiv(length, CHUNK);
  }

  @Override
  public int units() {
    return chunks(gradients.length);
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    OptimizerConfig config = slot.optimizer();
    long step = slot.step + 1;
    double learningRate = config.learningRateAt(step);
    boolean coupled = config.kind() == OptimizerKind.ADAM;
    FloatVector coupledDecay = broadcast(coupled ? config.weightDecay() : 0);
    float keep = coupled ? 1f : (float) (1 - learningRate * config.weightDecay());
    float beta1 = (float) config.beta1();
    float beta2 = (float) config.beta2();
    float oneMinusBeta1 = (float) (1 - config.beta1());
    float oneMinusBeta2 = (float) (1 - config.beta2());
    float stepSize = (float) (learningRate / (1 - StrictMath.pow(config.beta1(), (double) step)));
    float rootCorrection =
        (float) (1 / Math.sqrt(1 - StrictMath.pow(config.beta2(), (double) step)));
    float epsilon = (float) config.epsilon();
    float[] w = slot.parameters;
    float[] m = slot.firstMoment;
    float[] v = slot.secondMoment;
    FloatVector notFinite = FloatVector.zero(VectorMath.SPECIES);
    int end = Math.min(to * CHUNK, gradients.length);
    for (int i = from * CHUNK; i < end; i += VectorMath.LANES) {
      FloatVector weight = FloatVector.fromArray(VectorMath.SPECIES, w, i);
      FloatVector g = FloatVector.fromArray(VectorMath.SPECIES, gradients, i);
      g = weight.fma(coupledDecay, g);
      FloatVector first =
          FloatVector.fromArray(VectorMath.SPECIES, m, i).mul(beta1).add(g.mul(oneMinusBeta1));
      FloatVector second =
          FloatVector.fromArray(VectorMath.SPECIES, v, i)
              .mul(beta2)
              .add(g.mul(g).mul(oneMinusBeta2));
      first.intoArray(m, i);
      second.intoArray(v, i);
      FloatVector denominator = second.sqrt().mul(rootCorrection).add(epsilon);
      weight = weight.mul(keep).sub(first.mul(stepSize).div(denominator));
      weight.intoArray(w, i);
      // x − x is 0 for a finite x and NaN for any other.
      notFinite = notFinite.add(weight.sub(weight));
    }
    if (VectorMath.sum(notFinite, scratch) != 0) {
      workspace.parameterNotFinite = true;
    }
  }

  private static FloatVector broadcast(double value) {
    return FloatVector.broadcast(VectorMath.SPECIES, (float) value);
  }
}
