package longrun.cpu;

import java.util.List;
import longrun.plan.Operation;
import longrun.plan.Source;

/**
 * {@link Operation.KeyGradient}. Units are examples for keys of their own, and for shared keys
 * (row, head) pairs, since the rows that stand for a constant token have every example as a reader.
 */
final class KeyGradientKernel implements Kernel {
  private final UnitCount units;
  private final boolean shared;
  private final RowSpan keyGradient;
  private final RowSpan valueGradient;
  private final int heads;
  private final int dHead;
  private final Reader[] readers;

  /** One set of readers; without lists each example reads its own row. */
  private record Reader(
      RowSpan scoreGradient,
      RowSpan probabilities,
      RowSpan outGradient,
      RowFinder query,
      int keyPosition,
      int length,
      ReaderLists[] lists) {}

  KeyGradientKernel(Workspace workspace, Operation.KeyGradient operation) {
    shared = !operation.keyGradient().perExample();
    keyGradient = workspace.span(operation.keyGradient());
    valueGradient = workspace.span(operation.valueGradient());
    Operation.Attention any = operation.readers().getFirst().gradient().attention();
    heads = any.heads();
    dHead = any.dHead();
    int pairs = operation.keyGradient().count() * heads;
    units = shared ? () -> pairs : UnitCount.of(workspace, operation.keyGradient());
    List<Operation.KeyReader> all = operation.readers();
    readers = new Reader[all.size()];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = reader(workspace, all.get(i));
    }
  }

  private static Reader reader(Workspace workspace, Operation.KeyReader reader) {
    Operation.AttentionGradient gradient = reader.gradient();
    Operation.Attention attention = gradient.attention();
    boolean byExample = attention.out().perExample();
    ReaderLists[] lists =
        reader.source() instanceof Source.Indexed(var view, var index)
            ? new ReaderLists[] {workspace.readers(index, byExample)}
            : new ReaderLists[0];
    return new Reader(
        workspace.span(gradient.scoreGradient()),
        workspace.span(attention.probabilities()),
        workspace.span(gradient.outGradient()),
        RowFinder.of(workspace, attention.query(), byExample),
        reader.keyPosition(),
        attention.keys().size(),
        lists);
  }

  @Override
  public int units() {
    return units.count();
  }

  @Override
  public void run(Slot slot, int from, int to, float[] scratch) {
    for (int unit = from; unit < to; unit++) {
      if (shared) {
        sum(unit / heads, unit % heads);
      } else {
        for (int head = 0; head < heads; head++) {
          sum(unit, head);
        }
      }
    }
  }

  private void sum(int row, int head) {
    int dkAt = keyGradient.at(row) + head * dHead;
    int dvAt = valueGradient.at(row) + head * dHead;
    java.util.Arrays.fill(keyGradient.array(), dkAt, dkAt + dHead, 0f);
    java.util.Arrays.fill(valueGradient.array(), dvAt, dvAt + dHead, 0f);
    for (Reader reader : readers) {
      if (reader.lists.length == 0) {
        add(reader, row, head, dkAt, dvAt);
      } else {
        ReaderLists lists = reader.lists[0];
        for (int i = lists.start(row); i < lists.end(row); i++) {
          add(reader, lists.reader(i), head, dkAt, dvAt);
        }
      }
    }
  }

  private void add(Reader reader, int from, int head, int dkAt, int dvAt) {
    int score = head * reader.length + reader.keyPosition;
    AttentionKernel.axpy(
        reader.scoreGradient.array()[reader.scoreGradient.at(from) + score],
        reader.query.array,
        reader.query.offset(from) + head * dHead,
        keyGradient.array(),
        dkAt,
        dHead);
    AttentionKernel.axpy(
        reader.probabilities.array()[reader.probabilities.at(from) + score],
        reader.outGradient.array(),
        reader.outGradient.at(from) + head * dHead,
        valueGradient.array(),
        dvAt,
        dHead);
  }
}
