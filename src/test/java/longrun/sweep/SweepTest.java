package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import org.junit.jupiter.api.Test;

class SweepTest {
  private static Sweep sweep(String yaml) {
    return Sweep.of(ConfigReader.parseSweep(yaml, "sweep.yaml", List.of()));
  }

  private static Sweep ofAxes(String axes) {
    return sweep("{task: {modulus: 7}, sweep: {" + axes + "}}");
  }

  @Test
  void theFirstAxisVariesSlowest() {
    Sweep sweep = ofAxes("task.train_fraction: [0.3, 0.4], training.seed: {from: 5, count: 3}");
    assertEquals(6, sweep.count());
    assertEquals(
        List.of("0.3 5", "0.3 6", "0.3 7", "0.4 5", "0.4 6", "0.4 7"),
        IntStream.range(0, 6).mapToObj(run -> String.join(" ", sweep.values(run))).toList());
    for (int run = 0; run < 6; run++) {
      RunConfig config = sweep.config(run);
      assertEquals(run < 3 ? 0.3 : 0.4, config.task().trainFraction());
      assertEquals(5 + run % 3, config.training().seed());
      assertEquals(sweep.base().model(), config.model());
    }
    assertEquals("train_fraction=0.4 seed=6", sweep.label(4));
    assertThrows(IllegalArgumentException.class, () -> sweep.values(6));
    assertThrows(IllegalArgumentException.class, () -> sweep.config(-1));
  }

  @Test
  void aRunIsWhatOverridesWouldMakeOfIt() {
    Sweep sweep =
        ofAxes(
            "optimizer.grokfast_ema: [null, {alpha: 0.9}], training.batch_size: [full, 5],"
                + " optimizer.betas: [[0.9, 0.98], [0, 0.5]], optimizer.grokfast_ema.lambda: [1,"
                + " 3], task.format: [\"a b =\", \"a op b =\"], stop: [null, {}]");
    for (int run = 0; run < sweep.count(); run++) {
      List<String> overrides = new ArrayList<>();
      for (int i = 0; i < sweep.axes().size(); i++) {
        overrides.add(sweep.axes().get(i).key() + "=" + sweep.values(run).get(i));
      }
      assertEquals(ConfigReader.override(sweep.base(), overrides), sweep.config(run));
    }
  }

  @Test
  void valuesThatDoNotGoTogetherAreToldWithTheRun() {
    Sweep sweep = sweep("sweep: {task.operation: [add, divide], task.modulus: [5, 6]}");
    String message = assertThrows(ConfigException.class, () -> sweep.config(3)).getMessage();
    assertTrue(
        message.startsWith("run 3 (operation=divide modulus=6): task.modulus: 6 is not prime"),
        message);
    assertEquals(
        5, sweep.config(2).task() instanceof longrun.config.TaskConfig.Modular m ? m.modulus() : 0);
  }

  @Test
  void columnsAreShortWhereThatIsClear() {
    Sweep sweep =
        ofAxes(
            "training.seed: [1], task.split_seed: [2], training.steps: [3],"
                + " evaluation.every: [4], checkpoint.every: [5], optimizer.learning_rate: [1]");
    assertEquals(
        List.of(
            "seed",
            "split_seed",
            "training_steps",
            "evaluation_every",
            "checkpoint_every",
            "optimizer_learning_rate"),
        sweep.axes().stream().map(SweepAxis::column).toList());
  }

  @Test
  void writtenAndReadAgainItIsTheSame() {
    Sweep sweep =
        ofAxes(
            "training.seed: {from: -3, count: 10000000}, optimizer.weight_decay: {log_range: [0.1,"
                + " 10], points: 5}, task.train_fraction: [0.3, 0.5]");
    Sweep again = sweep(sweep.toYaml());
    assertTrue(sweep.isSame(again));
    assertEquals(sweep.axes(), again.axes());
    assertEquals(sweep.toYaml(), again.toYaml());
    assertEquals(100_000_000, again.count());
    assertEquals(sweep.values(77_777_777), again.values(77_777_777));
  }

  @Test
  void theSameRunsUnderTheSameNumbersAreTheSameSweep() {
    Sweep sweep = ofAxes("training.seed: {from: 1, count: 2}, task.split_seed: [1, 2]");
    assertTrue(sweep.isSame(ofAxes("training.seed: [1, 2], task.split_seed: [1, 2]")));
    assertFalse(sweep.isSame(ofAxes("task.split_seed: [1, 2], training.seed: [1, 2]")));
    assertFalse(sweep.isSame(ofAxes("training.seed: [2, 1], task.split_seed: [1, 2]")));
    assertFalse(
        sweep.isSame(ofAxes("training.seed: {from: 1, count: 3}, task.split_seed: [1, 2]")));
    assertFalse(sweep.isSame(sweep("sweep: {training.seed: [1, 2], task.split_seed: [1, 2]}")));
  }

  @Test
  void tenMillionRunsAreMadeAndComparedAtOnce() {
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          Sweep sweep = ofAxes("training.seed: {from: 0, count: 10000000}");
          assertEquals(10_000_000, sweep.count());
          assertEquals(List.of("9999999"), sweep.values(9_999_999));
          assertEquals(123, sweep.config(123).training().seed());
          assertTrue(sweep.isSame(sweep(sweep.toYaml())));
          SweepPlan plan = SweepPlan.of(sweep);
          assertEquals(1, plan.cohorts());
          assertEquals(0, plan.cohortOf(9_999_999));
        });
  }

  @Test
  void thereAreAtMostAsManyRunsAsHaveNumbers() {
    String message =
        assertThrows(
                ConfigException.class,
                () ->
                    ofAxes(
                        "training.seed: {from: 0, count: 2000000}, task.split_seed: {from: 0,"
                            + " count: 2000000}"))
            .getMessage();
    assertEquals("sweep.yaml:1:22: sweep: 4.000e+12 runs; allowed: up to 2,147,483,647", message);
  }

  @Test
  void shardsShareTheRunsOut() {
    for (int count = 1; count < 9; count++) {
      int total = 0;
      for (int index = 1; index <= count; index++) {
        Shard shard = new Shard(index, count);
        int own = (int) IntStream.range(0, 21).filter(shard::contains).count();
        assertEquals(own, shard.runs(21), shard.toString());
        total += own;
      }
      assertEquals(21, total);
    }
    assertEquals("3/8", new Shard(3, 8).toString());
    assertEquals(0, new Shard(3, 8).runs(2));
    assertEquals(10_000_000, Shard.WHOLE.runs(10_000_000));
    assertThrows(IllegalArgumentException.class, () -> new Shard(0, 2));
    assertThrows(IllegalArgumentException.class, () -> new Shard(3, 2));
  }

  @Test
  void anAxisHoldsItsValues() {
    List<String> values = new ArrayList<>(List.of("1", "2"));
    SweepAxis axis = new SweepAxis("training.seed", "seed", values);
    values.add("3");
    assertEquals(List.of("1", "2"), axis.values());
  }
}
