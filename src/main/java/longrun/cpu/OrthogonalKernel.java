package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;

/**
 * ⊥Grad (Prieto et al. 2025), tensor by tensor: g⊥ = g − (w·g/(w·w + 1e-30))·w, rescaled to the
 * norm of g. Units are tensors; inner products are summed in double.
 */
final class OrthogonalKernel implements Kernel {
  private static final double TINY = 1e-30;

  private final float[] gradients;
  private final ParameterLayout.Entry[] entries;

  OrthogonalKernel(Workspace workspace, ParameterLayout layout) {
    this.gradients = workspace.gradients;
    this.entries = layout.entries().toArray(ParameterLayout.Entry[]::new);
  }

  @Override
  public int units() {
    return entries.length;
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    for (int unit = from; unit < to; unit++) {
      int at = entries[unit].offset();
      int end = at + entries[unit].length();
      float[] w = slot.parameters;
      double wg = 0;
      double ww = 0;
      double gg = 0;
      for (int i = at; i < end; i++) {
        wg += (double) w[i] * gradients[i];
        ww += (double) w[i] * w[i];
        gg += (double) gradients[i] * gradients[i];
      }
      double share = wg / (ww + TINY);
      double norm = 0;
      for (int i = at; i < end; i++) {
        float g = (float) (gradients[i] - share * w[i]);
        gradients[i] = g;
        norm += (double) g * g;
      }
      float scale = (float) (Math.sqrt(gg) / (Math.sqrt(norm) + TINY));
      for (int i = at; i < end; i += VectorMath.LANES) {
        FloatVector.fromArray(VectorMath.SPECIES, gradients, i).mul(scale).intoArray(gradients, i);
      }
    }
  }
}
