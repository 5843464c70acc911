package longrun.cuda;

import java.util.IdentityHashMap;
import java.util.Map;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Plan;
import longrun.plan.View;

/**
 * How sums over rows are split. The gradient of a weight sums over up to thousands of rows into a
 * small matrix: too few tiles to fill a GPU. So the rows are cut into splits, each with a partial
 * sum of its own, and a second pass adds the splits in order.
 *
 * <p>The cuts depend on the plan alone, not on the slots or the device, since they decide the order
 * of a sum and so its bits.
 */
final class SplitLayout {
  /** Rows of a split where there are many: a longer sum means less to write and to add. */
  private static final int MANY_ROWS_PER_SPLIT = 512;

  private static final int FEW_ROWS_PER_SPLIT = 256;
  private static final int MANY_ROWS = 2048;
  private static final int NORM_ROWS_PER_SPLIT = 64;

  private final int examples;
  private final Map<Operation, Partial> partials = new IdentityHashMap<>();
  private long floats;

  /**
   * Where an operation's partial sums are.
   *
   * @param firstFloat of the first split, from the start of the region of partial sums
   * @param splits of all terms together; a weight with a single one has no partial sum and is
   *     written in place
   * @param splitFloats from one split to the next
   * @param biasFloat of the first split of the bias (weights), from the start of the region
   * @param biasSplitFloats from one split of the bias to the next
   */
  record Partial(
      long firstFloat, int splits, int splitFloats, long biasFloat, int biasSplitFloats) {}

  SplitLayout(Plan plan, ParameterLayout layout) {
    this.examples = plan.cohort().batchExamples();
    for (Operation operation : plan.parameterGradients()) {
      if (operation instanceof Operation.WeightGradient weight) {
        ParameterLayout.Entry entry = layout.entry(weight.weight());
        int splits = weight.terms().stream().mapToInt(term -> splits(term.outGradient())).sum();
        add(weight, splits, entry.length(), weight.bias().isPresent() ? entry.rowLength() : 0);
      } else if (operation instanceof Operation.LayerNormWeightGradient norm) {
        int splits = norm.terms().stream().mapToInt(term -> normSplits(term.outGradient())).sum();
        // Scale and shift are two tensors, so even a single split cannot be written in place.
        add(norm, splits, 2 * layout.entry(norm.scale()).rowLength(), 0);
      }
    }
  }

  private void add(Operation operation, int splits, int splitFloats, int biasSplitFloats) {
    long biasFloat = floats + (long) splits * splitFloats;
    partials.put(operation, new Partial(floats, splits, splitFloats, biasFloat, biasSplitFloats));
    if (splits > 1 || operation instanceof Operation.LayerNormWeightGradient) {
      floats = biasFloat + (long) splits * biasSplitFloats;
    }
  }

  /** Floats of the region of partial sums. */
  long floats() {
    return floats;
  }

  Partial partial(Operation operation) {
    return partials.get(operation);
  }

  /** Rows of each split of a term of a weight's gradient. */
  int rowsPerSplit(View rows) {
    return rowsPerSplit(rows.rows(examples));
  }

  static int rowsPerSplit(int rows) {
    return rows > MANY_ROWS ? MANY_ROWS_PER_SPLIT : FEW_ROWS_PER_SPLIT;
  }

  /** Splits of a term of a weight's gradient. */
  int splits(View rows) {
    return Math.ceilDiv(rows.rows(examples), rowsPerSplit(rows));
  }

  static int normRowsPerSplit() {
    return NORM_ROWS_PER_SPLIT;
  }

  /** Splits of a term of a layer norm's weight gradient. */
  int normSplits(View rows) {
    return Math.ceilDiv(rows.rows(examples), NORM_ROWS_PER_SPLIT);
  }
}
