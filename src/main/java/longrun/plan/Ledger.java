package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.model.ParameterSpec;

/**
 * What a full-sized step of a plan costs, operation by operation, before any engine has run it.
 *
 * <p><b>FLOPs.</b> A multiply-add counts 2; any other addition, multiplication, division,
 * comparison, root or exponential counts 1, and so does an activation function of whatever kind. A
 * product [r, k]·[k, c] is 2rkc, and so is each of its two gradients; biases, residuals and addends
 * are one addition per element. Looking up, gathering and copying are free; summing what was looked
 * up is not. {@code Flops} in this package lists the counts of the other operations per element.
 *
 * <p><b>Bytes.</b> 4 per element, without padding. An operation reads or writes each view, each
 * weight and each looked-up table once, however often its loops touch them: what a perfect cache
 * would leave. Index tables and labels are not counted.
 *
 * <p><b>Naive.</b> What a program without a planner does, PyTorch with the published models: every
 * position of every example through every operation, the unembedding included; attention over the
 * full square of positions, the masked half too; an MLP's one-hot inputs multiplied like any
 * others; the gradient of everything. The loss alone is computed where it is defined, and the
 * update is the same. For nanda-2023 (one layer, p = 113, 3,830 examples) that makes 14.66 GFLOP
 * for forward and backward, against 3.80 planned. Counted as its products alone, with the
 * unembedding at the one position that the loss reads, the naive figure is 13.89: the unembedding
 * of the other two positions is 0.67, attention 0.05, everything elementwise 0.05.
 *
 * @param entries in the order of execution
 * @param naiveFlops of forward and backward of the same step without a planner
 * @param arena what one slot keeps in memory
 */
public record Ledger(List<Entry> entries, long naiveFlops, Arena arena) {
  static final int ELEMENT_BYTES = 4;

  public Ledger {
    entries = List.copyOf(entries);
  }

  /** Parts of a step. */
  public enum Phase {
    /** Up to the logits, the loss and their gradient. */
    FORWARD,
    /** Gradients of rows. */
    BACKWARD,
    PARAMETER_GRADIENTS,
    /** From gradients to parameters. */
    UPDATE
  }

  /**
   * One operation.
   *
   * @param phase of the step
   * @param kind of operation
   * @param perExample whether it works on rows of examples rather than on shared rows or parameters
   * @param writes names of what it writes, with the rows where these are not all: {@code
   *     embedded.shared[0..112]}
   * @param rows that it computes; for gradients of parameters, that it sums over
   * @param width columns of what it writes
   * @param weight that it multiplies by or looks up
   */
  public record Entry(
      Phase phase,
      String kind,
      boolean perExample,
      List<String> writes,
      long rows,
      int width,
      Optional<String> weight,
      Cost cost) {
    public Entry {
      writes = List.copyOf(writes);
    }
  }

  /**
   * Bytes that one slot keeps, without an engine's padding.
   *
   * @param buffers of the step: rows and their gradients
   * @param gradientEma Grokfast's average; 0 without
   */
  public record Arena(
      long buffers, long parameters, long gradients, long moments, long gradientEma) {
    /** All of it. */
    public long bytes() {
      return buffers + parameters + gradients + moments + gradientEma;
    }
  }

  /** The costs of a plan. */
  public static Ledger of(Plan plan) {
    OperationCosts costs = new OperationCosts(plan.cohort());
    List<Entry> entries = new ArrayList<>();
    plan.forward().forEach(o -> entries.add(costs.entry(Phase.FORWARD, o)));
    entries.add(costs.entry(Phase.FORWARD, plan.loss()));
    plan.backward().forEach(o -> entries.add(costs.entry(Phase.BACKWARD, o)));
    plan.parameterGradients().forEach(o -> entries.add(costs.entry(Phase.PARAMETER_GRADIENTS, o)));
    entries.addAll(updates(plan.cohort()));
    return new Ledger(entries, NaiveFlops.of(plan.cohort()), arena(plan));
  }

  /** Everything that a phase costs. */
  public Cost total(Phase phase) {
    return entries.stream()
        .filter(entry -> entry.phase == phase)
        .map(Entry::cost)
        .reduce(Cost.NONE, Cost::plus);
  }

  /** Everything. */
  public Cost total() {
    return entries.stream().map(Entry::cost).reduce(Cost.NONE, Cost::plus);
  }

  /** FLOPs of forward and backward: what {@link #naiveFlops} is to be compared with. */
  public long plannedFlops() {
    return total().flops() - total(Phase.UPDATE).flops();
  }

  /**
   * The roofline bound of a step: no operation is faster than its arithmetic at the peak rate or
   * its bytes at the peak bandwidth. Σ over operations of max(flops/peak, bytes/bandwidth), in
   * seconds. Bytes that stay in a cache between two operations can make a step faster than its
   * traffic part.
   */
  public double predictSeconds(Peaks peaks) {
    return entries.stream().mapToDouble(entry -> peaks.seconds(entry.cost)).sum();
  }

  private static List<Entry> updates(Cohort cohort) {
    List<Entry> updates = new ArrayList<>();
    if (cohort.gradientEma()) {
      updates.add(update(cohort, "GradientEma", "gradients", Flops.GRADIENT_EMA, 4));
    }
    if (cohort.orthogonalGradient()) {
      updates.add(update(cohort, "OrthogonalGradient", "gradients", Flops.ORTHOGONAL_GRADIENT, 3));
    }
    // Parameters and both moments are read and written, gradients are read.
    updates.add(update(cohort, "Update", "parameters", Flops.ADAMW, 7));
    return updates;
  }

  private static Entry update(Cohort cohort, String kind, String writes, int flops, int passes) {
    long elements = cohort.model().elements();
    return new Entry(
        Phase.UPDATE,
        kind,
        false,
        List.of(writes),
        elements,
        1,
        Optional.empty(),
        new Cost(elements * flops, elements * passes * ELEMENT_BYTES));
  }

  private static Arena arena(Plan plan) {
    int examples = plan.cohort().batchExamples();
    long parameters =
        ELEMENT_BYTES
            * plan.cohort().model().parameters().stream().mapToLong(ParameterSpec::elements).sum();
    long buffers = 0;
    for (Buffer buffer : plan.buffers()) {
      buffers += (long) buffer.rows().count(examples) * buffer.width() * ELEMENT_BYTES;
    }
    return new Arena(
        buffers,
        parameters,
        parameters,
        2 * parameters,
        plan.cohort().gradientEma() ? parameters : 0);
  }
}
