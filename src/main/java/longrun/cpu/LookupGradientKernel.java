package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Operation.Lookup;

/** {@link Operation.LookupGradient}; units are (row of the parameter, stripe of columns) pairs. */
final class LookupGradientKernel implements Kernel {
  private final Workspace workspace;
  private final ParameterLayout.Entry parameter;
  private final int stripes;
  private final Term[] terms;

  /** Readers of one lookup: by lists, or all of them read one fixed row. */
  private record Term(UnitCount units, RowSpan outGradient, int fixedRow, ReaderLists[] lists) {}

  LookupGradientKernel(
      Workspace workspace, ParameterLayout layout, Operation.LookupGradient operation) {
    this.workspace = workspace;
    parameter = layout.entry(operation.parameter());
    stripes = Math.ceilDiv(parameter.columns(), Elementwise.STRIPE);
    List<Operation.LookupGradient.Term> list = operation.terms();
    terms = new Term[list.size()];
    for (int i = 0; i < terms.length; i++) {
      Operation.LookupGradient.Term term = list.get(i);
      UnitCount units = UnitCount.of(workspace, term.outGradient());
      RowSpan gradient = workspace.span(term.outGradient());
      terms[i] =
          switch (term.lookup()) {
            case Lookup.ParameterRow(String name, var index) ->
                new Term(
                    units,
                    gradient,
                    -1,
                    new ReaderLists[] {workspace.readers(index, term.outGradient().perExample())});
            case Lookup.FixedParameterRow(String name, int row) ->
                new Term(units, gradient, row, new ReaderLists[0]);
            case Lookup.ConstantRow row ->
                throw new IllegalArgumentException("a constant has no gradient: " + operation);
          };
    }
  }

  @Override
  public int units() {
    return parameter.rows() * stripes;
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    for (int unit = from; unit < to; unit++) {
      int row = unit / stripes;
      int column = unit % stripes * Elementwise.STRIPE;
      int at = parameter.offset() + row * parameter.rowLength() + column;
      Arrays.fill(workspace.gradients, at, at + Elementwise.STRIPE, 0f);
      for (Term term : terms) {
        if (term.lists.length > 0) {
          Elementwise.addRows(
              workspace.gradients, at, term.lists[0], row, term.outGradient, column);
        } else if (term.fixedRow == row) {
          for (int reader = 0; reader < term.units.count(); reader++) {
            Elementwise.add(
                workspace.gradients,
                at,
                term.outGradient.array(),
                term.outGradient.at(reader) + column,
                Elementwise.STRIPE);
          }
        }
      }
    }
  }
}
