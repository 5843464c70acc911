package longrun.cpu;

import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;

/** {@link Operation.LayerNorm}; units are examples or shared rows. */
final class LayerNormKernel implements Kernel {
  /** Added to the variance, as PyTorch does. */
  static final float EPSILON = 1e-5f;

  private final UnitCount units;
  private final RowSpan in;
  private final RowSpan out;
  private final RowSpan statistics;
  private final ParameterLayout.Entry scale;
  private final ParameterLayout.Entry shift;

  LayerNormKernel(Workspace workspace, ParameterLayout layout, Operation.LayerNorm operation) {
    units = UnitCount.of(workspace, operation.out());
    in = workspace.span(operation.in());
    out = workspace.span(operation.out());
    statistics = workspace.span(operation.statistics());
    scale = layout.entry(operation.scale());
    shift = layout.entry(operation.shift());
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int width = in.width();
    float[] x = in.array();
    for (int row = from * in.perUnit(); row < to * in.perUnit(); row++) {
      int at = in.at(row);
      FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
      // Padding is zero and adds nothing to the sum.
      for (int i = 0; i < width; i += VectorMath.LANES) {
        sum = sum.add(FloatVector.fromArray(VectorMath.SPECIES, x, at + i));
      }
      float mean = VectorMath.sum(sum, scratch) / width;
      float variance = squaredDeviations(x, at, width, mean, scratch) / width;
      float inverse = (float) (1 / Math.sqrt(variance + EPSILON));
      statistics.array()[statistics.at(row)] = mean;
      statistics.array()[statistics.at(row) + 1] = inverse;
      float[] y = out.array();
      int yAt = out.at(row);
      // Scale and shift have zero padding, so the padding of y becomes zero.
      for (int i = 0; i < width; i += VectorMath.LANES) {
        FloatVector.fromArray(VectorMath.SPECIES, x, at + i)
            .sub(mean)
            .mul(inverse)
            .fma(
                FloatVector.fromArray(VectorMath.SPECIES, slot.parameters, scale.offset() + i),
                FloatVector.fromArray(VectorMath.SPECIES, slot.parameters, shift.offset() + i))
            .intoArray(y, yAt + i);
      }
    }
  }

  private static float squaredDeviations(
      float[] x, int at, int width, float mean, float[] scratch) {
    int whole = width - width % VectorMath.LANES;
    FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
    for (int i = 0; i < whole; i += VectorMath.LANES) {
      FloatVector deviation = FloatVector.fromArray(VectorMath.SPECIES, x, at + i).sub(mean);
      sum = deviation.fma(deviation, sum);
    }
    float squares = VectorMath.sum(sum, scratch);
    for (int i = whole; i < width; i++) {
      float deviation = x[at + i] - mean;
      squares = Math.fma(deviation, deviation, squares);
    }
    return squares;
  }
}
