package longrun.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import longrun.config.SweepConfig.Axis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SweepConfigTest {
  private static ConfigReader.Sweep parse(String yaml, String... overrides) {
    return ConfigReader.parseSweep(yaml, "sweep.yaml", List.of(overrides));
  }

  @Test
  void axesOfEveryForm() {
    ConfigReader.Sweep sweep =
        parse(
            """
            training: {steps: 5}
            sweep:
              training.seed: {from: -1, count: 3}
              task.train_fraction: [0.3, 0.4]
              optimizer.learning_rate: {log_range: [1e-4, 1e-2], points: 3}
              optimizer.grokfast_ema: [null, {alpha: 0.9}]
              task.format: ["a b =", a op b =]
              training.batch_size: [full, 512]
            """);
    assertEquals(5, sweep.base().training().steps());
    assertEquals(
        List.of(
            "training.seed",
            "task.train_fraction",
            "optimizer.learning_rate",
            "optimizer.grokfast_ema",
            "task.format",
            "training.batch_size"),
        List.copyOf(sweep.sweep().axes().keySet()));
    assertEquals(new Axis.Counted(-1, 3), sweep.sweep().axes().get("training.seed"));
    assertEquals(List.of("-1", "0", "1"), values(sweep, "training.seed"));
    assertEquals(List.of("0.3", "0.4"), values(sweep, "task.train_fraction"));
    assertEquals(List.of("1e-4", "0.001", "0.01"), values(sweep, "optimizer.learning_rate"));
    assertEquals(List.of("null", "{alpha: 0.9}"), values(sweep, "optimizer.grokfast_ema"));
    assertEquals(List.of("full", "512"), values(sweep, "training.batch_size"));
    assertEquals(3 * 2 * 3 * 2 * 2 * 2, sweep.sweep().points());
  }

  @Test
  void everyValueIsAnOverrideAsItStands() {
    ConfigReader.Sweep sweep =
        parse("sweep: {task.format: [\"a b =\", a op b =], optimizer.betas: [[0.5, 0.6]]}");
    RunConfig point =
        ConfigReader.override(
            sweep.base(),
            List.of(
                "task.format=" + values(sweep, "task.format").get(1),
                "optimizer.betas=" + values(sweep, "optimizer.betas").get(0)));
    assertEquals(SequenceFormat.A_OP_B_EQUALS, point.task().format());
    assertEquals(0.6, point.optimizer().beta2());
  }

  @Test
  void axesCanBeOverridden() {
    ConfigReader.Sweep sweep =
        parse(
            "sweep: {training.seed: [1, 2], task.modulus: [5, 7]}",
            "sweep.training.seed={from: 0, count: 8}",
            "sweep.task.modulus=null",
            "training.steps=9");
    assertEquals(8, sweep.sweep().points());
    assertEquals(9, sweep.base().training().steps());
  }

  @Test
  void aSingleRunCanBeTakenOutOfASweepFile() {
    RunConfig config =
        ConfigReader.parse("sweep: {training.seed: [1, 2]}", "f", List.of("sweep=null"));
    assertEquals(0, config.training().seed());
  }

  @Test
  void theFileIsReadToo(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("s.yaml"), "sweep: {training.seed: [4]}\n");
    assertEquals(List.of("4"), values(ConfigReader.readSweep(file, List.of()), "training.seed"));
  }

  @Test
  void tenMillionRunsAreReadAtOnceAndInLittleMemory() {
    ConfigReader.Sweep sweep =
        parse(
            """
            sweep:
              training.seed: {from: 5, count: 10000000}
              optimizer.learning_rate: {log_range: [1e-4, 1e-1], points: 20}
              task.split_seed: {from: 0, count: 10}
            """);
    assertEquals(2_000_000_000L, sweep.sweep().points());
    List<String> seeds = values(sweep, "training.seed");
    assertEquals(10_000_000, seeds.size());
    assertEquals("5", seeds.getFirst());
    assertEquals("10000004", seeds.getLast());
    assertThrows(IndexOutOfBoundsException.class, () -> seeds.get(10_000_000));
    assertThrows(UnsupportedOperationException.class, () -> seeds.set(0, "6"));
    assertEquals(
        values(parse("sweep: {training.seed: {from: 5, count: 10000000}}"), "training.seed"),
        seeds);
  }

  @Test
  void listsThatAreWrittenDifferentlyCanBeEqual() {
    List<String> counted =
        values(parse("sweep: {training.seed: {from: 3, count: 2}}"), "training.seed");
    assertEquals(List.of("3", "4"), counted);
    assertEquals(counted, List.of("3", "4"));
    assertEquals(List.of("3", "4").hashCode(), counted.hashCode());
    assertNotEquals(
        values(parse("sweep: {training.seed: {from: 3, count: 3}}"), "training.seed"), counted);
  }

  private static List<String> values(ConfigReader.Sweep sweep, String key) {
    return sweep.sweep().axes().get(key).values();
  }

  /** The text, how the message begins after the file's name, and sometimes a part of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "training: {steps: 5}             | :1:1: sweep: there is no sweep here",
        "sweep:                           | :1:1: sweep: there is no sweep here",
        "sweep: {}                        | :1:8: sweep: | is no map of axes",
        "sweep: [training.seed]           | :1:8: sweep: | is no map of axes",
        "sweep: {training.sed: [1]}       | :1:9: sweep.training.sed: | mean training.seed?",
        "sweep: {seed: [1]}               | :1:9: sweep.seed: unknown key",
        "sweep: {training: [1]}           | :1:9: sweep.training: is a section | seed, steps",
        "sweep: {task.kind: [modular]}    | :1:9: sweep.task.kind: | sweep each kind by itself",
        "sweep: {training.seed: 5}        | :1:24: sweep.training.seed: \"5\" is no axis | {from:",
        "sweep: {training.seed: []}       | :1:24: sweep.training.seed: has 0 values",
        "sweep: {training.seed: [1, 2, 1]} | :1:31: sweep.training.seed: 1 is listed twice",
        "sweep: {training.seed: [1, x]}   | :1:28: training.seed: \"x\" is not a whole number",
        "sweep: {training.seed: {from: 1}} | :1:24: sweep.training.seed: | has no count",
        "sweep: {training.seed: {from: 1, count: 0}} | :1:41: sweep.training.seed.count: | from 1",
        "sweep: {training.seed: {from: 1, count: 2, by: 3}} | :1:44: sweep.training.seed.by: |"
            + " unknown",
        "sweep: {task.modulus: {from: 1999, count: 3}} | :1:23: task.modulus: \"2001\" is out of",
        "sweep: {model.hidden: [[3]]}     | :1:24: model.hidden: belongs to model.kind: mlp",
        "sweep: {optimizer.epsilon: {log_range: [1, 1e-9], points: 3}} | :1:40:"
            + " sweep.optimizer.epsilon.log_range: | does not ascend",
        "sweep: {optimizer.epsilon: {log_range: [0, 1], points: 3}} | :1:41:"
            + " sweep.optimizer.epsilon.log_range[0]: | out of range",
        "sweep: {optimizer.epsilon: {log_range: [1e-9, 2], points: 3}} | :1:28: optimizer.epsilon:"
            + " \"2.0\" is out of",
        "sweep: {training.steps: {log_range: [1, 2], points: 3}} | :1:25: training.steps: | whole"
            + " number",
        "{task: {operation: divide}, sweep: {task.modulus: [5, 6]}} | :1:55: task.modulus: 6 is not"
            + " prime",
        "sweep: {training.seed: {from: 0, count: 99999}, task.split_seed: {from: 0, count: 99999}}"
            + " | :1:1: sweep: | 1.000e+10 runs; allowed: up to 2,147,483,647",
        "sweep: {training.seed: {from: 0, count: 2147483648}} | :1:41:"
            + " sweep.training.seed.count: | from 1 to 2147483647",
        "sweep: {optimizer.epsilon: {log_range: [0.5, 0.500001], points: 9000000}} | :1:65:"
            + " sweep.optimizer.epsilon.points: | too close together; allowed: fewer",
        "sweep: {training.warmup_steps: [1]} | :1:9: sweep.training.warmup_steps: | mean"
            + " optimizer.warmup_steps?",
        "sweep: {training.steps: {log_range: [1, 1e6], points: 20000}} | :1:25: training.steps: |"
            + " whole number",
        "sweep: {model.d_mlp: {from: 1, count: 20000}} | :1:22: model.d_mlp: | from 1 to 16384",
        "{task: {modulus: 1}, sweep: {training.seed: [1]}} | :1:18: task.modulus: | out of range",
      })
  void aBrokenSweepIsRefusedWithItsPlace(String row) {
    List<String> columns = Stream.of(row.split("\\|", -1)).map(String::strip).toList();
    String yaml = columns.getFirst();
    String message = assertThrows(ConfigException.class, () -> parse(yaml)).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.startsWith("sweep.yaml" + columns.get(1)), message);
    assertTrue(message.contains(columns.getLast()), message);
  }
}
