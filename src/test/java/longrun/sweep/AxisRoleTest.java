package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import longrun.config.ConfigReader;
import longrun.config.ConfigSchema;
import longrun.engine.CohortFit;
import longrun.engine.RunState;
import longrun.plan.Cohort;
import longrun.train.InitialState;
import longrun.train.PreparedRun;
import org.junit.jupiter.api.Test;

/** Whether every key of the configuration has the role that it should. */
class AxisRoleTest {
  private static final String TRANSFORMER =
      """
      task: {operation: add, modulus: 7}
      model: {d_model: 8, heads: 2, d_head: 4, d_mlp: 12}
      optimizer: {grokfast_ema: {}}
      stop: {after_grokking_steps: 20}
      """;

  private static final String PERMUTATION_MLP =
      """
      task: {kind: permutation, degree: 3}
      model: {kind: mlp, hidden: [5]}
      """;

  /** Two values of each key that make different cohorts. */
  private static final Map<String, List<String>> SHAPES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("task.operation", List.of("add", "divide")),
              Map.entry("task.modulus", List.of("5", "7")),
              Map.entry("task.degree", List.of("3", "4")),
              Map.entry("task.format", List.of("\"a b =\"", "\"a op b =\"")),
              Map.entry("task.train_fraction", List.of("0.3", "0.4")),
              Map.entry("model.layers", List.of("1", "2")),
              Map.entry("model.d_model", List.of("8", "12")),
              Map.entry("model.heads", List.of("1", "2")),
              Map.entry("model.d_head", List.of("4", "5")),
              Map.entry("model.d_mlp", List.of("4", "5")),
              Map.entry("model.hidden", List.of("[5]", "[6]")),
              Map.entry("model.bias", List.of("false", "true")),
              Map.entry("model.activation", List.of("relu", "gelu")),
              Map.entry("model.normalization", List.of("none", "pre", "post")),
              Map.entry("model.positional", List.of("learned", "sinusoidal", "none")),
              Map.entry("model.attention_bias", List.of("false", "true")),
              Map.entry("model.mlp_bias", List.of("false", "true")),
              Map.entry("model.unembed_bias", List.of("false", "true")),
              Map.entry("model.unembed_all_tokens", List.of("false", "true")),
              Map.entry("optimizer.grokfast_ema", List.of("null", "{}")),
              Map.entry("optimizer.orthogonal_gradient", List.of("false", "true")),
              Map.entry("training.batch_size", List.of("full", "5")),
              Map.entry("training.loss", List.of("cross_entropy", "mse", "stablemax")),
              Map.entry("training.precision", List.of("fp32", "tf32", "bf16"))));

  /** Values of each key that differ as much as they can. */
  private static final Map<String, List<String>> VALUES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("task.split_seed", List.of("0", "7")),
              Map.entry("task.label_noise", List.of("0", "1")),
              Map.entry(
                  "model.initialization",
                  List.of("normal_fan_in", "uniform_fan_in", "normal_d_model")),
              Map.entry("model.initialization_scale", List.of("1", "8")),
              Map.entry("optimizer.kind", List.of("adamw", "adam")),
              Map.entry("optimizer.learning_rate", List.of("1e-5", "10")),
              Map.entry("optimizer.weight_decay", List.of("0", "3")),
              Map.entry("optimizer.betas", List.of("[0.9, 0.98]", "[0, 0]")),
              Map.entry("optimizer.epsilon", List.of("1e-8", "1")),
              Map.entry("optimizer.warmup_steps", List.of("0", "100")),
              Map.entry("optimizer.grokfast_ema.alpha", List.of("0", "0.5")),
              Map.entry("optimizer.grokfast_ema.lambda", List.of("0", "5")),
              Map.entry("training.seed", List.of("0", "-1")),
              Map.entry("training.steps", List.of("0", "1000000")),
              Map.entry("evaluation.every", List.of("1", "1000")),
              Map.entry("evaluation.accuracy_threshold", List.of("0.1", "1")),
              Map.entry("evaluation.consecutive", List.of("1", "9")),
              Map.entry("checkpoint.every", List.of("1", "1000")),
              Map.entry("checkpoint.keep", List.of("1", "10")),
              Map.entry("stop", List.of("null", "{}")),
              Map.entry("stop.after_grokking_steps", List.of("null", "0"))));

  /** Kinds decide which other keys exist. */
  private static final List<String> NO_AXES = List.of("task.kind", "model.kind");

  private static PreparedRun run(String key, String value) {
    String base =
        key.equals("task.degree") || key.equals("model.hidden") || key.equals("model.bias")
            ? PERMUTATION_MLP
            : TRANSFORMER;
    return PreparedRun.of(
        ConfigReader.parse(base, "test", List.of(key + "=" + value)), Optional.empty());
  }

  @Test
  void everyKeyOfTheConfigurationIsClassified() {
    List<String> tried = new ArrayList<>(SHAPES.keySet());
    tried.addAll(VALUES.keySet());
    for (String key : ConfigSchema.paths()) {
      AxisRole.of(key, List.of("1"));
      assertTrue(tried.contains(key) || NO_AXES.contains(key), () -> key + " is not tried here");
    }
    assertThrows(IllegalArgumentException.class, () -> AxisRole.of("optimizer.new", List.of("1")));
  }

  @Test
  void aValueFitsIntoASessionOfAnotherValuesCohort() {
    VALUES.forEach(
        (key, values) -> {
          assertEquals(AxisRole.VALUE, AxisRole.of(key, values), key);
          Cohort session = run(key, values.getFirst()).cohort();
          for (String value : values) {
            PreparedRun run = run(key, value);
            RunState state = InitialState.of(run, Optional.empty(), 64);
            CohortFit.check(session, run.run(), state);
          }
        });
  }

  @Test
  void everyValueOfAShapeMakesACohort() {
    SHAPES.forEach(
        (key, values) -> {
          assertEquals(AxisRole.SHAPE, AxisRole.of(key, values), key);
          Sweep sweep =
              Sweep.of(
                  ConfigReader.parseSweep(
                      (key.equals("task.degree")
                                  || key.startsWith("model.hidden")
                                  || key.equals("model.bias")
                              ? PERMUTATION_MLP
                              : TRANSFORMER)
                          + "sweep: {"
                          + key
                          + ": ["
                          + String.join(", ", values)
                          + "]}",
                      "test",
                      List.of()));
          assertEquals(values.size(), SweepPlan.of(sweep).cohorts(), key);
          Cohort session = run(key, values.getFirst()).cohort();
          PreparedRun other = run(key, values.getLast());
          RunState state = InitialState.of(other, Optional.empty(), 64);
          if (!key.startsWith("task.") || key.equals("task.train_fraction")) {
            assertThrows(
                IllegalArgumentException.class,
                () -> CohortFit.check(session, other.run(), state),
                key);
          }
        });
  }

  @Test
  void grokfastsNumbersAreShapesWhereTheySwitchItOff() {
    for (String key : List.of("optimizer.grokfast_ema.alpha", "optimizer.grokfast_ema.lambda")) {
      assertEquals(AxisRole.VALUE, AxisRole.of(key, List.of("0.5", "0.6")));
      assertEquals(AxisRole.SHAPE, AxisRole.of(key, List.of("0.5", "null")));
    }
  }
}
