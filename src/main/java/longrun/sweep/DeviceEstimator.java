package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import longrun.cuda.LaunchLedger;
import longrun.engine.Engine;
import longrun.plan.Cohort;
import longrun.plan.Ledger;

/** What a sweep takes on a GPU. */
final class DeviceEstimator {
  private final Shard shard;
  private final CohortSample sample;

  DeviceEstimator(SweepPlan plan, Shard shard, Engine engine) {
    this.shard = shard;
    this.sample = new CohortSample(plan, shard, engine);
  }

  /** What a plan says. */
  private record Costs(
      long flops, SlotChoice slots, OptionalDouble step, OptionalDouble evaluation) {}

  SweepEstimate estimate(OptionalInt asked, SweepDevice device) {
    List<Costs> costs = sample.plan(planned -> costs(planned, asked, device));
    List<CohortEstimate> estimates = new ArrayList<>();
    OptionalDouble seconds = OptionalDouble.of(0);
    for (int i = 0; i < costs.size(); i++) {
      SweepCohort cohort = sample.cohorts().get(i);
      Costs cost = costs.get(i);
      CohortEstimate estimate =
          new CohortEstimate(
              cohort, sample.runs(cohort), cost.flops, cost.slots, cost.step, cost.evaluation);
      estimates.add(estimate);
      seconds = plus(seconds, seconds(estimate));
    }
    return new SweepEstimate(
        shard,
        sample.allRuns(),
        estimates,
        sample.planned(),
        device.profile().isPresent() ? SweepEstimate.Basis.PREDICTED : SweepEstimate.Basis.UNKNOWN,
        sample.lengths(),
        seconds,
        sample.checkpointBytes(),
        sample.metricsBytes());
  }

  private static Costs costs(CohortSample.Planned planned, OptionalInt asked, SweepDevice device) {
    SlotChoice slots = SlotChoice.onDevice(planned.plan(), planned.runs(), asked, device);
    Ledger ledger = Ledger.of(planned.plan());
    if (device.profile().isEmpty()) {
      return new Costs(
          ledger.total().flops(), slots, OptionalDouble.empty(), OptionalDouble.empty());
    }
    double step =
        LaunchLedger.of(planned.plan(), 1).predictSeconds(device.profile().get(), slots.slots());
    // An evaluation is the forward pass over every example.
    Cohort cohort = planned.plan().cohort();
    double forward = (double) ledger.total(Ledger.Phase.FORWARD).flops() / ledger.total().flops();
    double batches = (double) cohort.dataset().examples() / cohort.batchExamples();
    return new Costs(
        ledger.total().flops(),
        slots,
        OptionalDouble.of(step),
        OptionalDouble.of(step * forward * batches));
  }

  /** Every slot takes one run after the other, all at the pace of the whole session. */
  private OptionalDouble seconds(CohortEstimate cohort) {
    RunLengths lengths = sample.lengths();
    OptionalDouble mean = cohort.seconds(lengths.meanSteps(), lengths.meanEvaluations());
    OptionalDouble max = cohort.seconds(lengths.maxSteps(), lengths.maxEvaluations());
    return mean.isEmpty()
        ? mean
        : OptionalDouble.of(
            Makespan.seconds(
                mean.getAsDouble() * cohort.runs(),
                max.getAsDouble(),
                cohort.runs(),
                cohort.slots().slots()));
  }

  private static OptionalDouble plus(OptionalDouble a, OptionalDouble b) {
    return a.isEmpty() || b.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(a.getAsDouble() + b.getAsDouble());
  }
}
