package longrun.sweep;

import java.util.OptionalDouble;

/**
 * What the runs of a cohort will take.
 *
 * @param runs of the shard
 * @param stepFlops of one run's step, as planned
 * @param slots in which they train; on the processor runs of all cohorts share them
 * @param stepSeconds of a step: of one run on a core, of all slots together on a GPU; empty if
 *     nothing is known
 * @param evaluationSeconds of an evaluation, likewise
 */
public record CohortEstimate(
    SweepCohort cohort,
    int runs,
    long stepFlops,
    SlotChoice slots,
    OptionalDouble stepSeconds,
    OptionalDouble evaluationSeconds) {

  /** Seconds of a run of so many steps and evaluations, with neighbours in every slot. */
  OptionalDouble seconds(double steps, double evaluations) {
    return stepSeconds.isEmpty()
        ? stepSeconds
        : OptionalDouble.of(
            steps * stepSeconds.getAsDouble() + evaluations * evaluationSeconds.orElseThrow());
  }
}
