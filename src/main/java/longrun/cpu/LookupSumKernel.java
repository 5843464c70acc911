package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import longrun.config.Activation;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Operation.Lookup;

/** {@link Operation.LookupSum}; units are examples or shared rows. */
final class LookupSumKernel implements Kernel {
  private final UnitCount units;
  private final Workspace workspace;
  private final boolean perExample;
  private final RowSpan out;
  private final Part[] parts;
  private final Optional<Activation> activation;
  private final Optional<RowSpan> preActivation;

  /** A lookup with its rows' offsets: in the parameters, or in a constant of its own. */
  private record Part(int[] rowOf, int offset, int rowLength, float[] constant) {}

  LookupSumKernel(Workspace workspace, ParameterLayout layout, Operation.LookupSum operation) {
    this.workspace = workspace;
    units = UnitCount.of(workspace, operation.out());
    perExample = operation.out().perExample();
    out = workspace.span(operation.out());
    parts = parts(layout, operation.lookups());
    activation = operation.activation();
    preActivation = operation.preActivation().map(workspace::span);
  }

  private static Part[] parts(ParameterLayout layout, List<Lookup> lookups) {
    Part[] parts = new Part[lookups.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] =
          switch (lookups.get(i)) {
            case Lookup.ParameterRow(String parameter, var index) -> {
              ParameterLayout.Entry entry = layout.entry(parameter);
              yield new Part(index.toArray(), entry.offset(), entry.rowLength(), new float[0]);
            }
            case Lookup.FixedParameterRow(String parameter, int row) -> {
              ParameterLayout.Entry entry = layout.entry(parameter);
              yield new Part(new int[0], entry.offset() + row * entry.rowLength(), 0, new float[0]);
            }
            case Lookup.ConstantRow(List<Double> values) -> {
              float[] constant = new float[Padding.roundUp(values.size(), VectorMath.LANES)];
              for (int column = 0; column < values.size(); column++) {
                constant[column] = values.get(column).floatValue();
              }
              yield new Part(new int[0], 0, 0, constant);
            }
          };
    }
    return parts;
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int width = out.width();
    float[] y = out.array();
    for (int unit = from; unit < to; unit++) {
      int at = out.at(unit);
      Arrays.fill(y, at, at + Padding.roundUp(width, VectorMath.LANES), 0f);
      int reader = perExample ? workspace.batch[unit] : unit;
      for (Part part : parts) {
        if (part.constant.length > 0) {
          Elementwise.add(y, at, part.constant, 0, width);
        } else {
          int row = part.rowOf.length == 0 ? 0 : part.rowOf[reader];
          Elementwise.add(y, at, slot.parameters, part.offset + row * part.rowLength, width);
        }
      }
      if (activation.isPresent()) {
        if (preActivation.isPresent()) {
          RowSpan argument = preActivation.get();
          System.arraycopy(y, at, argument.array(), argument.at(unit), width);
        }
        Elementwise.activate(activation.get(), y, at, y, at, width, scratch);
      }
    }
  }
}
