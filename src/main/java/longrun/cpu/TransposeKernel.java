package longrun.cpu;

import longrun.engine.ParameterLayout;

/** Refreshes {@link Transposes} from the parameters; units are rows of the transposes. */
final class TransposeKernel implements Kernel {
  private final float[] out;
  private final Transposes.Entry entry;

  TransposeKernel(Workspace workspace, Transposes.Entry entry) {
    this.out = workspace.transposes;
    this.entry = entry;
  }

  @Override
  public int units() {
    return entry.weight().columns();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    ParameterLayout.Entry weight = entry.weight();
    float[] in = slot.parameters;
    // Row by row of the weight: its cache lines are read once for all columns of this block.
    for (int row = 0; row < weight.rows(); row++) {
      int inAt = weight.offset() + row * weight.rowLength();
      int outAt = entry.offset() + row;
      for (int column = from; column < to; column++) {
        out[outAt + column * entry.rowLength()] = in[inAt + column];
      }
    }
  }
}
