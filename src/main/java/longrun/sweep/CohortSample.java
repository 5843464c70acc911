package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import longrun.engine.Engine;
import longrun.plan.Cohort;
import longrun.plan.Plan;
import longrun.plan.Planner;

/**
 * The cohorts of a shard, and what they take on disk. Of very many cohorts only some are planned,
 * evenly spread; each of the others is taken to be like the one before it.
 */
final class CohortSample {
  static final int MAX_PLANNED = 64;

  /** Of a row of metrics.csv with numbers in full precision, and of curves.csv the same. */
  private static final double ROW_BYTES = 2 * 130;

  private final List<SweepCohort> cohorts = new ArrayList<>();
  private final int[] runs;
  private final RunLengths lengths;
  private final int parameterBytes;

  /**
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train a cohort
   */
  CohortSample(SweepPlan plan, Shard shard, Engine engine) {
    runs = plan.runs(shard);
    for (int number = 0; number < runs.length; number++) {
      if (runs[number] > 0) {
        cohorts.add(plan.cohort(number));
        engine.requireSupported(plan.cohort(number).cohort());
      }
    }
    lengths = RunLengths.of(plan.sweep());
    parameterBytes = engine.parameterBits() / Byte.SIZE;
  }

  /** Those that have runs. */
  List<SweepCohort> cohorts() {
    return List.copyOf(cohorts);
  }

  /** Runs of a cohort. */
  int runs(SweepCohort cohort) {
    return runs[cohort.number()];
  }

  int allRuns() {
    return IntStream.of(runs).sum();
  }

  RunLengths lengths() {
    return lengths;
  }

  /** How many of so many are looked at closely. */
  int planned() {
    return Math.min(cohorts.size(), MAX_PLANNED);
  }

  /** Which of {@link #cohorts} are planned themselves. */
  List<Integer> plannedCohorts() {
    return IntStream.range(0, planned()).map(this::firstAlike).boxed().toList();
  }

  private int firstAlike(int sampled) {
    return (int) ((long) sampled * cohorts.size() / planned());
  }

  /** What a plan says of every cohort; plans themselves are large and not kept. */
  <T> List<T> plan(Function<Planned, T> judge) {
    List<T> all = new ArrayList<>();
    for (int i = 0; i < planned(); i++) {
      int from = firstAlike(i);
      int to = firstAlike(i + 1);
      SweepCohort cohort = cohorts.get(from);
      T judged = judge.apply(new Planned(cohort, runs(cohort), Planner.plan(cohort.cohort())));
      for (int same = from; same < to; same++) {
        all.add(judged);
      }
    }
    return all;
  }

  /** A cohort with its plan. */
  record Planned(SweepCohort cohort, int runs, Plan plan) {}

  double checkpointBytes() {
    return cohorts.stream()
        .mapToDouble(cohort -> runs(cohort) * lengths.meanKept() * checkpointBytes(cohort.cohort()))
        .sum();
  }

  private double checkpointBytes(Cohort cohort) {
    int tensors = cohort.gradientEma() ? 4 : 3;
    return (double) tensors * cohort.model().elements() * parameterBytes;
  }

  double metricsBytes() {
    return allRuns() * lengths.meanEvaluations() * ROW_BYTES;
  }
}
