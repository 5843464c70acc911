package longrun.cpu;

import longrun.plan.Operation;
import longrun.plan.RowIndex;
import longrun.plan.Source;

/**
 * A {@link Source} resolved in a workspace: from a reader to the array offset of the row it reads.
 */
final class RowFinder {
  private static final int[] NO_BATCH = {};

  final float[] array;
  private final RowSpan span;
  private final int[] rowOf;
  private final int[] batch;

  /**
   * @param rowOf row of each table entry; empty where every reader reads its own row
   * @param batch the table entry of each reader; empty where readers are the entries
   */
  RowFinder(RowSpan span, int[] rowOf, int[] batch) {
    this.array = span.array();
    this.span = span;
    this.rowOf = rowOf;
    this.batch = batch;
  }

  /**
   * @param byExample whether the readers are the examples of the batch
   */
  static RowFinder of(Workspace workspace, Source source, boolean byExample) {
    RowSpan span = workspace.span(source.view());
    return switch (source) {
      case Source.Indexed(var view, RowIndex index) ->
          new RowFinder(span, index.toArray(), byExample ? workspace.batch : NO_BATCH);
      case Source.SameExample(var view) -> new RowFinder(span, NO_BATCH, NO_BATCH);
    };
  }

  /** The key rows of an attention, one finder for each key position. */
  static RowFinder[] keys(Workspace workspace, Operation.Attention attention) {
    return attention.keys().stream()
        .map(key -> of(workspace, key.key(), attention.out().perExample()))
        .toArray(RowFinder[]::new);
  }

  /** Its value rows. */
  static RowFinder[] values(Workspace workspace, Operation.Attention attention) {
    return attention.keys().stream()
        .map(key -> of(workspace, key.value(), attention.out().perExample()))
        .toArray(RowFinder[]::new);
  }

  /** Offset of the row that a reader reads; a reader is an example of the batch or a shared row. */
  int offset(int reader) {
    if (rowOf.length == 0) {
      return span.at(reader);
    }
    return span.at(rowOf[batch.length == 0 ? reader : batch[reader]]);
  }
}
