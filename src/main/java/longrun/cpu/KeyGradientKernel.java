package longrun.cpu;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import longrun.plan.Operation;
import longrun.plan.Source;

/**
 * {@link Operation.KeyGradient}. Units are examples for keys of their own, and for shared keys
 * (row, head) pairs, since the rows that stand for a constant token have every example as a reader.
 */
final class KeyGradientKernel implements Kernel {
  private static final int STRIPE = HeadProducts.STRIPE;
  private static final int LANES = VectorMath.LANES;

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
      ReaderLists[] lists) {
    /** Whether every key row has one reader, the row of the same example. */
    boolean own() {
      return lists.length == 0;
    }

    /** The reading row at place i of the lists, or row i itself. */
    int row(int i) {
      return own() ? i : lists[0].reader(i);
    }
  }

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
    Arrays.fill(keyGradient.array(), dkAt, dkAt + dHead, 0f);
    Arrays.fill(valueGradient.array(), dvAt, dvAt + dHead, 0f);
    for (Reader reader : readers) {
      int from = reader.own() ? row : reader.lists[0].start(row);
      int to = reader.own() ? row + 1 : reader.lists[0].end(row);
      if (dHead % STRIPE == 0) {
        for (int column = 0; column < dHead; column += STRIPE) {
          addStripe(reader, from, to, head, column, dkAt + column, dvAt + column);
        }
      } else {
        for (int i = from; i < to; i++) {
          add(reader, reader.row(i), head, dkAt, dvAt);
        }
      }
    }
  }

  /** The same sums in the same order as {@link #add}, held in registers over all readers. */
  private void addStripe(
      Reader reader, int start, int end, int head, int column, int dkAt, int dvAt) {
    int score = head * reader.length + reader.keyPosition;
    int offset = head * dHead + column;
    float[] dk = keyGradient.array();
    float[] dv = valueGradient.array();
    float[] query = reader.query.array;
    float[] dz = reader.outGradient.array();
    float[] ds = reader.scoreGradient.array();
    float[] p = reader.probabilities.array();
    FloatVector k0 = FloatVector.fromArray(VectorMath.SPECIES, dk, dkAt);
    FloatVector k1 = FloatVector.fromArray(VectorMath.SPECIES, dk, dkAt + LANES);
    FloatVector k2 = FloatVector.fromArray(VectorMath.SPECIES, dk, dkAt + 2 * LANES);
    FloatVector k3 = FloatVector.fromArray(VectorMath.SPECIES, dk, dkAt + 3 * LANES);
    FloatVector v0 = FloatVector.fromArray(VectorMath.SPECIES, dv, dvAt);
    FloatVector v1 = FloatVector.fromArray(VectorMath.SPECIES, dv, dvAt + LANES);
    FloatVector v2 = FloatVector.fromArray(VectorMath.SPECIES, dv, dvAt + 2 * LANES);
    FloatVector v3 = FloatVector.fromArray(VectorMath.SPECIES, dv, dvAt + 3 * LANES);
    for (int i = start; i < end; i++) {
      int from = reader.row(i);
      int queryAt = reader.query.offset(from) + offset;
      int dzAt = reader.outGradient.at(from) + offset;
      FloatVector s = VectorMath.broadcast(ds[reader.scoreGradient.at(from) + score]);
      FloatVector w = VectorMath.broadcast(p[reader.probabilities.at(from) + score]);
      k0 = FloatVector.fromArray(VectorMath.SPECIES, query, queryAt).fma(s, k0);
      k1 = FloatVector.fromArray(VectorMath.SPECIES, query, queryAt + LANES).fma(s, k1);
      k2 = FloatVector.fromArray(VectorMath.SPECIES, query, queryAt + 2 * LANES).fma(s, k2);
      k3 = FloatVector.fromArray(VectorMath.SPECIES, query, queryAt + 3 * LANES).fma(s, k3);
      v0 = FloatVector.fromArray(VectorMath.SPECIES, dz, dzAt).fma(w, v0);
      v1 = FloatVector.fromArray(VectorMath.SPECIES, dz, dzAt + LANES).fma(w, v1);
      v2 = FloatVector.fromArray(VectorMath.SPECIES, dz, dzAt + 2 * LANES).fma(w, v2);
      v3 = FloatVector.fromArray(VectorMath.SPECIES, dz, dzAt + 3 * LANES).fma(w, v3);
    }
    k0.intoArray(dk, dkAt);
    k1.intoArray(dk, dkAt + LANES);
    k2.intoArray(dk, dkAt + 2 * LANES);
    k3.intoArray(dk, dkAt + 3 * LANES);
    v0.intoArray(dv, dvAt);
    v1.intoArray(dv, dvAt + LANES);
    v2.intoArray(dv, dvAt + 2 * LANES);
    v3.intoArray(dv, dvAt + 3 * LANES);
  }

  private void add(Reader reader, int from, int head, int dkAt, int dvAt) {
    int score = head * reader.length + reader.keyPosition;
    HeadProducts.addScaled(
        reader.scoreGradient.array()[reader.scoreGradient.at(from) + score],
        reader.query.array,
        reader.query.offset(from) + head * dHead,
        keyGradient.array(),
        dkAt,
        dHead);
    HeadProducts.addScaled(
        reader.probabilities.array()[reader.probabilities.at(from) + score],
        reader.outGradient.array(),
        reader.outGradient.at(from) + head * dHead,
        valueGradient.array(),
        dvAt,
        dHead);
  }
}
