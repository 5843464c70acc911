package longrun.cpu;

import java.util.Arrays;
import longrun.plan.Operation;
import longrun.plan.Source;

/**
 * {@link Operation.ReaderSum}. Units are examples for rows of their own; for shared rows (row,
 * stripe of columns) pairs, since the rows that stand for a constant token have every example as a
 * reader.
 */
final class ReaderSumKernel implements Kernel {
  private static final int STRIPE = 32;

  private final UnitCount units;
  private final boolean shared;
  private final int stripes;
  private final RowSpan out;
  private final boolean accumulate;
  private final RowSpan[] gradients;
  private final ReaderLists[] lists;

  ReaderSumKernel(Workspace workspace, Operation.ReaderSum operation) {
    if (operation.addend().isPresent()
        && !operation.addend().get().equals(operation.inGradient())) {
      throw new IllegalArgumentException("addend must be the sum itself: " + operation);
    }
    shared = !operation.inGradient().perExample();
    out = workspace.span(operation.inGradient());
    stripes = Math.ceilDiv(out.width(), STRIPE);
    int pairs = operation.inGradient().count() * stripes;
    units = shared ? () -> pairs : UnitCount.of(workspace, operation.inGradient());
    accumulate = operation.addend().isPresent();
    gradients =
        operation.readers().stream()
            .map(reader -> workspace.span(reader.gradient()))
            .toArray(RowSpan[]::new);
    lists = new ReaderLists[gradients.length];
    for (int i = 0; i < lists.length; i++) {
      Operation.ReaderSum.Reader reader = operation.readers().get(i);
      if (reader.source() instanceof Source.Indexed(var view, var index)) {
        lists[i] = workspace.readers(index, reader.gradient().perExample());
      } else if (shared) {
        throw new IllegalArgumentException("a shared row is read by table: " + operation);
      }
    }
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    for (int unit = from; unit < to; unit++) {
      if (shared) {
        int column = unit % stripes * STRIPE;
        sumReaders(unit / stripes, column, Math.min(STRIPE, out.width() - column));
      } else {
        sumOwn(unit);
      }
    }
  }

  private void sumReaders(int row, int column, int width) {
    int at = out.at(row) + column;
    if (!accumulate) {
      Arrays.fill(out.array(), at, at + width, 0f);
    }
    for (int i = 0; i < gradients.length; i++) {
      RowSpan gradient = gradients[i];
      for (int r = lists[i].start(row); r < lists[i].end(row); r++) {
        int reader = lists[i].reader(r);
        Elementwise.add(out.array(), at, gradient.array(), gradient.at(reader) + column, width);
      }
    }
  }

  private void sumOwn(int row) {
    int at = out.at(row);
    if (!accumulate) {
      Arrays.fill(out.array(), at, at + out.width(), 0f);
    }
    for (RowSpan gradient : gradients) {
      Elementwise.add(out.array(), at, gradient.array(), gradient.at(row), out.width());
    }
  }
}
