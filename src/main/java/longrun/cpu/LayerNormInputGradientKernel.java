package longrun.cpu;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;

/**
 * {@link Operation.LayerNormInputGradient}; units are examples or shared rows. With x̂ = (x −
 * mean)·inverse and h = outGradient·scale: inverse·(h − mean(h) − x̂·mean(h·x̂)).
 */
final class LayerNormInputGradientKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan inGradient;
  private final Optional<RowSpan> addend;
  private final RowSpan outGradient;
  private final RowSpan in;
  private final RowSpan statistics;
  private final ParameterLayout.Entry scale;

  LayerNormInputGradientKernel(
      Workspace workspace, ParameterLayout layout, Operation.LayerNormInputGradient operation) {
    units = UnitCount.of(workspace, operation.inGradient());
    inGradient = workspace.span(operation.inGradient());
    addend = operation.addend().map(workspace::span);
    outGradient = workspace.span(operation.outGradient());
    in = workspace.span(operation.in());
    statistics = workspace.span(operation.statistics());
    scale = layout.entry(operation.scale());
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int width = in.width();
    float[] x = in.array();
    float[] dy = outGradient.array();
    float[] dx = inGradient.array();
    for (int row = from * in.perUnit(); row < to * in.perUnit(); row++) {
      int xAt = in.at(row);
      int dyAt = outGradient.at(row);
      int dxAt = inGradient.at(row);
      float mean = statistics.array()[statistics.at(row)];
      float inverse = statistics.array()[statistics.at(row) + 1];
      FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
      FloatVector products = sum;
      // Padding of dy and scale is zero, so h is zero there and adds nothing.
      for (int i = 0; i < width; i += VectorMath.LANES) {
        FloatVector h = scaled(slot, dy, dyAt + i, i);
        FloatVector normalized = normalized(x, xAt + i, mean, inverse);
        sum = sum.add(h);
        products = h.fma(normalized, products);
      }
      float meanOfGradient = VectorMath.sum(sum, scratch) / width;
      float meanOfProducts = VectorMath.sum(products, scratch) / width;
      for (int i = 0; i < width; i += VectorMath.LANES) {
        FloatVector h = scaled(slot, dy, dyAt + i, i);
        FloatVector normalized = normalized(x, xAt + i, mean, inverse);
        FloatVector gradient =
            h.sub(meanOfGradient).sub(normalized.mul(meanOfProducts)).mul(inverse);
        if (addend.isPresent()) {
          RowSpan other = addend.get();
          gradient =
              gradient.add(
                  FloatVector.fromArray(VectorMath.SPECIES, other.array(), other.at(row) + i));
        }
        gradient.intoArray(dx, dxAt + i);
      }
      clearPadding(dx, dxAt, width);
    }
  }

  private FloatVector scaled(Slot slot, float[] dy, int at, int column) {
    return FloatVector.fromArray(VectorMath.SPECIES, dy, at)
        .mul(FloatVector.fromArray(VectorMath.SPECIES, slot.parameters, scale.offset() + column));
  }

  private static FloatVector normalized(float[] x, int at, float mean, float inverse) {
    return FloatVector.fromArray(VectorMath.SPECIES, x, at).sub(mean).mul(inverse);
  }

  private static void clearPadding(float[] dx, int at, int width) {
    for (int i = width; i < Padding.roundUp(width, VectorMath.LANES); i++) {
      dx[at + i] = 0;
    }
  }
}
