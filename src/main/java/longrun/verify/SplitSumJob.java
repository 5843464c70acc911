package longrun.verify;

import longrun.cuda.Struct;

/** The sum of splits: a job of the kernel {@code split_sum}. */
final class SplitSumJob implements JobCase.Job {
  private static final int FLOATS_PER_BLOCK = 1024;

  /**
   * What is summed.
   *
   * @param floats a multiple of 4
   * @param gap floats between one split and the next, a multiple of 4
   */
  record Shape(int floats, int splits, int gap) {
    @Override
    public String toString() {
      return splits + "x" + floats + (gap > 0 ? "+" + gap : "");
    }
  }

  private final Shape shape;
  private final Region partial;
  private final Region out;

  SplitSumJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    CaseValues values = new CaseValues(seed);
    int buffer = name.hashCode() & 0xffff;
    partial =
        memory
            .arena()
            .matrix(name + ".partial", Access.IN, shape.splits(), shape.floats() + shape.gap());
    partial.fill(
        (slot, split, i) ->
            i < shape.floats()
                ? values.normal(buffer + slot, (long) split * shape.floats() + i)
                : Float.NaN);
    out = memory.arena().floats(name + ".out", Access.OUT, shape.floats());
  }

  @Override
  public int blocks() {
    return Math.ceilDiv(shape.floats(), FLOATS_PER_BLOCK);
  }

  @Override
  public void describe(Struct job) {
    job.set("out", out.address())
        .set("partial", partial.address())
        .set("floats", shape.floats())
        .set("splits", shape.splits())
        .set("splitFloats", partial.stride());
  }

  @Override
  public double tolerance() {
    return Rounding.of(shape.splits());
  }

  @Override
  public void compare(Comparison comparison, int slot) {
    for (int i = 0; i < shape.floats(); i++) {
      float inFloats = partial.at(slot, 0, i);
      double sum = inFloats;
      double magnitude = Math.abs(sum);
      for (int split = 1; split < shape.splits(); split++) {
        float term = partial.at(slot, split, i);
        inFloats += term;
        sum += term;
        magnitude += Math.abs(term);
      }
      comparison.close(out, slot, 0, i, sum, Rounding.scale(magnitude));
      comparison.sameBits(out.name() + "[" + i + "] of slot " + slot, out.at(slot, 0, i), inFloats);
    }
  }
}
