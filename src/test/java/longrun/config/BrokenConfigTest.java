package longrun.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Broken configurations: each has to be refused with its place, its path and helpful words. */
class BrokenConfigTest {
  @TempDir Path folder;

  /**
   * Line and column where the error is, its path (empty for what is not about a key), and what the
   * message says besides.
   */
  private static Arguments broken(String yaml, String at, String path, String... parts) {
    return Arguments.of(yaml, at, path, List.of(parts));
  }

  static Stream<Arguments> brokenFiles() {
    return Stream.of(
        // unknown keys
        broken("optimzer:\n  kind: adamw\n", "1:1", "optimzer", "unknown", "mean optimizer?"),
        broken(
            "optimizer:\n  lerning_rate: 1\n",
            "2:3",
            "optimizer.lerning_rate",
            "unknown key",
            "did you mean optimizer.learning_rate?",
            "keys here: kind, learning_rate"),
        broken("learning_rate: 1e-3\n", "1:1", "learning_rate", "mean optimizer.learning_rate?"),
        broken("model: {seed: 3}\n", "1:9", "model.seed", "mean training.seed?"),
        broken("training: {kernels: 3}\n", "1:12", "training.kernels", "keys here: seed, steps"),
        broken(
            "optimizer.learning_rate: 1\n",
            "1:1",
            "optimizer.learning_rate",
            "sections are nested; write optimizer: {learning_rate: ...}"),
        broken(
            "optimizer:\n  grokfast_ema:\n    alpah: 0.9\n",
            "3:5",
            "optimizer.grokfast_ema.alpah",
            "did you mean optimizer.grokfast_ema.alpha?"),
        broken("grokfast_ema: {}\n", "1:1", "grokfast_ema", "mean optimizer.grokfast_ema?"),
        broken("evaluation: {Every: 3}\n", "1:14", "evaluation.Every", "mean evaluation.every?"),
        broken("swep: {}\n", "1:1", "swep", "did you mean sweep?"),
        broken("\"\": 3\n", "1:1", "unknown key", "keys here: task, model"),
        // keys of another kind
        broken(
            "model:\n  kind: mlp\n  layers: 2\n",
            "3:3",
            "model.layers",
            "belongs to model.kind: transformer, but model.kind is mlp",
            "keys here: kind, hidden, bias, activation"),
        broken(
            "model:\n  hidden: [3]\n",
            "2:3",
            "model.hidden",
            "belongs to model.kind: mlp, but model.kind is transformer"),
        broken(
            "task: {kind: permutation, modulus: 5}\n",
            "1:27",
            "task.modulus",
            "belongs to task.kind: modular, but task.kind is permutation"),
        broken("task: {degree: 4}\n", "1:8", "task.degree", "belongs to task.kind: permutation"),
        broken(
            "task: {kind: permutation, operation: add}\n",
            "1:38",
            "task.operation",
            "\"add\"",
            "allowed: compose | conjugate | sandwich"),
        // wrong types
        broken(
            "optimizer: {learning_rate: fast}\n",
            "1:28",
            "optimizer.learning_rate",
            "\"fast\" is not a number",
            "allowed: a number x, 0 < x <= 1000"),
        broken(
            "optimizer: {learning_rate: \"1e-3\"}\n",
            "1:28",
            "optimizer.learning_rate",
            "remove the quotes"),
        broken("training: {steps: [1]}\n", "1:19", "training.steps", "the list [1] is not a whole"),
        broken("training: {steps: 1.5}\n", "1:19", "training.steps", "\"1.5\" is not a whole"),
        broken("training: {steps: 1e-999999999}\n", "1:19", "training.steps", "is not a whole"),
        broken("training: {seed: true}\n", "1:18", "training.seed", "\"true\" is not a whole"),
        broken("training: {seed: 0x1F}\n", "1:18", "training.seed", "is not a whole number"),
        broken("training: {seed: 010}\n", "1:18", "training.seed", "begins with 0"),
        broken("training: {seed: 1:30}\n", "1:18", "training.seed", "is not a whole number"),
        broken(
            "model: {mlp_bias: yes}\n",
            "1:19",
            "model.mlp_bias",
            "\"yes\"",
            "allowed: true | false"),
        broken("model: {mlp_bias: \"true\"}\n", "1:19", "model.mlp_bias", "allowed: true | false"),
        broken("model: {mlp_bias: 1}\n", "1:19", "model.mlp_bias", "allowed: true | false"),
        broken("task: 5\n", "1:7", "task", "is a section, but has \"5\"", "kind, operation"),
        broken("task: [modulus, 5]\n", "1:7", "task", "is a section, but has the list"),
        broken("task:\n", "1:6", "task", "is a section, but has nothing"),
        broken("stop: 500\n", "1:7", "stop", "is a section", "after_grokking_steps", "or null"),
        broken(
            "optimizer: {grokfast_ema: true}\n",
            "1:27",
            "optimizer.grokfast_ema",
            "(alpha, lambda)"),
        broken(
            "optimizer: {learning_rate: {a: 1}}\n",
            "1:28",
            "optimizer.learning_rate",
            "the map {a: 1} is not a number"),
        broken("optimizer: {betas: 0.9}\n", "1:20", "optimizer.betas", "\"0.9\" is not a list"),
        broken("optimizer: {betas: [0.9]}\n", "1:20", "optimizer.betas", "has 1 element", "of 2"),
        broken(
            "optimizer: {betas: [0.9, x]}\n",
            "1:26",
            "optimizer.betas[1]",
            "\"x\" is not a number"),
        broken("model: {kind: mlp, hidden: 200}\n", "1:28", "model.hidden", "is not a list"),
        broken("model: {kind: mlp, hidden: []}\n", "1:28", "model.hidden", "has 0 elements"),
        broken("model: {kind: mlp, hidden: [2, [3]]}\n", "1:32", "model.hidden[1]", "the list [3]"),
        broken(
            "training:\n  steps:\n  seed: 1\n", "2:3", "training.steps", "has no value", "40000"),
        broken("training: {loss: null}\n", "1:12", "training.loss", "has no value"),
        // out of range
        broken("task: {modulus: 1}\n", "1:17", "task.modulus", "out of range", "from 2 to 2000"),
        broken("task: {modulus: 2001}\n", "1:17", "task.modulus", "from 2 to 2000"),
        broken("task: {modulus: 1e30}\n", "1:17", "task.modulus", "\"1e30\" is out of range"),
        broken("task: {modulus: 1e999999999}\n", "1:17", "task.modulus", "is out of range"),
        broken("task: {train_fraction: 0}\n", "1:24", "task.train_fraction", "0 < x <= 1"),
        broken("task: {train_fraction: 30%}\n", "1:24", "task.train_fraction", "not a number"),
        broken("task: {train_fraction: 1.01}\n", "1:24", "task.train_fraction", "out of range"),
        broken("task: {label_noise: -0.1}\n", "1:21", "task.label_noise", "0 <= x <= 1"),
        broken("task: {kind: permutation, degree: 7}\n", "1:35", "task.degree", "from 3 to 6"),
        broken("model: {layers: 0}\n", "1:17", "model.layers", "from 1 to 64"),
        broken("model: {d_model: 1000000}\n", "1:18", "model.d_model", "from 1 to 4096"),
        broken("model: {heads: -4}\n", "1:16", "model.heads", "out of range"),
        broken("optimizer: {learning_rate: 0}\n", "1:28", "optimizer.learning_rate", "0 < x"),
        broken("optimizer: {learning_rate: .nan}\n", "1:28", "optimizer.learning_rate", "finite"),
        broken("optimizer: {learning_rate: -.inf}\n", "1:28", "optimizer.learning_rate", "finite"),
        broken("optimizer: {learning_rate: 1e999}\n", "1:28", "optimizer.learning_rate", "finite"),
        broken("optimizer: {weight_decay: -1}\n", "1:27", "optimizer.weight_decay", "0 <= x"),
        broken("optimizer: {betas: [1, 0.9]}\n", "1:21", "optimizer.betas[0]", "x < 1"),
        broken("optimizer: {epsilon: 0}\n", "1:22", "optimizer.epsilon", "1e-37 <= x <= 1"),
        broken("optimizer: {warmup_steps: -1}\n", "1:27", "optimizer.warmup_steps", "from 0"),
        broken("training: {steps: -1}\n", "1:19", "training.steps", "from 0 to"),
        broken(
            "training: {batch_size: 0}\n",
            "1:24",
            "training.batch_size",
            "allowed: full or a whole number from 1"),
        broken("training: {batch_size: ful}\n", "1:24", "training.batch_size", "allowed: full or"),
        broken("training: {seed: 9223372036854775808}\n", "1:18", "training.seed", "of 64 bits"),
        broken("evaluation: {every: 0}\n", "1:21", "evaluation.every", "from 1 to"),
        broken("evaluation: {consecutive: 0}\n", "1:27", "evaluation.consecutive", "from 1"),
        broken("checkpoint: {keep: 0}\n", "1:20", "checkpoint.keep", "from 1 to"),
        broken("stop: {after_grokking_steps: -1}\n", "1:30", "stop.after_grokking_steps", "from 0"),
        // choices
        broken(
            "training: {loss: cross_entrpy}\n",
            "1:18",
            "training.loss",
            "did you mean cross_entropy?",
            "allowed: cross_entropy | mse | stablemax"),
        broken("task: {operation: plus}\n", "1:19", "task.operation", "allowed: add | subtract"),
        broken(
            "task: {format: a b}\n",
            "1:16",
            "task.format",
            "did you mean a b =?",
            "allowed: \"a b =\" | \"a op b =\""),
        broken("model: {kind: transfomer}\n", "1:15", "model.kind", "did you mean transformer?"),
        broken("model: {activation: ReLU}\n", "1:21", "model.activation", "did you mean relu?"),
        broken("training: {precision: fp64}\n", "1:23", "training.precision", "fp32 | tf32 | bf16"),
        // between keys
        broken(
            "task:\n  operation: divide\n  modulus: 114\n",
            "3:12",
            "task.modulus",
            "114 is not prime",
            "task.operation divide",
            "nearest: 113 and 127"),
        broken(
            "task: {operation: divide_or_subtract, modulus: 4}\n",
            "1:48",
            "task.modulus",
            "nearest: 3 and 5"),
        broken(
            "model: {layers: 64, d_model: 4096, d_mlp: 16384}\n",
            "1:1",
            "model",
            "parameters; allowed: up to"),
        // syntax
        broken("", "1:1", "the configuration is empty"),
        broken("# nothing but a comment\n", "1:1", "the configuration is empty"),
        broken("---\n", "1:1", "the configuration is empty"),
        broken("- task\n- model\n", "1:1", "a configuration is a map of sections (task, model"),
        broken("hello\n", "1:1", "a configuration is a map of sections"),
        broken("task: {modulus: 5\n", "2:1", "not valid YAML", "flow mapping"),
        broken("optimizer:\n  betas: [0.9, 0.98\n", "3:1", "not valid YAML", "flow sequence"),
        broken("task:\n  format: \"a b =\n", "3:1", "not valid YAML", "quoted scalar"),
        broken("task:\n\tmodulus: 5\n", "2:1", "not valid YAML", "TAB"),
        broken("task:\n  modulus: 5\n kind: modular\n", "3:2", "not valid YAML"),
        broken("task: {modulus: 5}}\n", "1:19", "not valid YAML"),
        broken("task: {}\ntask: {}\n", "2:1", "task", "this key was given before, at", ":1:1"),
        broken(
            "training:\n  seed: 1\n  steps: 2\n  seed: 3\n",
            "4:3",
            "training.seed",
            "this key was given"),
        broken("task: {}\n---\nmodel: {}\n", "3:1", "a second document"),
        broken("task: &t {modulus: 5}\n", "1:7", "task", "YAML anchors (&name) are not supported"),
        broken(
            "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
            "1:4",
            "a",
            "YAML anchors (&name) are not supported"),
        broken("training: {seed: &s 5}\n", "1:18", "training.seed", "YAML anchors"),
        broken("task: *nowhere\n", "1:7", "task", "YAML aliases (*name) are not supported"),
        broken(
            "task: !!java.net.URL [http://localhost]\n",
            "1:7",
            "task",
            "YAML tags (!name) are not supported"),
        broken("? [1, 2]\n: 3\n", "1:4", "a key has to be a single word"),
        broken("task: " + "[".repeat(500) + "]".repeat(500) + "\n", "1:23", "nested more than"),
        broken("task: {modulus: \"5\u0000\"}\n", "1:19", "character U+0000"),
        // a sweep
        broken(
            "sweep:\n  training.seed: [1, 2]\n",
            "1:1",
            "sweep",
            "longrun sweep",
            "--set sweep=null"));
  }

  @ParameterizedTest
  @MethodSource("brokenFiles")
  void aBrokenFileIsRefusedWithItsPlace(String yaml, String at, String path, List<String> parts)
      throws IOException {
    Path file = Files.writeString(folder.resolve("broken.yaml"), yaml);
    String message = refusal(file);
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.startsWith(file + ":" + at + (at.isEmpty() ? "" : ": ") + path), message);
    for (String part : parts) {
      assertTrue(message.contains(part), "no \"" + part + "\" in: " + message);
    }
  }

  @Test
  void thereAreEnoughOfThem() {
    assertTrue(brokenFiles().count() >= 40);
  }

  private static Arguments override(String override, String path, String... parts) {
    return Arguments.of(override, path, List.of(parts));
  }

  static Stream<Arguments> brokenOverrides() {
    return Stream.of(
        override(
            "optimizer.learning_rate=fast", "optimizer.learning_rate", "\"fast\" is not a number"),
        override("optimizer.lr=1", "optimizer.lr", "unknown key", "mean optimizer.learning_rate?"),
        override("optimizer.wd=1", "optimizer.wd", "unknown key", "mean optimizer.weight_decay?"),
        override("training.lr=1", "training.lr", "unknown key", "mean optimizer.learning_rate?"),
        override("optimizer.learningrate=1", "optimizer.learningrate", "optimizer.learning_rate?"),
        override("learning_rate=1", "learning_rate", "did you mean optimizer.learning_rate?"),
        override("learning_rte=null", "learning_rte", "did you mean optimizer.learning_rate?"),
        override("optimizer.lr=null", "optimizer.lr", "unknown key"),
        override("nothing", "is not of the form KEY=VALUE"),
        override("=3", "is not of the form KEY=VALUE"),
        override("training.steps=", "training.steps", "has no value"),
        override("training.seed.deep=3", "training.seed.deep", "seed is no section"),
        override("training..seed=3", "training.", "unknown key"),
        override("training.steps=[1, 2", "not valid YAML"),
        override("training.steps=&a 5", "YAML anchors (&name) are not supported"),
        override("model.hidden=[200,200]", "model.hidden", "belongs to model.kind: mlp"),
        override("task.modulus=0", "task.modulus", "from 2 to 2000"),
        override("task=7", "task", "is a section"),
        override("stop.after=5", "stop.after", "keys here: after_grokking_steps"),
        override("sweep.training.seed=[1]", "sweep", "longrun sweep"));
  }

  @ParameterizedTest
  @MethodSource("brokenOverrides")
  void aBrokenOverrideIsRefusedWithItself(String override, String path, List<String> parts) {
    String yaml = "training: {seed: 1}\n";
    String message =
        assertThrows(
                ConfigException.class,
                () -> ConfigReader.parse(yaml, "fine.yaml", List.of("task.modulus=7", override)))
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.startsWith("--set " + override + ": " + path), message);
    for (String part : parts) {
      assertTrue(message.contains(part), "no \"" + part + "\" in: " + message);
    }
  }

  @Test
  void aMissingFile() {
    Path file = folder.resolve("missing.yaml");
    assertEquals(file + ": there is no such file", refusal(file));
  }

  @Test
  void aFolder() {
    assertEquals(folder + ": is a folder, not a file", refusal(folder));
  }

  @Test
  void bytesThatAreNoText() throws IOException {
    Path file = folder.resolve("latin1.yaml");
    Files.write(file, "task: {}\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(file + ":2: not UTF-8 text (at byte 14 of the file)", refusal(file));
  }

  @Test
  void aHugeFile() throws IOException {
    Path file = folder.resolve("huge.yaml");
    Files.writeString(file, "# padding\n".repeat(200_000));
    assertEquals(file + ": is larger than the 1048576 bytes allowed", refusal(file));
  }

  @Test
  void brokenJsonIsLocatedToo() throws IOException {
    Path file = folder.resolve("broken.json");
    Files.writeString(file, "{\"training\": {\n\"steps\": 5,\n}}");
    String message = refusal(file);
    assertTrue(message.startsWith(file + ":3:"), message);
    Files.writeString(file, "{\"training\": {\n\"steps\": \"5\"}}");
    message = refusal(file);
    assertTrue(message.startsWith(file + ":2:10: training.steps: "), message);
  }

  @Test
  void everyTruncationOfAConfigurationIsReadOrRefusedWithAPlace() {
    String yaml = ConfigWriter.toYaml(ConfigReader.parse("{}", "full", List.of("stop={}")));
    int refused = 0;
    for (int length = 0; length < yaml.length(); length++) {
      try {
        ConfigReader.parse(yaml.substring(0, length), "cut.yaml", List.of());
      } catch (ConfigException e) {
        assertTrue(e.getMessage().startsWith("cut.yaml:"), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > yaml.length() / 2, refused + " of " + yaml.length());
  }

  @Test
  void manglingAConfigurationNeverCausesAnotherException() {
    String yaml =
        ConfigWriter.toYaml(ConfigReader.parse("{}", "full", List.of("stop={}")))
            + "sweep: {training.seed: {from: 0, count: 2}, task.format: [\"a b =\"]}\n";
    String strange = "{}[]:,-?&*!|>'\"%@`#\\\t\n 0e.~\u00e9\u2028\ud83d\ude00\uffff\u0000";
    Random random = new Random(7);
    for (int i = 0; i < 1500; i++) {
      StringBuilder mangled = new StringBuilder(yaml);
      for (int change = random.nextInt(3); change >= 0; change--) {
        int at = random.nextInt(mangled.length());
        char c = strange.charAt(random.nextInt(strange.length()));
        switch (random.nextInt(3)) {
          case 0 -> mangled.insert(at, c);
          case 1 -> mangled.setCharAt(at, c);
          default -> mangled.delete(at, Math.min(mangled.length(), at + random.nextInt(40)));
        }
      }
      try {
        ConfigReader.parseSweep(mangled.toString(), "mangled.yaml", List.of());
      } catch (ConfigException e) {
        assertTrue(
            e.getMessage().lines().allMatch(l -> l.matches("mangled.yaml:\\d+:\\d+: .+|and .+")),
            e.getMessage());
      }
    }
  }

  @Test
  void longValuesAreShortened() {
    String message =
        assertThrows(
                ConfigException.class,
                () ->
                    ConfigReader.parse("task: {modulus: " + "9".repeat(5000) + "}", "f", List.of()))
            .getMessage();
    assertTrue(message.length() < 300, message);
    assertFalse(message.contains("9".repeat(61)), message);
  }

  private static String refusal(Path file) {
    return assertThrows(ConfigException.class, () -> ConfigReader.read(file, List.of()))
        .getMessage();
  }
}
