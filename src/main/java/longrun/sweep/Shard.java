package longrun.sweep;

/**
 * One of the shares into which the runs of a sweep are dealt: run r belongs to shard r mod count +
 * 1.
 *
 * @param index from 1
 * @param count shards of the sweep
 */
public record Shard(int index, int count) {
  /** All runs. */
  public static final Shard WHOLE = new Shard(1, 1);

  public Shard {
    if (count < 1 || index < 1 || index > count) {
      throw new IllegalArgumentException("index=" + index + " count=" + count);
    }
  }

  /** Whether a run belongs to it. */
  public boolean contains(int run) {
    return run % count == index - 1;
  }

  /** How many of that many runs belong to it. */
  public int runs(int total) {
    return (total - index + count) / count;
  }

  /** {@code 3/8}. */
  @Override
  public String toString() {
    return index + "/" + count;
  }
}
