package longrun.cpu;

import java.util.Optional;
import longrun.config.Activation;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Operation.Residual;

/** {@link Operation.MatMul} over rows; units are examples or shared rows. */
final class MatMulKernel implements Kernel {
  /** Products added up in registers before they are added to memory; keeps B's rows in the L1. */
  static final int DEPTH_BLOCK = 256;

  private final UnitCount units;
  private final RowSpan in;
  private final RowSpan out;
  private final ParameterLayout.Entry weight;
  private final Optional<ParameterLayout.Entry> bias;
  private final Optional<RowSpan> sameRows;
  private final RowFinder[] gathered;
  private final Optional<Activation> activation;
  private final Optional<RowSpan> preActivation;

  MatMulKernel(Workspace workspace, ParameterLayout layout, Operation.MatMul operation) {
    units = UnitCount.of(workspace, operation.out());
    in = workspace.span(operation.in());
    out = workspace.span(operation.out());
    weight = layout.entry(operation.weight());
    bias = operation.bias().map(layout::entry);
    Optional<RowSpan> same = Optional.empty();
    RowFinder[] finders = {};
    if (operation.residual().isPresent()) {
      switch (operation.residual().get()) {
        case Residual.SameRows(var view) -> same = Optional.of(workspace.span(view));
        case Residual.Gathered(var sources) ->
            finders =
                sources.stream()
                    .map(s -> RowFinder.of(workspace, s, operation.out().perExample()))
                    .toArray(RowFinder[]::new);
      }
    }
    sameRows = same;
    gathered = finders;
    activation = operation.activation();
    preActivation = operation.preActivation().map(workspace::span);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    int first = from * out.perUnit();
    int rows = (to - from) * out.perUnit();
    Gemm.multiply(
        in.array(),
        in.at(first),
        in.step(),
        1,
        slot.parameters,
        weight.offset(),
        weight.rowLength(),
        out.array(),
        out.at(first),
        out.step(),
        rows,
        weight.columns(),
        weight.rows(),
        DEPTH_BLOCK,
        false,
        scratch);
    if (bias.isPresent() || sameRows.isPresent() || gathered.length > 0 || activation.isPresent()) {
      for (int row = first; row < first + rows; row++) {
        finish(slot, row, scratch);
      }
    }
  }

  /** What follows the product, while the rows are still in the cache. */
  private void finish(Slot slot, int row, float[] scratch) {
    float[] y = out.array();
    int at = out.at(row);
    int width = weight.columns();
    if (bias.isPresent()) {
      Elementwise.add(y, at, slot.parameters, bias.get().offset(), width);
    }
    if (sameRows.isPresent()) {
      Elementwise.add(y, at, sameRows.get().array(), sameRows.get().at(row), width);
    } else if (gathered.length > 0) {
      RowFinder finder = gathered[row % gathered.length];
      Elementwise.add(y, at, finder.array, finder.offset(row / gathered.length), width);
    }
    if (activation.isPresent()) {
      if (preActivation.isPresent()) {
        RowSpan argument = preActivation.get();
        System.arraycopy(y, at, argument.array(), argument.at(row), width);
      }
      Elementwise.activate(activation.get(), y, at, y, at, width, scratch);
    }
  }
}
