package longrun.plan;

/**
 * Some rows of a buffer: rows {@code first … first+count−1} of a shared buffer, or those rows of
 * each example's group. A view of a per-example buffer has either one row of the group or all of
 * them, so that its rows are evenly spaced.
 */
public record View(Buffer buffer, int first, int count) {
  public View {
    int limit =
        switch (buffer.rows()) {
          case Rows.Shared(int rows) -> rows;
          case Rows.PerExample(int perExample) -> perExample;
        };
    boolean even = buffer.rows() instanceof Rows.Shared || count == 1 || count == limit;
    if (first < 0 || count < 1 || first + count > limit || !even) {
      throw new IllegalArgumentException(
          "buffer=" + buffer.name() + " first=" + first + " count=" + count + " of " + limit);
    }
  }

  /** Columns. */
  public int width() {
    return buffer.width();
  }

  /** Whether each example has rows of its own here. */
  public boolean perExample() {
    return buffer.rows() instanceof Rows.PerExample;
  }

  /** Rows for a batch of that many examples. */
  public int rows(int examples) {
    return perExample() ? Math.multiplyExact(examples, count) : count;
  }

  /** Whether some row belongs to both. */
  public boolean overlaps(View other) {
    return buffer.index() == other.buffer.index()
        && first < other.first + other.count
        && other.first < first + count;
  }

  /** From one row of the view to the next, in rows of the buffer. */
  public int rowStride() {
    return buffer.rows() instanceof Rows.PerExample(int perExample) && count != perExample
        ? perExample
        : 1;
  }

  @Override
  public String toString() {
    return buffer.name() + "[" + first + ".." + (first + count - 1) + "]";
  }
}
