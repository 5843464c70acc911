package longrun.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConfigWriterTest {
  @Test
  void writesEveryKeyInAStableOrder() {
    RunConfig config = ConfigReader.parse("{}", "defaults", List.of());
    assertEquals(
        """
        task:
          kind: modular
          operation: add
          modulus: 113
          format: "a b ="
          train_fraction: 0.3
          split_seed: 0
          label_noise: 0.0
        model:
          kind: transformer
          layers: 1
          d_model: 128
          heads: 4
          d_head: 32
          d_mlp: 512
          activation: relu
          normalization: none
          positional: learned
          attention_bias: false
          mlp_bias: true
          unembed_bias: false
          unembed_all_tokens: true
          initialization: normal_fan_in
          initialization_scale: 1.0
        optimizer:
          kind: adamw
          learning_rate: 0.001
          weight_decay: 1.0
          betas: [0.9, 0.98]
          epsilon: 1e-8
          warmup_steps: 10
          grokfast_ema: null
          orthogonal_gradient: false
        training:
          seed: 0
          steps: 40000
          batch_size: full
          loss: cross_entropy
          precision: fp32
        evaluation:
          every: 10
          accuracy_threshold: 0.99
          consecutive: 3
        checkpoint:
          every: 1000
          keep: 3
        stop: null
        """,
        ConfigWriter.toYaml(config));
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Random random = new Random(20220106);
    for (int i = 0; i < 500; i++) {
      List<String> overrides = overrides(random);
      RunConfig config = ConfigReader.parse("{}", "generated", overrides);
      String yaml = ConfigWriter.toYaml(config);
      RunConfig again = ConfigReader.parse(yaml, "written", List.of());
      assertEquals(config, again, overrides + "\n" + yaml);
      assertEquals(yaml, ConfigWriter.toYaml(again));
    }
  }

  @Test
  void axesAreWrittenAsTheyWere() {
    String axes =
        """
        sweep:
          training.seed: {from: -2, count: 10000000}
          optimizer.learning_rate: {log_range: [1e-4, 0.1], points: 7}
          task.train_fraction: [0.3, 0.4]
          optimizer.grokfast_ema: [null, {alpha: 0.9}]
          task.format: ["a b =", "a op b ="]
        """;
    ConfigReader.Sweep sweep = ConfigReader.parseSweep(axes, "axes", List.of());
    String yaml = ConfigWriter.toYaml(sweep);
    assertEquals(ConfigWriter.toYaml(sweep.base()) + axes, yaml);
    assertEquals(sweep, ConfigReader.parseSweep(yaml, "written", List.of()));
  }

  /** A valid configuration with about half its keys given, each anywhere in its range. */
  private static List<String> overrides(Random random) {
    List<String> all = new ArrayList<>();
    boolean modular = random.nextBoolean();
    all.add("task.kind=" + (modular ? "modular" : "permutation"));
    if (modular) {
      all.add("task.operation=" + constant(random, ModularOperation.class));
      all.add("task.modulus=" + List.of(2, 3, 97, 113, 1999).get(random.nextInt(5)));
    } else {
      all.add("task.operation=" + constant(random, PermutationOperation.class));
      maybe(random, all, "task.degree=" + (3 + random.nextInt(4)));
    }
    maybe(random, all, "task.format=\"" + (random.nextBoolean() ? "a b =" : "a op b =") + "\"");
    maybe(random, all, "task.train_fraction=" + (1 - random.nextDouble()));
    maybe(random, all, "task.split_seed=" + random.nextLong());
    maybe(random, all, "task.label_noise=" + random.nextDouble());
    if (random.nextBoolean()) {
      maybe(random, all, "model.layers=" + (1 + random.nextInt(3)));
      maybe(random, all, "model.d_model=" + (1 + random.nextInt(300)));
      maybe(random, all, "model.heads=" + (1 + random.nextInt(9)));
      maybe(random, all, "model.d_head=" + (1 + random.nextInt(70)));
      maybe(random, all, "model.d_mlp=" + (1 + random.nextInt(1000)));
      maybe(random, all, "model.normalization=" + constant(random, Normalization.class));
      maybe(random, all, "model.positional=" + constant(random, Positional.class));
      for (String flag :
          List.of("attention_bias", "mlp_bias", "unembed_bias", "unembed_all_tokens")) {
        maybe(random, all, "model." + flag + "=" + random.nextBoolean());
      }
    } else {
      all.add("model.kind=mlp");
      int layers = 1 + random.nextInt(4);
      maybe(
          random,
          all,
          "model.hidden="
              + IntStream.range(0, layers).map(_ -> 1 + random.nextInt(900)).boxed().toList());
      maybe(random, all, "model.bias=" + random.nextBoolean());
    }
    maybe(random, all, "model.activation=" + constant(random, Activation.class));
    maybe(random, all, "model.initialization=" + constant(random, Initialization.class));
    maybe(random, all, "model.initialization_scale=" + positive(random));
    maybe(random, all, "optimizer.kind=" + constant(random, OptimizerKind.class));
    maybe(random, all, "optimizer.learning_rate=" + positive(random));
    maybe(random, all, "optimizer.weight_decay=" + positive(random));
    maybe(random, all, "optimizer.betas=[" + random.nextDouble() + "," + random.nextDouble() + "]");
    maybe(random, all, "optimizer.epsilon=" + Math.pow(10, -37 * random.nextDouble()));
    maybe(random, all, "optimizer.warmup_steps=" + random.nextInt(1000));
    maybe(random, all, "optimizer.grokfast_ema.alpha=" + random.nextDouble());
    maybe(random, all, "optimizer.grokfast_ema.lambda=" + positive(random));
    maybe(random, all, "optimizer.orthogonal_gradient=" + random.nextBoolean());
    maybe(random, all, "training.seed=" + random.nextLong());
    maybe(random, all, "training.steps=" + random.nextInt(1_000_000_000));
    maybe(random, all, "training.batch_size=" + (1 + random.nextInt(10_000_000)));
    maybe(random, all, "training.loss=" + constant(random, Loss.class));
    maybe(random, all, "training.precision=" + constant(random, Precision.class));
    maybe(random, all, "evaluation.every=" + (1 + random.nextInt(1_000_000_000)));
    maybe(random, all, "evaluation.accuracy_threshold=" + (1 - random.nextDouble()));
    maybe(random, all, "evaluation.consecutive=" + (1 + random.nextInt(100)));
    maybe(random, all, "checkpoint.every=" + (1 + random.nextInt(1_000_000_000)));
    maybe(random, all, "checkpoint.keep=" + (1 + random.nextInt(100)));
    maybe(random, all, "stop.after_grokking_steps=" + random.nextInt(1_000_000_000));
    return all;
  }

  private static void maybe(Random random, List<String> overrides, String override) {
    if (random.nextBoolean()) {
      overrides.add(override);
    }
  }

  private static double positive(Random random) {
    return Math.pow(10, 9 * random.nextDouble() - 7);
  }

  private static <E extends Enum<E>> String constant(Random random, Class<E> type) {
    ValueType<E> names = ValueTypes.constant(type);
    return names.write(type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)]);
  }
}
