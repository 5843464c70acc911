package longrun.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.engine.RunState;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.store.Checkpoint;
import longrun.store.Machine;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.store.Timing;
import longrun.store.WrittenRows;
import longrun.sweep.Sweep;

/** Folders of sweeps with the runs in them that a test asks for; nothing is trained. */
public final class SweepFolders {
  /** Eight runs: the train fraction varies slowly, the seed fast; evaluated every ten steps. */
  public static final String EIGHT_RUNS =
      """
      task: {kind: modular, operation: add, modulus: 7}
      training: {steps: 100}
      evaluation: {every: 10}
      sweep:
        task.train_fraction: [0.3, 0.40]
        training.seed: {from: 0, count: 4}
      """;

  private static final Provenance CPU = Provenance.UNKNOWN.goesOnWith("cpu", 0);

  private SweepFolders() {}

  /** A sweep of which nothing has begun. */
  public static SweepFolder create(Path path, String yaml, int shards) {
    Sweep sweep = Sweep.of(ConfigReader.parseSweep(yaml, "test", List.of()));
    return SweepFolder.create(
        path, sweep.toYaml(), new SweepManifest(sweep.count(), shards, "1.2.3"));
  }

  /** Begins a run, and evaluates it. */
  public static RunFolder begin(SweepFolder folder, int run, List<MetricsRow> rows) {
    RunConfig config = Sweep.of(folder).config(run);
    Tensors tensors = new Tensors(Map.of("layers.0.b", new Tensor(List.of(1), new double[1])));
    RunFolder runFolder =
        RunFolder.create(
            folder.runPath(run),
            Optional.empty(),
            new Checkpoint(
                new RunState(0, tensors, tensors, tensors, Optional.empty()),
                ConfigWriter.toYaml(config),
                "00ff",
                Float.SIZE,
                Timing.ZERO,
                WrittenRows.NONE,
                CPU));
    try (MetricsLog log = runFolder.resumeMetrics(config.evaluation().every(), WrittenRows.NONE)) {
      rows.forEach(log::append);
    }
    return runFolder;
  }

  /** A run that has ended after its rows. */
  public static RunFolder end(
      SweepFolder folder,
      int run,
      StopReason reason,
      OptionalLong memorisedAt,
      OptionalLong grokkedAt,
      List<MetricsRow> rows) {
    RunFolder runFolder = begin(folder, run, rows);
    MetricsRow last = rows.getLast();
    runFolder.writeSummary(
        new Summary(
            memorisedAt,
            grokkedAt,
            new Summary.FinalMetrics(
                last.trainLoss(),
                last.trainAccuracy(),
                last.validationLoss(),
                last.validationAccuracy(),
                last.weightNorm()),
            reason,
            last.step(),
            new Timing(1, 0.25, 0.125, last.seconds()),
            "cpu",
            "1 thread",
            new Machine("Zen", 2, "Linux 6", "25"),
            "1.2.3",
            CPU));
    return runFolder;
  }

  /** A run that has ended after 100 steps, having memorised at step 20. */
  public static RunFolder grokked(SweepFolder folder, int run, long grokkedAt) {
    return end(
        folder,
        run,
        StopReason.GROKKED,
        OptionalLong.of(20),
        OptionalLong.of(grokkedAt),
        rows(11, 20, grokkedAt));
  }

  /** A run that memorised at step 20, and did not grok in 100 steps. */
  public static RunFolder notGrokked(SweepFolder folder, int run) {
    return end(
        folder,
        run,
        StopReason.STEPS_DONE,
        OptionalLong.of(20),
        OptionalLong.empty(),
        rows(11, 20, Long.MAX_VALUE));
  }

  /** Evaluations every ten steps, accuracies of 1 from the steps given. */
  public static List<MetricsRow> rows(int count, long memorisedAt, long grokkedAt) {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long step = 10L * i;
      rows.add(
          new MetricsRow(
              step,
              step >= memorisedAt ? 1e-6 : 4.7,
              step >= memorisedAt ? 1 : 0.125,
              step >= grokkedAt ? 1e-4 : 9.1,
              step >= grokkedAt ? 1 : 0.25,
              30 + step / 3.0,
              0.001,
              i * 0.125));
    }
    return rows;
  }
}
