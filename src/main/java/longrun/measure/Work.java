package longrun.measure;

import longrun.plan.Cohort;
import longrun.plan.Cost;
import longrun.plan.Ledger;
import longrun.plan.Plan;

/**
 * What one step of one run costs by the conventions of {@link Ledger}, on average over an epoch:
 * its last batch may be smaller than the others.
 *
 * @param usefulFlops of the plan, the update included
 * @param naiveFlops that a program without a planner does for the same step, the update included
 * @param bytes that the plan's operations read and write
 */
public record Work(double usefulFlops, double naiveFlops, double bytes) {

  /** The mean step of a plan. */
  public static Work of(Plan plan) {
    Cohort cohort = plan.cohort();
    int full = cohort.trainExamples() / cohort.batchExamples();
    int rest = cohort.trainExamples() % cohort.batchExamples();
    Work whole = ofBatch(plan);
    if (rest == 0) {
      return whole;
    }
    return whole.times(full).plus(ofBatch(withBatch(plan, rest))).times(1.0 / (full + 1));
  }

  private static Work ofBatch(Plan plan) {
    Ledger ledger = Ledger.of(plan);
    Cost total = ledger.total();
    return new Work(
        total.flops(),
        (double) ledger.naiveFlops() + ledger.total(Ledger.Phase.UPDATE).flops(),
        total.bytes());
  }

  /** The same operations on fewer examples: an engine does not plan the last batch anew. */
  private static Plan withBatch(Plan plan, int examples) {
    Cohort cohort = plan.cohort();
    return new Plan(
        new Cohort(
            cohort.dataset(),
            cohort.model(),
            cohort.loss(),
            cohort.precision(),
            cohort.trainExamples(),
            examples,
            false,
            cohort.gradientEma(),
            cohort.orthogonalGradient()),
        plan.boundaries(),
        plan.buffers(),
        plan.forward(),
        plan.loss(),
        plan.backward(),
        plan.parameterGradients());
  }

  private Work times(double factor) {
    return new Work(factor * usefulFlops, factor * naiveFlops, factor * bytes);
  }

  private Work plus(Work other) {
    return new Work(
        usefulFlops + other.usefulFlops, naiveFlops + other.naiveFlops, bytes + other.bytes);
  }
}
