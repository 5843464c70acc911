package longrun.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import longrun.plan.Operation;

/**
 * Both products of attention, head by head: of one row with the rows it reads, and of weights with
 * those rows. Forward these are scores and output, backward the gradients of probabilities and of
 * the query.
 *
 * <p>Heads of whole stripes go through code without an inner loop over columns: with one, four
 * vectors long, its control costs more than the arithmetic. Either way the order of all sums is the
 * same.
 */
final class HeadProducts {
  /** Columns at a time; four independent vectors. */
  static final int STRIPE = 4 * VectorMath.LANES;

  private static final int LANES = VectorMath.LANES;

  /** Room for the lanes of that many dot products. */
  static final int SCRATCH = 128 * LANES;

  private final RowFinder[] rows;
  private final int heads;
  private final int dHead;

  /**
   * @param rows what a row reads, one finder for each position
   */
  HeadProducts(RowFinder[] rows, int heads, int dHead) {
    this.rows = rows;
    this.heads = heads;
    this.dHead = dHead;
  }

  /** With an attention's keys. */
  static HeadProducts withKeys(Workspace workspace, Operation.Attention attention) {
    return new HeadProducts(
        RowFinder.keys(workspace, attention), attention.heads(), attention.dHead());
  }

  /** With its values. */
  static HeadProducts withValues(Workspace workspace, Operation.Attention attention) {
    return new HeadProducts(
        RowFinder.values(workspace, attention), attention.heads(), attention.dHead());
  }

  /**
   * out[head][position] = x[head] · row(position)[head].
   *
   * @param reader whose rows are read
   * @param scratch at least {@link #SCRATCH} long; overwritten
   */
  void dots(float[] x, int xAt, int reader, float[] out, int outAt, float[] scratch) {
    int together = SCRATCH / LANES / heads;
    if (dHead % STRIPE == 0 && together > 0) {
      for (int first = 0; first < rows.length; first += together) {
        int count = Math.min(together, rows.length - first);
        products(x, xAt, reader, first, count, scratch);
        for (int head = 0; head < heads; head++) {
          sumLanes(scratch, head * count, count, out, outAt + head * rows.length + first);
        }
      }
      return;
    }
    for (int position = 0; position < rows.length; position++) {
      RowFinder row = rows[position];
      int rowAt = row.offset(reader);
      for (int head = 0; head < heads; head++) {
        out[outAt + head * rows.length + position] =
            dot(x, xAt + head * dHead, row.array, rowAt + head * dHead, scratch);
      }
    }
  }

  /** Products with some of the rows, [head][position][lane], not yet summed over lanes. */
  private void products(float[] x, int xAt, int reader, int first, int count, float[] products) {
    for (int position = 0; position < count; position++) {
      RowFinder row = rows[first + position];
      float[] y = row.array;
      int rowAt = row.offset(reader);
      for (int head = 0; head < heads; head++) {
        int to = (head * count + position) * LANES;
        int column = head * dHead;
        stripe(FloatVector.zero(VectorMath.SPECIES), x, xAt + column, y, rowAt + column)
            .intoArray(products, to);
        for (int i = column + STRIPE; i < column + dHead; i += STRIPE) {
          stripe(load(products, to), x, xAt + i, y, rowAt + i).intoArray(products, to);
        }
      }
    }
  }

  private static FloatVector stripe(FloatVector before, float[] x, int xAt, float[] y, int yAt) {
    FloatVector sum = load(x, xAt).fma(load(y, yAt), before);
    sum = load(x, xAt + LANES).fma(load(y, yAt + LANES), sum);
    sum = load(x, xAt + 2 * LANES).fma(load(y, yAt + 2 * LANES), sum);
    return load(x, xAt + 3 * LANES).fma(load(y, yAt + 3 * LANES), sum);
  }

  /** Only after all products, so that no sum waits for what was only just stored. */
  private static void sumLanes(float[] sums, int first, int count, float[] out, int outAt) {
    for (int i = 0; i < count; i++) {
      out[outAt + i] = VectorMath.sum(sums, (first + i) * LANES);
    }
  }

  private float dot(float[] x, int xAt, float[] y, int yAt, float[] scratch) {
    int whole = dHead - dHead % LANES;
    FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
    for (int i = 0; i < whole; i += LANES) {
      sum = load(x, xAt + i).fma(load(y, yAt + i), sum);
    }
    float result = whole == 0 ? 0 : VectorMath.sum(sum, scratch);
    for (int i = whole; i < dHead; i++) {
      result = Math.fma(x[xAt + i], y[yAt + i], result);
    }
    return result;
  }

  /**
   * out[head] = Σ over positions of weights[head][position] · row(position)[head]; the padding of
   * the row becomes zero.
   *
   * @param reader whose rows are read
   */
  void weightedSums(float[] weights, int weightsAt, int reader, float[] out, int outAt) {
    int width = heads * dHead;
    if (dHead % STRIPE == 0) {
      for (int column = 0; column < width; column += STRIPE) {
        sumStripe(weights, weightsAt + column / dHead * rows.length, reader, column, out, outAt);
      }
      return;
    }
    Arrays.fill(out, outAt, outAt + Padding.roundUp(width, LANES), 0f);
    for (int position = 0; position < rows.length; position++) {
      RowFinder row = rows[position];
      int rowAt = row.offset(reader);
      for (int head = 0; head < heads; head++) {
        addScaled(
            weights[weightsAt + head * rows.length + position],
            row.array,
            rowAt + head * dHead,
            out,
            outAt + head * dHead,
            dHead);
      }
    }
  }

  private void sumStripe(
      float[] weights, int weightsAt, int reader, int column, float[] out, int outAt) {
    FloatVector s0 = FloatVector.zero(VectorMath.SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int position = 0; position < rows.length; position++) {
      RowFinder row = rows[position];
      float[] x = row.array;
      int at = row.offset(reader) + column;
      FloatVector w = VectorMath.broadcast(weights[weightsAt + position]);
      s0 = load(x, at).fma(w, s0);
      s1 = load(x, at + LANES).fma(w, s1);
      s2 = load(x, at + 2 * LANES).fma(w, s2);
      s3 = load(x, at + 3 * LANES).fma(w, s3);
    }
    int to = outAt + column;
    s0.intoArray(out, to);
    s1.intoArray(out, to + LANES);
    s2.intoArray(out, to + 2 * LANES);
    s3.intoArray(out, to + 3 * LANES);
  }

  /** y += factor·x over a head's columns; unlike whole rows these have no padding of their own. */
  static void addScaled(float factor, float[] x, int xAt, float[] y, int yAt, int width) {
    int whole = width - width % LANES;
    if (whole > 0) {
      Elementwise.addScaled(y, yAt, factor, x, xAt, whole);
    }
    for (int i = whole; i < width; i++) {
      y[yAt + i] = Math.fma(factor, x[xAt + i], y[yAt + i]);
    }
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(VectorMath.SPECIES, x, at);
  }
}
