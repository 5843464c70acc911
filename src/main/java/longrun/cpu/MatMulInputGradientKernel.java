package longrun.cpu;

import java.util.Optional;
import longrun.config.Activation;
import longrun.plan.Operation;

/** {@link Operation.MatMulInputGradient} over rows; units are examples or shared rows. */
final class MatMulInputGradientKernel implements Kernel {
  private final UnitCount units;
  private final RowSpan outGradient;
  private final RowSpan inGradient;
  private final Optional<RowSpan> addend;
  private final boolean accumulate;
  private final Transposes.Entry weight;
  private final float[] transposes;
  private final Optional<Activation> activation;
  private final Optional<RowSpan> saved;

  MatMulInputGradientKernel(
      Workspace workspace, Transposes transposed, Operation.MatMulInputGradient operation) {
    units = UnitCount.of(workspace, operation.inGradient());
    outGradient = workspace.span(operation.outGradient());
    inGradient = workspace.span(operation.inGradient());
    accumulate = operation.addend().filter(operation.inGradient()::equals).isPresent();
    addend = accumulate ? Optional.empty() : operation.addend().map(workspace::span);
    weight = transposed.entry(operation.weight());
    transposes = workspace.transposes;
    activation = operation.activation().map(Operation.ActivationDerivative::activation);
    if (accumulate && activation.isPresent()) {
      throw new IllegalArgumentException("an accumulated product has no derivative: " + operation);
    }
    saved = operation.activation().map(a -> workspace.span(a.saved()));
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int first = from * inGradient.perUnit();
    int rows = (to - from) * inGradient.perUnit();
    int width = weight.weight().rows();
    Gemm.multiply(
        outGradient.array(),
        outGradient.at(first),
        outGradient.step(),
        1,
        transposes,
        weight.offset(),
        weight.rowLength(),
        inGradient.array(),
        inGradient.at(first),
        inGradient.step(),
        rows,
        width,
        weight.weight().columns(),
        MatMulKernel.DEPTH_BLOCK,
        accumulate,
        scratch);
    if (activation.isPresent() || addend.isPresent()) {
      for (int row = first; row < first + rows; row++) {
        int at = inGradient.at(row);
        if (activation.isPresent()) {
          RowSpan kept = saved.get();
          Elementwise.differentiate(
              activation.get(), inGradient.array(), at, kept.array(), kept.at(row), width, scratch);
        }
        if (addend.isPresent()) {
          RowSpan other = addend.get();
          Elementwise.add(inGradient.array(), at, other.array(), other.at(row), width);
        }
      }
    }
  }
}
