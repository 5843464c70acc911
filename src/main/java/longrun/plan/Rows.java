package longrun.plan;

/** How many rows a buffer has. */
public sealed interface Rows {
  /** Rows needed for a batch of that many examples. */
  int count(int examples);

  /** Rows that every example reads: one for each distinct value, whatever the batch. */
  record Shared(int rows) implements Rows {
    @Override
    public int count(int examples) {
      return rows;
    }
  }

  /** Rows of their own for each example of the batch: row = example × perExample + offset. */
  record PerExample(int perExample) implements Rows {
    @Override
    public int count(int examples) {
      return Math.multiplyExact(examples, perExample);
    }
  }
}
