package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.config.OptimizerConfig.GrokfastEma;

/** Grokfast-EMA over all parameters, before the optimizer; units are chunks of the flat arrays. */
final class GrokfastKernel implements Kernel {
  private final float[] gradients;

  GrokfastKernel(Workspace workspace) {
    this.gradients = workspace.gradients;
  }

  @Override
  public int units() {
    return UpdateKernel.chunks(gradients.length);
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    GrokfastEma config = slot.optimizer().grokfastEma().orElseThrow();
    float[] ema = slot.gradientEma.orElseThrow();
    float alpha = slot.step == 0 ? 0 : (float) config.alpha();
    float rest = slot.step == 0 ? 1 : (float) (1 - config.alpha());
    FloatVector lambda = FloatVector.broadcast(VectorMath.SPECIES, (float) config.lambda());
    int end = Math.min(to * UpdateKernel.CHUNK, gradients.length);
    for (int i = from * UpdateKernel.CHUNK; i < end; i += VectorMath.LANES) {
      FloatVector g = FloatVector.fromArray(VectorMath.SPECIES, gradients, i);
      FloatVector mean =
          FloatVector.fromArray(VectorMath.SPECIES, ema, i).mul(alpha).add(g.mul(rest));
      mean.intoArray(ema, i);
      mean.fma(lambda, g).intoArray(gradients, i);
    }
  }
}
