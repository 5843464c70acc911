package longrun.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.engine.RunState;
import longrun.model.Tensors;
import longrun.store.Checkpoints;
import longrun.store.RunFolder;
import longrun.store.Summary;

/** Small runs, and what it means that two came out the same. */
final class Runs {
  private static final String YAML =
      """
      task: {kind: modular, operation: add, modulus: 5, train_fraction: 0.5}
      model: {kind: mlp, hidden: [4], bias: true}
      optimizer: {grokfast_ema: {alpha: 0.9, lambda: 1.0}}
      training: {steps: 100, seed: 3}
      evaluation: {every: 10, consecutive: 3}
      checkpoint: {every: 20, keep: 3}
      """;

  private Runs() {}

  /** Modulo 5, an MLP, 100 steps, evaluated every 10, checkpoints every 20; with overrides. */
  static PreparedRun prepare(String... overrides) {
    return PreparedRun.of(
        ConfigReader.parse(YAML, "test.yaml", List.of(overrides)), Optional.empty());
  }

  static Summary start(Path folder, PreparedRun run, ToyEngine engine) {
    return Trainer.start(
            folder, run, Optional.empty(), engine, new StopSignal(), TrainingListener.NONE)
        .summary();
  }

  static TrainingResult resume(Path folder, ToyEngine engine) {
    return Trainer.resume(folder, engine, new StopSignal(), TrainingListener.NONE);
  }

  /** The state of the newest checkpoint. */
  static RunState newest(Path path, PreparedRun run) {
    return restored(path, run).checkpoint().state();
  }

  static Checkpoints.Restored restored(Path path, PreparedRun run) {
    RunFolder folder = RunFolder.open(path);
    return folder.checkpoints().newest(OpenRun.expectation(run, folder));
  }

  /** metrics.csv as it stands, its seconds left out. */
  static List<String> metrics(Path folder) throws IOException {
    return Files.readString(folder.resolve("metrics.csv"))
        .lines()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  /** Final parameters, optimizer state, metrics and outcome are the same, bit for bit. */
  static void assertSame(Path expected, Path actual, PreparedRun run) throws IOException {
    assertEquals(metrics(expected), metrics(actual));
    assertSame(newest(expected, run), newest(actual, run));
    Summary a = RunFolder.open(expected).summary().orElseThrow();
    Summary b = RunFolder.open(actual).summary().orElseThrow();
    assertEquals(a.memorisedAt(), b.memorisedAt());
    assertEquals(a.grokkedAt(), b.grokkedAt());
    assertEquals(a.last(), b.last());
    assertEquals(a.stopReason(), b.stopReason());
    assertEquals(a.steps(), b.steps());
  }

  static void assertSame(RunState expected, RunState actual) {
    assertEquals(expected.step(), actual.step());
    assertSame(expected.parameters(), actual.parameters());
    assertSame(expected.firstMoment(), actual.firstMoment());
    assertSame(expected.secondMoment(), actual.secondMoment());
    assertEquals(expected.gradientEma().isPresent(), actual.gradientEma().isPresent());
    if (expected.gradientEma().isPresent()) {
      assertSame(expected.gradientEma().get(), actual.gradientEma().orElseThrow());
    }
  }

  private static void assertSame(Tensors expected, Tensors actual) {
    assertEquals(expected.asMap().keySet(), actual.asMap().keySet());
    expected
        .asMap()
        .forEach(
            (name, tensor) ->
                assertEquals(
                    Arrays.toString(tensor.values()),
                    Arrays.toString(actual.get(name).values()),
                    name));
  }
}
