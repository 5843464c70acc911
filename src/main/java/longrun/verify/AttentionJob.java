package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/**
 * Rows that attend to keys: a job of the kernels {@code attention} and {@code attention_gradient}.
 */
final class AttentionJob {
  /** Roundings beyond those of sums over lanes' own columns and over positions. */
  private static final int OTHER_ROUNDINGS = 24;

  /** Columns of a head of which a lane has one; it has 4 at least. */
  private static final int LANES = 32;

  private static final int PAIRS_PER_BLOCK = 8;
  private static final int TABLED_ROWS = 9;

  /**
   * What is attended to, and by whom.
   *
   * @param readers rows that the grid has blocks for
   * @param fewer how many of them slot 0 lacks
   * @param spread standard deviation of queries; with a large one, exp of a score overflows
   */
  record Shape(
      CaseReaders.Kind kind,
      int readers,
      int fewer,
      int heads,
      int dHead,
      int length,
      double spread) {
    @Override
    public String toString() {
      return "readers="
          + readers
          + (fewer > 0 ? "-" + fewer : "")
          + " heads="
          + heads
          + " dHead="
          + dHead
          + " length="
          + length
          + " found="
          + kind.name().toLowerCase(java.util.Locale.ROOT)
          + (spread == 1 ? "" : " spread=" + spread);
    }

    int columns() {
      return heads * dHead;
    }
  }

  private final Shape shape;
  private final String name;
  private final CaseMemory memory;
  private final CaseValues values;
  private final CaseReaders readers;
  private final List<CaseReaders.Found> keyRows;
  private final List<CaseReaders.Found> valueRows;
  private final long keySources;
  private final long valueSources;
  private final float scale;

  AttentionJob(CaseMemory memory, long seed, String name, Shape shape) {
    this.shape = shape;
    this.name = name;
    this.memory = memory;
    values = new CaseValues(seed);
    readers = new CaseReaders(memory, values, name, shape.kind(), shape.readers(), shape.fewer());
    keyRows = rows("keys");
    valueRows = rows("values");
    keySources = sources("keys", keyRows);
    valueSources = sources("values", valueRows);
    scale = (float) (1 / Math.sqrt(shape.dHead()));
  }

  /** Rows of every position: every other one, and all if readers are so, found by own number. */
  private List<CaseReaders.Found> rows(String part) {
    Region tabled = normal(part + ".tabled", TABLED_ROWS, 1);
    Region own = normal(part + ".own", shape.readers(), 1);
    List<CaseReaders.Found> found = new ArrayList<>();
    for (int position = 0; position < shape.length(); position++) {
      boolean byNumber = position % 2 == 1 || shape.kind() == CaseReaders.Kind.OWN;
      found.add(byNumber ? readers.own(own) : readers.find(part + "." + position, tabled));
    }
    return found;
  }

  private Region normal(String part, int rows, double spread) {
    int buffer = readers.buffer(part);
    Region region = memory.arena().matrix(name + "." + part, Access.IN, rows, shape.columns());
    return region.fill(
        (slot, row, column) ->
            (float) spread * values.normal(buffer + slot, at(region, row, column)));
  }

  private static long at(Region region, int row, int column) {
    return (long) row * region.columns() + column;
  }

  private long sources(String part, List<CaseReaders.Found> found) {
    Region sources =
        memory
            .session()
            .structs(name + "." + part, Access.IN, KernelParameters.SOURCE, found.size());
    for (int i = 0; i < found.size(); i++) {
      sources.setStruct(0, i, found.get(i).struct());
    }
    return sources.address();
  }

  private int blocks() {
    return Math.ceilDiv(shape.readers() * shape.heads(), PAIRS_PER_BLOCK);
  }

  private double tolerance() {
    return Rounding.of(shape.dHead() / LANES + shape.length() + OTHER_ROUNDINGS);
  }

  private Struct describe(Struct job) {
    job.set("keys", keySources)
        .set("values", valueSources)
        .set("batch", readers.batchAddress())
        .set("heads", shape.heads())
        .set("dHead", shape.dHead())
        .set("length", shape.length())
        .set("scale", scale);
    readers.describe(job.nested("rows"));
    return job;
  }

  /** A score, or anything else that is a product of two rows of a head, with its terms' sum. */
  private record Product(double value, double magnitude) {}

  private interface Column {
    double at(int column);
  }

  private Product product(int head, Column left, Column right) {
    double value = 0;
    double magnitude = 0;
    for (int column = head * shape.dHead(); column < (head + 1) * shape.dHead(); column++) {
      double term = left.at(column) * right.at(column);
      value += term;
      magnitude += Math.abs(term);
    }
    return new Product(value, magnitude);
  }

  /** {@code attention}. */
  JobCase.Job forward() {
    return new Forward();
  }

  /** {@code attention_gradient}. */
  JobCase.Job gradient() {
    return new Gradient();
  }

  private final class Forward implements JobCase.Job {
    private final CaseReaders.Found query;
    private final Region out;
    private final Region probabilities;

    Forward() {
      int queryRows = shape.kind() == CaseReaders.Kind.OWN ? shape.readers() : TABLED_ROWS;
      query = readers.find("query", normal("query", queryRows, shape.spread()));
      out = memory.arena().matrix(name + ".out", Access.OUT, shape.readers(), shape.columns());
      probabilities =
          memory
              .arena()
              .packed(
                  name + ".probabilities",
                  Access.OUT,
                  shape.readers(),
                  shape.heads() * shape.length());
    }

    @Override
    public int blocks() {
      return AttentionJob.this.blocks();
    }

    @Override
    public void describe(Struct job) {
      AttentionJob.this
          .describe(job)
          .set("out", out.address())
          .set("outStride", out.stride())
          .set("probabilities", probabilities.address())
          .set("probabilityStride", probabilities.stride());
      job.nested("query").copyFrom(query.struct());
    }

    @Override
    public double tolerance() {
      return AttentionJob.this.tolerance();
    }

    @Override
    public void compare(Comparison comparison, int slot) {
      int count = readers.count(slot);
      for (int row = 0; row < count; row++) {
        for (int head = 0; head < shape.heads(); head++) {
          compare(comparison, slot, row, head);
        }
        comparison.zeroPadding(out, slot, row);
      }
      for (int row = count; row < shape.readers(); row++) {
        comparison.untouchedRow(out, slot, row);
        comparison.untouchedRow(probabilities, slot, row);
      }
    }

    private void compare(Comparison comparison, int slot, int row, int head) {
      int length = shape.length();
      double[] scores = new double[length];
      double largest = Double.NEGATIVE_INFINITY;
      double magnitude = 0;
      for (int t = 0; t < length; t++) {
        CaseReaders.Found key = keyRows.get(t);
        Product score =
            product(head, c -> query.at(slot, row, c), column -> key.at(slot, row, column));
        scores[t] = score.value() * scale;
        largest = Math.max(largest, scores[t]);
        magnitude = Math.max(magnitude, score.magnitude() * scale);
      }
      double sum = 0;
      for (int t = 0; t < length; t++) {
        scores[t] = Math.exp(scores[t] - largest);
        sum += scores[t];
      }
      // An error e in a score is a factor of at most exp(2e) in a probability.
      double sensitivity = 1 + 2 * magnitude;
      for (int t = 0; t < length; t++) {
        scores[t] /= sum;
        comparison.close(
            probabilities,
            slot,
            row,
            head * length + t,
            scores[t],
            Rounding.scale(scores[t] * sensitivity));
      }
      for (int column = head * shape.dHead(); column < (head + 1) * shape.dHead(); column++) {
        double expected = 0;
        double magnitudes = 0;
        for (int t = 0; t < length; t++) {
          double term = scores[t] * valueRows.get(t).at(slot, row, column);
          expected += term;
          magnitudes += Math.abs(term);
        }
        comparison.close(
            out, slot, row, column, expected, Rounding.scale(magnitudes * sensitivity));
      }
    }
  }

  private final class Gradient implements JobCase.Job {
    private final Region outGradient;
    private final Region probabilities;
    private final Region scoreGradient;
    private final Region queryGradient;

    Gradient() {
      int width = shape.heads() * shape.length();
      outGradient = normal("outGradient", shape.readers(), 1);
      probabilities =
          memory.arena().packed(name + ".probabilities", Access.IN, shape.readers(), width);
      fillProbabilities();
      scoreGradient =
          memory.arena().packed(name + ".scoreGradient", Access.OUT, shape.readers(), width);
      queryGradient =
          memory
              .arena()
              .matrix(name + ".queryGradient", Access.OUT, shape.readers(), shape.columns());
    }

    private void fillProbabilities() {
      int buffer = readers.buffer("probabilities");
      int length = shape.length();
      probabilities.fill(
          (slot, row, column) -> {
            double sum = 0;
            for (int t = 0; t < length; t++) {
              sum +=
                  values.uniform(
                      buffer + slot, at(probabilities, row, column / length * length + t));
            }
            return (float) (values.uniform(buffer + slot, at(probabilities, row, column)) / sum);
          });
    }

    @Override
    public int blocks() {
      return AttentionJob.this.blocks();
    }

    @Override
    public void describe(Struct job) {
      AttentionJob.this
          .describe(job)
          .set("scoreGradient", scoreGradient.address())
          .set("scoreStride", scoreGradient.stride())
          .set("queryGradient", queryGradient.address())
          .set("queryGradientStride", queryGradient.stride())
          .set("outGradient", outGradient.address())
          .set("outGradientStride", outGradient.stride())
          .set("probabilities", probabilities.address())
          .set("probabilityStride", probabilities.stride());
    }

    @Override
    public double tolerance() {
      return AttentionJob.this.tolerance();
    }

    @Override
    public void compare(Comparison comparison, int slot) {
      int count = readers.count(slot);
      for (int row = 0; row < count; row++) {
        for (int head = 0; head < shape.heads(); head++) {
          compare(comparison, slot, row, head);
        }
        comparison.zeroPadding(queryGradient, slot, row);
      }
      for (int row = count; row < shape.readers(); row++) {
        comparison.untouchedRow(scoreGradient, slot, row);
        comparison.untouchedRow(queryGradient, slot, row);
      }
    }

    private void compare(Comparison comparison, int slot, int row, int head) {
      int length = shape.length();
      Product[] gradients = new Product[length];
      double mean = 0;
      double meanMagnitude = 0;
      for (int t = 0; t < length; t++) {
        CaseReaders.Found value = valueRows.get(t);
        gradients[t] =
            product(head, c -> outGradient.at(slot, row, c), column -> value.at(slot, row, column));
        double p = probabilities.at(slot, row, head * length + t);
        mean += p * gradients[t].value();
        meanMagnitude += p * gradients[t].magnitude();
      }
      double[] expected = new double[length];
      double[] magnitude = new double[length];
      for (int t = 0; t < length; t++) {
        double p = probabilities.at(slot, row, head * length + t);
        expected[t] = p * (gradients[t].value() - mean) * scale;
        magnitude[t] = p * (gradients[t].magnitude() + meanMagnitude) * scale;
        comparison.close(
            scoreGradient, slot, row, head * length + t, expected[t], Rounding.scale(magnitude[t]));
      }
      for (int column = head * shape.dHead(); column < (head + 1) * shape.dHead(); column++) {
        double sum = 0;
        double magnitudes = 0;
        for (int t = 0; t < length; t++) {
          double key = keyRows.get(t).at(slot, row, column);
          sum += expected[t] * key;
          magnitudes += magnitude[t] * Math.abs(key);
        }
        comparison.close(queryGradient, slot, row, column, sum, Rounding.scale(magnitudes));
      }
    }
  }
}
