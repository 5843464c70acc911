package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import org.junit.jupiter.api.Test;

class SweepPlanTest {
  private static final String SMALL =
      """
      task: {operation: add, modulus: 7}
      model: {d_model: 8, heads: 2, d_head: 4, d_mlp: 12}
      """;

  private static Sweep sweep(String axes) {
    return Sweep.of(ConfigReader.parseSweep(SMALL + "sweep:\n" + axes, "sweep.yaml", List.of()));
  }

  private static SweepPlan plan(String axes) {
    return SweepPlan.of(sweep(axes));
  }

  private static List<Integer> cohortsOfRuns(SweepPlan plan) {
    return IntStream.range(0, plan.sweep().count()).map(plan::cohortOf).boxed().toList();
  }

  @Test
  void valuesShareACohort() {
    SweepPlan plan = plan("  training.seed: [1, 2]\n  optimizer.learning_rate: [0.1, 0.01]\n");
    assertEquals(1, plan.cohorts());
    assertEquals(List.of(0, 0, 0, 0), cohortsOfRuns(plan));
    assertEquals(4, plan.cohort(0).runs());
    assertEquals(0, plan.cohort(0).firstRun());
    assertEquals(List.of(), plan.cohort(0).shapes());
  }

  @Test
  void shapesAreCountedInTheOrderOfTheirFirstRuns() {
    SweepPlan plan =
        plan(
            """
              task.train_fraction: [0.5, 0.3]
              training.seed: [1, 2]
              model.d_mlp: [12, 16, 20]
            """);
    assertEquals(6, plan.cohorts());
    assertEquals(List.of(0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5), cohortsOfRuns(plan));
    for (int number = 0; number < 6; number++) {
      SweepCohort cohort = plan.cohort(number);
      assertEquals(number, cohort.number());
      assertEquals(cohortsOfRuns(plan).indexOf(number), cohort.firstRun());
      assertEquals(2, cohort.runs());
      assertEquals(number < 3 ? 24 : 14, cohort.cohort().trainExamples());
    }
    assertEquals(
        List.of(
            new SweepAxis("task.train_fraction", "train_fraction", List.of("0.3")),
            new SweepAxis("model.d_mlp", "d_mlp", List.of("16"))),
        plan.cohort(4).shapes());
  }

  @Test
  void operationsShareACohortWhereTheTokensAgree() {
    SweepPlan plan = plan("  task.operation: [add, divide, multiply, x2_plus_y]\n");
    assertEquals(List.of(0, 1, 0, 0), cohortsOfRuns(plan), "division leaves out b = 0");
    assertEquals(3, plan.cohort(0).runs());
    assertEquals(
        List.of("add", "multiply", "x2_plus_y"), plan.cohort(0).shapes().getFirst().values());
  }

  @Test
  void fractionsShareACohortWhereTheNumberOfExamplesAgrees() {
    // 49 examples: 14.7, 14.21, 15.19
    assertEquals(
        List.of(0, 0, 1), cohortsOfRuns(plan("  task.train_fraction: [0.3, 0.29, 0.31]\n")));
  }

  @Test
  void theFullBatchIsNoBatchOfThatSize() {
    SweepPlan plan = plan("  training.batch_size: [full, 14, 7]\n");
    assertEquals(List.of(0, 1, 2), cohortsOfRuns(plan));
  }

  @Test
  void whatSwitchesGrokfastOnIsAShape() {
    assertEquals(
        List.of(0, 1, 1),
        cohortsOfRuns(plan("  optimizer.grokfast_ema: [null, {}, {alpha: 0.5}]\n")));
    assertEquals(
        List.of(0, 1), cohortsOfRuns(plan("  optimizer.grokfast_ema.alpha: [null, 0.5]\n")));
    assertEquals(
        List.of(0, 0), cohortsOfRuns(plan("  optimizer.grokfast_ema.alpha: [0.6, 0.5]\n")));
  }

  @Test
  void aShardHasItsShareOfEveryCohort() {
    SweepPlan plan = plan("  task.train_fraction: [0.5, 0.3]\n  training.seed: [1, 2, 3]\n");
    assertArrayEquals(new int[] {1, 1}, plan.runs(new Shard(1, 4)), "runs 0 and 4");
    assertArrayEquals(new int[] {1, 1}, plan.runs(new Shard(2, 4)), "runs 1 and 5");
    assertArrayEquals(new int[] {1, 0}, plan.runs(new Shard(3, 4)), "run 2");
    assertArrayEquals(new int[] {0, 1}, plan.runs(new Shard(4, 4)), "run 3");
    assertArrayEquals(new int[] {3, 3}, plan.runs(Shard.WHOLE));
  }

  @Test
  void whatCannotBeTrainedIsReportedTogether() {
    String message =
        assertThrows(
                ConfigException.class,
                () ->
                    plan(
                        """
                          task.operation: [add, divide]
                          task.modulus: [5, 7]
                          task.train_fraction: [0.01, 0.5]
                          training.batch_size: [full, 20]
                          training.seed: [1, 2]
                        """))
            .getMessage();
    assertTrue(
        message.startsWith(
            "sweep: 10 of 16 combinations of task.operation, task.modulus, task.train_fraction,"
                + " training.batch_size cannot be trained (20 runs):\n"
                + "  operation=add modulus=5 train_fraction=0.01 batch_size=full:"
                + " task.train_fraction: 0.01 of 25 examples leaves none"),
        message);
    assertTrue(message.endsWith("\n  and 5 more"), message);
    assertEquals(7, message.lines().count(), message);
  }

  @Test
  void valuesThatDoNotGoTogetherAreFoundByTheRulesOfConfigurations() {
    String message =
        assertThrows(
                ConfigException.class,
                () ->
                    SweepPlan.of(
                        Sweep.of(
                            ConfigReader.parseSweep(
                                "sweep: {task.operation: [add, divide], task.modulus: [5, 6]}",
                                "sweep.yaml",
                                List.of()))))
            .getMessage();
    assertEquals(
        "sweep: 1 of 4 combinations of task.operation, task.modulus cannot be trained (1 run):\n"
            + "  run 3 (operation=divide modulus=6): task.modulus: 6 is not prime, and"
            + " task.operation divide needs a prime modulus; nearest: 5 and 7",
        message);
  }

  @Test
  void tooManyShapesAreRefused() {
    String message =
        assertThrows(
                ConfigException.class,
                () ->
                    plan(
                        "  model.d_model: {from: 1, count: 200}\n"
                            + "  model.d_mlp: {from: 1, count: 200}\n"))
            .getMessage();
    assertEquals(
        "sweep: 40,000 combinations of shapes (model.d_model, model.d_mlp); allowed: up to 10,000,"
            + " for each may be a cohort of its own",
        message);
  }

  @Test
  void cohortsHoldOneObjectForEqualInputs() {
    SweepPlan plan = plan("  task.operation: [add, multiply]\n  model.d_mlp: [12, 16]\n");
    assertEquals(2, plan.cohorts());
    assertTrue(plan.cohort(0).cohort().dataset() == plan.cohort(1).cohort().dataset());
    assertNotEquals(plan.cohort(0).cohort(), plan.cohort(1).cohort());
  }
}
