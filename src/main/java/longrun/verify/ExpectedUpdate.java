package longrun.verify;

import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.cuda.Struct;

/**
 * The optimizer of one slot twice: in double by its formulas (AdamW as PyTorch, Grokfast-EMA), and
 * in float with the operations of the cpu engine and the scalars that {@code step_begin} left.
 */
final class ExpectedUpdate {
  private final OptimizerConfig config;
  private final int slot;
  private final int count;
  private final double[] w;
  private final double[] m;
  private final double[] v;
  private final double[] mu;
  private final float[] floatW;
  private final float[] floatM;
  private final float[] floatV;
  private final float[] floatMu;
  private long step;

  ExpectedUpdate(OptimizerConfig config, OptimizerBuffers buffers, int slot, long step) {
    this.config = config;
    this.slot = slot;
    this.step = step;
    this.count = OptimizerBuffers.FLOATS;
    floatW = buffers.copy(buffers.parameters)[slot];
    floatM = buffers.copy(buffers.firstMoment)[slot];
    floatV = buffers.copy(buffers.secondMoment)[slot];
    floatMu = buffers.copy(buffers.ema)[slot];
    w = widen(floatW);
    m = widen(floatM);
    v = widen(floatV);
    mu = widen(floatMu);
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** One update with the gradients that the buffers hold. */
  void step(OptimizerBuffers buffers, Struct control) {
    step++;
    boolean filters = config.grokfastEma().isPresent();
    double rate = config.learningRateAt(step);
    boolean coupled = config.kind() == OptimizerKind.ADAM;
    for (int i = 0; i < count; i++) {
      float g = buffers.gradients.at(slot, 0, i);
      stepInDouble(i, filters ? filter(i, g) : g, rate, coupled);
      stepInFloat(i, filters ? filterInFloat(i, g, control) : g, control);
    }
  }

  private double filter(int i, double g) {
    double alpha = config.grokfastEma().orElseThrow().alpha();
    mu[i] = step == 1 ? g : alpha * mu[i] + (1 - alpha) * g;
    return g + config.grokfastEma().orElseThrow().lambda() * mu[i];
  }

  private void stepInDouble(int i, double g, double rate, boolean coupled) {
    g += coupled ? config.weightDecay() * w[i] : 0;
    m[i] = config.beta1() * m[i] + (1 - config.beta1()) * g;
    v[i] = config.beta2() * v[i] + (1 - config.beta2()) * g * g;
    double first = m[i] / (1 - StrictMath.pow(config.beta1(), (double) step));
    double second = v[i] / (1 - StrictMath.pow(config.beta2(), (double) step));
    w[i] *= coupled ? 1 : 1 - rate * config.weightDecay();
    w[i] -= rate * first / (Math.sqrt(second) + config.epsilon());
  }

  private float filterInFloat(int i, float g, Struct control) {
    float kept = step == 1 ? 0 : floatMu[i] * (float) control.real("emaKeep");
    floatMu[i] = kept + g * (float) control.real("emaTake");
    return Math.fma(floatMu[i], (float) control.real("emaLambda"), g);
  }

  private void stepInFloat(int i, float g, Struct control) {
    g = Math.fma(floatW[i], (float) control.real("decay"), g);
    floatM[i] = floatM[i] * (float) config.beta1() + g * (float) (1 - config.beta1());
    floatV[i] = floatV[i] * (float) config.beta2() + g * g * (float) (1 - config.beta2());
    float root = (float) Math.sqrt(floatV[i]);
    float denominator = root * (float) control.real("rootCorrection") + (float) config.epsilon();
    floatW[i] =
        floatW[i] * (float) control.real("keep")
            - floatM[i] * (float) control.real("stepSize") / denominator;
  }

  void compare(Comparison comparison, OptimizerBuffers buffers) {
    for (int i = 0; i < count; i++) {
      String place = "[" + i + "] of slot " + slot;
      comparison.sameBits("parameters" + place, buffers.parameters.at(slot, 0, i), floatW[i]);
      comparison.sameBits("firstMoment" + place, buffers.firstMoment.at(slot, 0, i), floatM[i]);
      comparison.sameBits("secondMoment" + place, buffers.secondMoment.at(slot, 0, i), floatV[i]);
      comparison.close(
          buffers.parameters, slot, 0, i, w[i], Math.abs(w[i]) + config.learningRate());
      if (config.grokfastEma().isPresent()) {
        comparison.sameBits("ema" + place, buffers.ema.at(slot, 0, i), floatMu[i]);
      }
    }
  }
}
