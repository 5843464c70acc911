package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Engine;
import longrun.reference.ReferenceEngine;
import longrun.store.RunFolder;
import longrun.store.Safetensors;
import longrun.store.Summary;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.train.PreparedRun;
import longrun.train.StopSignal;
import longrun.train.Trainer;
import longrun.train.TrainingListener;

/** Small sweeps, and what has to be the same of two of them. */
final class Sweeps {
  private Sweeps() {}

  /**
   * 64 runs in 4 cohorts: MLPs modulo 5, learning rates so large that some diverge, others grok and
   * stop early.
   */
  static Sweep sixtyFour() {
    return of(
        """
        task: {kind: modular, operation: add, modulus: 5, train_fraction: 0.7}
        model: {kind: mlp, hidden: [16], bias: true}
        optimizer: {weight_decay: 0.1}
        training: {steps: 60}
        evaluation: {every: 10, consecutive: 2}
        checkpoint: {every: 25, keep: 2}
        stop: {after_grokking_steps: 5}
        sweep:
          task.train_fraction: [0.5, 0.7]
          optimizer.learning_rate: [1e-2, 1e-1]
          training.batch_size: [full, 5]
          training.steps: [55, 60]
          training.seed: {from: 3, count: 4}
        """);
  }

  static Sweep of(String yaml) {
    return Sweep.of(ConfigReader.parseSweep(yaml, "test.yaml", List.of()));
  }

  static SweepFolder create(Path folder, Sweep sweep, int shards) {
    return SweepFolder.create(
        folder, sweep.toYaml(), new SweepManifest(sweep.count(), shards, "test"));
  }

  static void trainAlone(Path folder, RunConfig config, Engine engine) {
    Trainer.start(
        folder,
        PreparedRun.of(config, Optional.empty()),
        Optional.empty(),
        engine,
        new StopSignal(),
        TrainingListener.NONE);
  }

  /** A run that was stopped before its first step. */
  static void begin(Path folder, RunConfig config) {
    StopSignal stop = new StopSignal();
    Trainer.start(
        folder,
        PreparedRun.of(config, Optional.empty()),
        Optional.empty(),
        new ReferenceEngine(),
        stop,
        new TrainingListener() {
          @Override
          public void progressed(long step, double stepsPerSecond) {
            stop.request();
          }
        });
  }

  /** The results and every run of two sweeps are the same, bit for bit, but for the seconds. */
  static void assertSame(SweepFolder expected, SweepFolder actual) throws IOException {
    assertEquals(expected.manifest().runs(), actual.manifest().runs());
    assertEquals(results(expected), results(actual));
    assertEquals(Files.readString(expected.curvesFile()), Files.readString(actual.curvesFile()));
    for (int run = 0; run < expected.manifest().runs(); run++) {
      assertSame(expected.runPath(run), actual.runPath(run));
    }
  }

  /** results.csv without its column of seconds; writes that file and curves.csv first. */
  private static List<String> results(SweepFolder folder) throws IOException {
    SweepFiles.Written written = SweepFiles.write(folder, Sweep.of(folder));
    assertEquals(List.of(), written.damaged());
    List<String> lines = Files.readAllLines(folder.resultsFile());
    int seconds = List.of(lines.getFirst().split(",", -1)).indexOf("seconds");
    assertTrue(seconds > 0, lines::getFirst);
    List<String> others = new ArrayList<>();
    for (String line : lines) {
      List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
      cells.remove(seconds);
      others.add(String.join(",", cells));
    }
    return others;
  }

  /** Metrics but for the seconds, the last checkpoint's tensors, and the outcome. */
  static void assertSame(Path expected, Path actual) throws IOException {
    assertEquals(metrics(expected), metrics(actual), actual::toString);
    Summary a = RunFolder.open(expected).summary().orElseThrow();
    Summary b = RunFolder.open(actual).summary().orElseThrow();
    assertEquals(a.memorisedAt(), b.memorisedAt());
    assertEquals(a.grokkedAt(), b.grokkedAt());
    assertEquals(a.last(), b.last());
    assertEquals(a.stopReason(), b.stopReason());
    assertEquals(a.steps(), b.steps());
    List<Path> checkpoints = RunFolder.open(expected).checkpoints().list();
    List<Path> others = RunFolder.open(actual).checkpoints().list();
    assertEquals(
        checkpoints.stream().map(Path::getFileName).toList(),
        others.stream().map(Path::getFileName).toList());
    var tensors = Safetensors.read(checkpoints.getLast()).tensors().asMap();
    var otherTensors = Safetensors.read(others.getLast()).tensors().asMap();
    assertEquals(tensors.keySet(), otherTensors.keySet());
    tensors.forEach(
        (name, tensor) ->
            assertArrayEquals(
                tensor.values(), otherTensors.get(name).values(), 0, actual + " " + name));
  }

  private static List<String> metrics(Path folder) throws IOException {
    return Files.readString(folder.resolve("metrics.csv"))
        .lines()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }
}
