package longrun.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private static RunConfig parse(String yaml, String... overrides) {
    return ConfigReader.parse(yaml, "test.yaml", List.of(overrides));
  }

  @Test
  void everyAbsentKeyHasTheDocumentedDefault() {
    RunConfig expected =
        new RunConfig(
            new TaskConfig.Modular(
                ModularOperation.ADD, 113, SequenceFormat.A_B_EQUALS, 0.3, 0, 0.0),
            new ModelConfig.Transformer(
                1,
                128,
                4,
                32,
                512,
                Activation.RELU,
                Normalization.NONE,
                Positional.LEARNED,
                false,
                true,
                false,
                true,
                Initialization.NORMAL_FAN_IN,
                1.0),
            new OptimizerConfig(
                OptimizerKind.ADAMW, 1e-3, 1.0, 0.9, 0.98, 1e-8, 10, Optional.empty(), false),
            new TrainingConfig(0, 40_000, OptionalInt.empty(), Loss.CROSS_ENTROPY, Precision.FP32),
            new EvaluationConfig(10, 0.99, 3),
            new CheckpointConfig(1000, 3),
            Optional.empty());
    assertEquals(expected, parse("{}"));
    assertEquals(expected, parse("# only a section\ntask: {kind: modular}\n"));
  }

  @Test
  void defaultsOfTheOtherKinds() {
    RunConfig config = parse("task: {kind: permutation}\nmodel: {kind: mlp}\n");
    assertEquals(
        new TaskConfig.Permutation(
            PermutationOperation.COMPOSE, 5, SequenceFormat.A_B_EQUALS, 0.3, 0, 0.0),
        config.task());
    assertEquals(
        new ModelConfig.Mlp(
            List.of(200, 200), false, Activation.RELU, Initialization.NORMAL_FAN_IN, 1.0),
        config.model());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mlp_square_mse",
        "mlp_stablemax_orthogonal",
        "one_layer_grokfast",
        "one_layer_no_norm",
        "two_layer_post_norm",
        "two_layer_pre_norm_biases"
      })
  void goldenSpecsLoadAsTheyStand(String name) throws IOException {
    Path spec = GOLDEN.resolve(name).resolve("spec.json");
    RunConfig asJson = ConfigReader.read(spec, List.of());
    RunConfig asYaml = ConfigReader.parse(Files.readString(spec), "spec.yaml", List.of());
    assertEquals(asYaml, asJson);
    assertEquals(20, asJson.training().steps());
  }

  @Test
  void goldenValuesArriveWhereTheyBelong() {
    RunConfig grokfast =
        ConfigReader.read(GOLDEN.resolve("one_layer_grokfast/spec.json"), List.of());
    assertEquals(
        Optional.of(new OptimizerConfig.GrokfastEma(0.98, 2.0)),
        grokfast.optimizer().grokfastEma());
    assertEquals(1e-8, grokfast.optimizer().epsilon());
    assertEquals(
        ModularOperation.X2_PLUS_XY_PLUS_Y2, ((TaskConfig.Modular) grokfast.task()).operation());
    RunConfig stablemax =
        ConfigReader.read(GOLDEN.resolve("mlp_stablemax_orthogonal/spec.json"), List.of());
    assertEquals(1e-25, stablemax.optimizer().epsilon());
    assertEquals(Loss.STABLEMAX, stablemax.training().loss());
    assertTrue(stablemax.optimizer().orthogonalGradient());
    assertEquals(List.of(32, 24), ((ModelConfig.Mlp) stablemax.model()).hidden());
  }

  @ParameterizedTest
  @CsvSource({
    "1e-3, 0.001",
    "1E-3, 0.001",
    "1.e-3, 0.001",
    "+1e-3, 0.001",
    ".5, 0.5",
    "2, 2.0",
    "1_000e-6, 0.001",
    "3e-04, 0.0003",
    "0.25, 0.25"
  })
  void numbersInEveryNotation(String text, double expected) {
    assertEquals(
        expected, parse("optimizer: {learning_rate: " + text + "}").optimizer().learningRate());
  }

  @ParameterizedTest
  @CsvSource({
    "4e4, 40000",
    "40_000, 40000",
    "1.5e3, 1500",
    "+7, 7",
    "100.0, 100",
    "0, 0",
    "0e5, 0"
  })
  void wholeNumbersInEveryNotation(String text, long expected) {
    assertEquals(expected, parse("training: {steps: " + text + "}").training().steps());
  }

  @Test
  void seedsAreAllOf64Bits() {
    for (long seed : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
      assertEquals(seed, parse("{}", "training.seed=" + seed).training().seed());
    }
  }

  @Test
  void tabsMayIndentJsonButNotYaml(@TempDir Path folder) throws IOException {
    Path json =
        Files.writeString(folder.resolve("tabs.json"), "{\n\t\"training\": {\"steps\": 5}}");
    assertEquals(5, ConfigReader.read(json, List.of()).training().steps());
  }

  @Test
  void byteOrderMarksAndWindowsLineEndsDoNotMatter() {
    assertEquals(
        7, parse("\uFEFFtraining:\r\n  steps: 7 # seven\r\n  seed: 1\r\n").training().steps());
  }

  @Test
  void overridesWinOverTheFileAndLaterOverEarlier() {
    RunConfig config =
        parse(
            "optimizer: {learning_rate: 1, betas: [0.1, 0.2]}",
            "optimizer.learning_rate=2",
            "optimizer.learning_rate=3e-4",
            "optimizer.betas=[0.5, 0.6]",
            "task.format=a op b =",
            "training.batch_size=512");
    assertEquals(3e-4, config.optimizer().learningRate());
    assertEquals(0.5, config.optimizer().beta1());
    assertEquals(SequenceFormat.A_OP_B_EQUALS, config.task().format());
    assertEquals(OptionalInt.of(512), config.training().batchSize());
  }

  @Test
  void overridesMakeAndRemoveOptionalSections() {
    assertEquals(
        Optional.of(new StopConfig(500)), parse("{}", "stop.after_grokking_steps=500").stop());
    assertEquals(Optional.of(new StopConfig(500)), parse("stop: {}").stop());
    assertEquals(Optional.empty(), parse("stop: {}", "stop=null").stop());
    assertEquals(Optional.empty(), parse("stop:").stop());
    assertEquals(
        Optional.of(new OptimizerConfig.GrokfastEma(0.5, 2.0)),
        parse("{}", "optimizer.grokfast_ema={alpha: 0.5}").optimizer().grokfastEma());
    String file = "optimizer: {grokfast_ema: {alpha: 0.5, lambda: 3}}";
    assertEquals(
        Optional.of(new OptimizerConfig.GrokfastEma(0.5, 4.0)),
        parse(file, "optimizer.grokfast_ema.lambda=4").optimizer().grokfastEma());
    assertEquals(
        Optional.empty(), parse(file, "optimizer.grokfast_ema=null").optimizer().grokfastEma());
    assertEquals(
        Optional.empty(), parse("{}", "stop.after_grokking_steps=null").stop(), "nothing to clear");
  }

  @Test
  void nullBringsADefaultBack() {
    assertEquals(
        113,
        ((TaskConfig.Modular) parse("task: {modulus: 7}", "task.modulus=null").task()).modulus());
  }

  @Test
  void changingTheKindNeedsTheKeysOfTheOldOneGone() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> parse("model: {layers: 2}", "model.kind=mlp"));
    assertTrue(e.getMessage().contains("test.yaml:1:9: model.layers: belongs to"), e.getMessage());
    assertEquals(
        List.of(100),
        ((ModelConfig.Mlp) parse("model: {layers: 2}", "model={kind: mlp, hidden: [100]}").model())
            .hidden());
  }

  @Test
  void everyProblemIsReportedAtOnce() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                parse(
                    "task:\n  modulus: 1\nmodel:\n  layrs: 2\noptimizer:\n  betas: [0.9, 1.0]\n",
                    "training.steps=-1"));
    List<String> lines = e.getMessage().lines().toList();
    assertEquals(4, lines.size(), e.getMessage());
    assertTrue(lines.get(0).startsWith("test.yaml:2:12: task.modulus: \"1\""), lines.get(0));
    assertTrue(lines.get(1).startsWith("test.yaml:4:3: model.layrs: unknown key"), lines.get(1));
    assertTrue(lines.get(2).startsWith("test.yaml:6:16: optimizer.betas[1]: "), lines.get(2));
    assertTrue(lines.get(3).startsWith("--set training.steps=-1: training.steps: "), lines.get(3));
  }

  @Test
  void veryManyProblemsAreCounted() {
    StringBuilder yaml = new StringBuilder("task:\n");
    for (int i = 0; i < 50; i++) {
      yaml.append("  unknown_").append(i).append(": 1\n");
    }
    ConfigException e = assertThrows(ConfigException.class, () -> parse(yaml.toString()));
    assertEquals(21, e.getMessage().lines().count());
    assertTrue(e.getMessage().endsWith("and 30 more problems"), e.getMessage());
  }

  @Test
  void aConfigurationCanBeOverriddenWithoutItsFile() {
    RunConfig config = parse("training: {steps: 5}");
    assertEquals(
        parse("training: {steps: 5, seed: 9}"),
        ConfigReader.override(config, List.of("training.seed=9")));
  }

  @Test
  void theSchemaDescribesEveryKey() {
    List<String> lines = ConfigSchema.describe();
    assertEquals(ConfigSchema.keys().size(), lines.size());
    assertTrue(
        lines.contains(
            "task.modulus: 113  # p; operands are 0..p-1 (task.kind modular);"
                + " a whole number from 2 to 2000"),
        lines.toString());
  }
}
