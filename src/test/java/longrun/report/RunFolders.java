package longrun.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.store.Machine;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.store.Timing;

/** Makes run folders for tests: what the store writes, without training anything. */
final class RunFolders {
  static final String CONFIG =
      """
      task: {kind: modular, operation: add, modulus: 113, train_fraction: 0.3}
      optimizer: {learning_rate: 0.001, weight_decay: 1.0}
      training: {seed: 7, steps: 40000}
      evaluation: {every: 10}
      """;

  private static final Provenance CPU = Provenance.UNKNOWN.goesOnWith("cpu", 0);

  private RunFolders() {}

  /** A run that has not ended, evaluated as often as its rows say. */
  static Path create(Path folder, String yaml, List<MetricsRow> rows) throws IOException {
    Files.createDirectories(folder.resolve("checkpoints"));
    List<String> overrides =
        rows.size() < 2
            ? List.of()
            : List.of("evaluation.every=" + (rows.get(1).step() - rows.getFirst().step()));
    String resolved = ConfigWriter.toYaml(ConfigReader.parse(yaml, "test", overrides));
    Files.writeString(folder.resolve("config.yaml"), resolved);
    StringBuilder csv = new StringBuilder(MetricsRow.HEADER).append('\n');
    rows.forEach(row -> csv.append(row.toLine()).append('\n'));
    Files.writeString(folder.resolve("metrics.csv"), csv);
    return folder;
  }

  /** Ends a run of the cpu engine. */
  static void end(
      Path folder,
      StopReason reason,
      OptionalLong memorisedAt,
      OptionalLong grokkedAt,
      MetricsRow last) {
    end(folder, reason, memorisedAt, grokkedAt, last, CPU);
  }

  static void end(
      Path folder,
      StopReason reason,
      OptionalLong memorisedAt,
      OptionalLong grokkedAt,
      MetricsRow last,
      Provenance provenance) {
    RunFolder.open(folder)
        .writeSummary(
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
                new Timing(90, 8, 1, 100),
                "cpu",
                "2 threads",
                new Machine("Zen <3>", 2, "Linux 6", "25 (Vendor)"),
                "1.2.3",
                provenance));
  }

  /** A run that memorises at step 140 and groks at step 1,350, evaluated every ten steps. */
  static List<MetricsRow> grokking(int evaluations) {
    List<MetricsRow> rows = new ArrayList<>();
    for (int i = 0; i < evaluations; i++) {
      long step = 10L * i;
      double memorised = step >= 140 ? 1 : 0.01 + step / 150.0;
      double grokked = step >= 1350 ? 0.995 : 0.01 + step / 2000.0;
      rows.add(
          row(step, step >= 140 ? 1e-6 : 4.7, memorised, step >= 1350 ? 1e-4 : 9, grokked, 0.001));
    }
    return rows;
  }

  static MetricsRow row(
      long step,
      double trainLoss,
      double trainAccuracy,
      double validationLoss,
      double validationAccuracy,
      double learningRate) {
    return new MetricsRow(
        step,
        trainLoss,
        trainAccuracy,
        validationLoss,
        validationAccuracy,
        30 + step * 1e-4,
        learningRate,
        step * 0.01);
  }
}
