package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import longrun.config.ConfigReader;
import longrun.sweep.Shard;
import longrun.sweep.Sweep;
import org.junit.jupiter.api.Test;

class PlannedStepsTest {
  @Test
  void allRunsHaveTheStepsOfTheConfiguration() {
    assertEquals(500, mean("training: {steps: 500}\nsweep: {training.seed: [1, 2]}", Shard.WHOLE));
  }

  @Test
  void stepsMayBeAnAxis() {
    String yaml =
        "sweep: {training.seed: [1, 2], training.steps: [100, 300], optimizer.weight_decay: [0.5,"
            + " 1]}";
    assertEquals(200, mean(yaml, Shard.WHOLE));
    // Runs 0, 4: seeds 1 and 2, steps 100, weight decay 0.5.
    assertEquals(100, mean(yaml, new Shard(1, 4)));
    assertEquals(300, mean(yaml, new Shard(4, 4)));
    assertEquals(0, mean(yaml, new Shard(9, 9)));
  }

  private static double mean(String yaml, Shard shard) {
    return PlannedSteps.mean(
        Sweep.of(ConfigReader.parseSweep(yaml, "sweep.yaml", List.of())), shard);
  }
}
