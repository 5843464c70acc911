package longrun.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import longrun.cpu.CpuNeed;
import longrun.engine.Engine;
import longrun.measure.QuickTiming;
import longrun.plan.Cohort;
import longrun.plan.Ledger;
import longrun.train.PreparedRun;

/** What a sweep takes on the processor. */
final class CoreEstimator {
  static final int MAX_TIMED = 8;

  /** Of a round of steps. */
  private static final double SECONDS = 0.25;

  /** Any core does better, and any call takes less. */
  private static final double SLOW_FLOPS_PER_SECOND = 1e9;

  private static final double SLOW_CALL_SECONDS = 1e-4;

  private final SweepPlan plan;
  private final Shard shard;
  private final Engine engine;
  private final CohortSample sample;

  CoreEstimator(SweepPlan plan, Shard shard, Engine engine) {
    this.plan = plan;
    this.shard = shard;
    this.engine = engine;
    this.sample = new CohortSample(plan, shard, engine);
  }

  /**
   * What a plan says.
   *
   * @param bytes of a run
   */
  private record Costs(long flops, long bytes) {}

  private List<Costs> costs() {
    // The need is that of the cpu engine; an engine that computes in double needs twice as much.
    int widening = engine.parameterBits() / Float.SIZE;
    return sample.plan(
        planned ->
            new Costs(
                Ledger.of(planned.plan()).total().flops(),
                widening * CpuNeed.bytes(planned.plan())));
  }

  private SlotChoice slots(List<Costs> costs, OptionalInt asked, int cores, long heapBytes) {
    long runBytes = costs.stream().mapToLong(Costs::bytes).max().orElseThrow();
    return SlotChoice.onCores(runBytes, sample.allRuns(), asked, cores, heapBytes);
  }

  /** Slots alone, without timing anything. */
  SlotChoice slots(OptionalInt asked, int cores, long heapBytes) {
    return slots(costs(), asked, cores, heapBytes);
  }

  /** Whether it would take more than so many seconds if steps were as slow as they never are. */
  boolean mayTakeLonger(double seconds, int slots) {
    List<Costs> costs = costs();
    RunLengths lengths = sample.lengths();
    double work = 0;
    for (int i = 0; i < costs.size(); i++) {
      double flops = (double) costs.get(i).flops * sample.runs(sample.cohorts().get(i));
      Cohort cohort = sample.cohorts().get(i).cohort();
      double batches = (double) cohort.dataset().examples() / cohort.batchExamples();
      work +=
          flops
              * (lengths.meanSteps() + batches * lengths.meanEvaluations())
              / SLOW_FLOPS_PER_SECOND;
    }
    double calls = sample.allRuns() * (lengths.meanSteps() + lengths.meanEvaluations());
    return (work + calls * SLOW_CALL_SECONDS) / slots > seconds;
  }

  SweepEstimate estimate(OptionalInt asked, int cores, long heapBytes) {
    List<SweepCohort> cohorts = sample.cohorts();
    List<Costs> costs = costs();
    SlotChoice slots = slots(costs, asked, cores, heapBytes);
    Map<SweepCohort, QuickTiming> timings = timings(cohorts, costs);
    List<CohortEstimate> estimates = new ArrayList<>();
    for (int i = 0; i < cohorts.size(); i++) {
      SweepCohort cohort = cohorts.get(i);
      long flops = costs.get(i).flops;
      int nearest = nearest(cohorts, costs, timings, flops);
      QuickTiming timing = timings.get(cohorts.get(nearest));
      double scale = timings.containsKey(cohort) ? 1 : (double) flops / costs.get(nearest).flops;
      estimates.add(
          new CohortEstimate(
              cohort,
              sample.runs(cohort),
              flops,
              slots,
              OptionalDouble.of(scale * timing.stepSeconds()),
              OptionalDouble.of(scale * timing.evaluationSeconds())));
    }
    return new SweepEstimate(
        shard,
        sample.allRuns(),
        estimates,
        timings.size(),
        SweepEstimate.Basis.MEASURED,
        sample.lengths(),
        OptionalDouble.of(seconds(estimates, slots.slots())),
        sample.checkpointBytes(),
        sample.metricsBytes());
  }

  /** Of those that were planned: the ones with the fewest and the most FLOPs, and some between. */
  private Map<SweepCohort, QuickTiming> timings(List<SweepCohort> cohorts, List<Costs> costs) {
    List<Integer> byFlops = new ArrayList<>(sample.plannedCohorts());
    byFlops.sort(Comparator.comparingLong(i -> costs.get(i).flops));
    Map<SweepCohort, QuickTiming> timings = new HashMap<>();
    int timed = Math.min(byFlops.size(), MAX_TIMED);
    for (int i = 0; i < timed; i++) {
      int index = timed == 1 ? 0 : i * (byFlops.size() - 1) / (timed - 1);
      SweepCohort cohort = cohorts.get(byFlops.get(index));
      PreparedRun run = PreparedRun.of(plan.sweep().config(cohort.firstRun()), Optional.empty());
      timings.put(cohort, QuickTiming.of(run, engine, SECONDS));
    }
    return timings;
  }

  /** The timed cohort whose FLOPs are the most alike. */
  private static int nearest(
      List<SweepCohort> cohorts,
      List<Costs> costs,
      Map<SweepCohort, QuickTiming> timings,
      long flops) {
    int nearest = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < cohorts.size(); i++) {
      double distance = Math.abs(Math.log((double) costs.get(i).flops / flops));
      if (timings.containsKey(cohorts.get(i)) && distance < least) {
        nearest = i;
        least = distance;
      }
    }
    return nearest;
  }

  /** Runs of all cohorts wait in one queue. */
  private double seconds(List<CohortEstimate> cohorts, int workers) {
    RunLengths lengths = sample.lengths();
    double work = 0;
    double longest = 0;
    for (CohortEstimate cohort : cohorts) {
      work +=
          cohort.runs()
              * cohort.seconds(lengths.meanSteps(), lengths.meanEvaluations()).orElseThrow();
      longest =
          Math.max(
              longest, cohort.seconds(lengths.maxSteps(), lengths.maxEvaluations()).orElseThrow());
    }
    return Makespan.seconds(work, longest, sample.allRuns(), workers);
  }
}
