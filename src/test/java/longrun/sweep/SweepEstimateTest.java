package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import longrun.config.ConfigReader;
import longrun.cpu.CpuEngine;
import longrun.cpu.CpuNeed;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Cohort;
import longrun.plan.Ledger;
import longrun.plan.Plan;
import longrun.plan.Planner;
import org.junit.jupiter.api.Test;

class SweepEstimateTest {
  private static final String SMALL =
      """
      task: {operation: add, modulus: 7}
      model: {d_model: 8, heads: 2, d_head: 4, d_mlp: 12}
      training: {steps: 1000}
      checkpoint: {keep: 2}
      """;

  private static final DeviceProfile H100 = DeviceProfile.of("h100").orElseThrow();
  private static final SweepDevice DEVICE = new SweepDevice(80_000_000_000L, Optional.of(H100));
  private static final long HEAP = 1_000_000_000;

  /** An engine of fp32 that is only asked what it is. */
  private static final Engine UNUSED =
      new Engine() {
        @Override
        public String name() {
          return "unused";
        }

        @Override
        public String description() {
          return "none";
        }

        @Override
        public int parameterBits() {
          return 32;
        }

        @Override
        public Session open(Cohort cohort, int slots) {
          throw new AssertionError("nothing is to be opened");
        }
      };

  private static SweepPlan plan(String axes) {
    return SweepPlan.of(
        Sweep.of(ConfigReader.parseSweep(SMALL + "sweep:\n" + axes, "sweep.yaml", List.of())));
  }

  private static SweepEstimate onDevice(SweepPlan plan, OptionalInt slots) {
    return SweepEstimate.onDevice(plan, Shard.WHOLE, slots, UNUSED, DEVICE);
  }

  @Test
  void lengthsAreThoseOfTheAxes() {
    SweepPlan plan =
        plan(
            """
              training.steps: [1000, 4000]
              evaluation.every: [10, 100]
              checkpoint.keep: [1, 3, 5]
              training.seed: {from: 0, count: 1000000}
            """);
    RunLengths lengths = RunLengths.of(plan.sweep());
    assertEquals(new RunLengths(2500, 4000, 1 + 2500 * 0.055, 1 + 4000 * 0.1, 3, false), lengths);
    RunLengths stopping = RunLengths.of(plan("  stop.after_grokking_steps: [0, 7]\n").sweep());
    assertTrue(stopping.canEndEarly());
    assertEquals(1000, stopping.meanSteps());
    assertEquals(101, stopping.meanEvaluations());
    RunLengths many = RunLengths.of(plan("  training.steps: {from: 1, count: 99999}\n").sweep());
    assertEquals(50_000, many.meanSteps(), 1);
    assertEquals(99_999, many.maxSteps());
  }

  @Test
  void aDeviceTakesCohortAfterCohort() {
    SweepPlan plan = plan("  task.train_fraction: [0.3, 0.5]\n  training.seed: [1, 2, 3]\n");
    SweepEstimate estimate = onDevice(plan, OptionalInt.of(2));
    assertEquals(6, estimate.runs());
    assertEquals(2, estimate.cohorts().size());
    assertEquals(SweepEstimate.Basis.PREDICTED, estimate.basis());
    double seconds = 0;
    for (CohortEstimate cohort : estimate.cohorts()) {
      Plan own = Planner.plan(cohort.cohort().cohort());
      double step = LaunchLedger.of(own, 2).predictSeconds(H100, 2);
      assertEquals(step, cohort.stepSeconds().orElseThrow(), 1e-15);
      assertEquals(Ledger.of(own).total().flops(), cohort.stepFlops());
      assertEquals(2, cohort.slots().slots());
      double evaluation = cohort.evaluationSeconds().orElseThrow();
      assertTrue(evaluation > 0 && evaluation < 4 * step, evaluation + " of " + step);
      seconds += 2 * (1000 * step + 101 * evaluation);
    }
    assertEquals(seconds, estimate.seconds().orElseThrow(), 1e-9 * seconds, "two rounds each");
  }

  @Test
  void anEmulatedDeviceHasNoTime() {
    SweepEstimate estimate =
        SweepEstimate.onDevice(
            plan("  training.seed: [1, 2]\n"),
            Shard.WHOLE,
            OptionalInt.empty(),
            UNUSED,
            new SweepDevice(1 << 30, Optional.empty()));
    assertEquals(OptionalDouble.empty(), estimate.seconds());
    assertEquals(SweepEstimate.Basis.UNKNOWN, estimate.basis());
    assertFalse(estimate.isLarge());
  }

  @Test
  void coresAreTimed() {
    SweepPlan plan = plan("  model.d_mlp: [12, 64]\n  training.seed: [1, 2, 3]\n");
    SweepEstimate estimate =
        SweepEstimate.onCores(plan, Shard.WHOLE, OptionalInt.empty(), new CpuEngine(1), 2, HEAP);
    assertEquals(SweepEstimate.Basis.MEASURED, estimate.basis());
    assertEquals(2, estimate.known());
    double work = 0;
    double longest = 0;
    for (CohortEstimate cohort : estimate.cohorts()) {
      double step = cohort.stepSeconds().orElseThrow();
      assertTrue(step > 1e-7 && step < 1, "seconds of a step: " + step);
      double run = 1000 * step + 101 * cohort.evaluationSeconds().orElseThrow();
      work += 3 * run;
      longest = Math.max(longest, run);
      assertEquals("one for each core", cohort.slots().reason());
    }
    double seconds = estimate.seconds().orElseThrow();
    assertEquals(work / 2 + longest / 2, seconds, 1e-9 * seconds);
  }

  @Test
  void aShardHasItsOwnRunsAlone() {
    SweepPlan plan = plan("  training.seed: [1, 2, 3]\n  task.train_fraction: [0.3, 0.5]\n");
    SweepEstimate odd =
        SweepEstimate.onDevice(plan, new Shard(2, 2), OptionalInt.empty(), UNUSED, DEVICE);
    assertEquals(3, odd.runs());
    assertEquals(1, odd.cohorts().size(), "every second run has the second fraction");
    assertEquals(1, odd.cohorts().getFirst().cohort().number());
    SweepEstimate all = onDevice(plan, OptionalInt.empty());
    assertEquals(all.diskBytes() / 2, odd.diskBytes(), 1e-6);
  }

  @Test
  void diskIsCheckpointsAndRows() {
    SweepPlan plan = plan("  training.seed: {from: 0, count: 50}\n");
    SweepEstimate estimate = onDevice(plan, OptionalInt.empty());
    long elements = plan.cohort(0).cohort().model().elements();
    assertEquals(50.0 * 2 * 3 * 4 * elements, estimate.checkpointBytes());
    assertTrue(estimate.metricsBytes() > 50 * 101 * 100.0);
  }

  @Test
  void manyRunsOrALongTimeAreLarge() {
    assertFalse(
        onDevice(plan("  training.seed: {from: 0, count: 10000}\n"), OptionalInt.empty())
            .isLarge());
    assertTrue(
        onDevice(plan("  training.seed: {from: 0, count: 10001}\n"), OptionalInt.empty())
            .isLarge());
    SweepEstimate slow =
        onDevice(
            plan("  training.steps: [1000000000]\n  training.seed: {from: 0, count: 100}\n"),
            OptionalInt.of(1));
    assertTrue(slow.seconds().orElseThrow() > SweepEstimate.LARGE_SECONDS);
    assertTrue(slow.isLarge());
  }

  @Test
  void mostSweepsAreKnownNotToBeLargeWithoutTiming() {
    assertFalse(
        SweepEstimate.mayBeLargeOnCores(plan("  training.seed: [1, 2]\n"), Shard.WHOLE, UNUSED, 1));
    assertTrue(
        SweepEstimate.mayBeLargeOnCores(
            plan("  training.steps: [1000000000]\n  training.seed: {from: 0, count: 100}\n"),
            Shard.WHOLE,
            UNUSED,
            1));
    SweepPlan many = plan("  training.seed: {from: 0, count: 10001}\n");
    assertTrue(SweepEstimate.mayBeLargeOnCores(many, Shard.WHOLE, UNUSED, 1));
    assertFalse(SweepEstimate.mayBeLargeOnCores(many, new Shard(1, 10), UNUSED, 1));
  }

  @Test
  void whatTheEngineCannotTrainIsFoundBefore() {
    SweepPlan plan = plan("  training.precision: [fp32, tf32]\n");
    assertThrows(
        UnsupportedCohortException.class,
        () ->
            SweepEstimate.slotsOnCores(
                plan, Shard.WHOLE, OptionalInt.empty(), new CpuEngine(1), 2, HEAP));
  }

  @Test
  void ofVeryManyCohortsOnlySomeArePlanned() {
    SweepPlan plan = plan("  model.d_mlp: {from: 1, count: 70}\n");
    SweepEstimate estimate = onDevice(plan, OptionalInt.empty());
    assertEquals(70, estimate.cohorts().size());
    assertEquals(CohortSample.MAX_PLANNED, estimate.known());
    long before = 0;
    for (CohortEstimate cohort : estimate.cohorts()) {
      long flops = Ledger.of(Planner.plan(cohort.cohort().cohort())).total().flops();
      assertTrue(cohort.stepFlops() >= before && cohort.stepFlops() <= flops);
      before = cohort.stepFlops();
    }
  }

  @Test
  void aRunOnACoreNeedsMoreThanItsPlanAlone() {
    for (String axes : List.of("  training.seed: [1]\n", "  optimizer.grokfast_ema: [{}]\n")) {
      SweepPlan plan =
          SweepPlan.of(
              Sweep.of(ConfigReader.parseSweep("sweep:\n" + axes, "sweep.yaml", List.of())));
      Plan own = Planner.plan(plan.cohort(0).cohort());
      long least = Ledger.of(own).arena().bytes();
      long need = CpuNeed.bytes(own);
      assertTrue(need > least && need < 2 * least, need + " for " + least);
    }
  }

  @Test
  void roundsOfEqualRunsAndABoundForOthers() {
    assertEquals(3 * 7, Makespan.seconds(5 * 7, 7, 5, 2));
    assertEquals(7, Makespan.seconds(5 * 7, 7, 5, 5));
    assertEquals(35, Makespan.seconds(35, 7, 5, 1));
    assertEquals(10.0 / 2 + 6.0 / 2, Makespan.seconds(10, 6, 3, 2));
  }
}
