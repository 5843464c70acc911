package longrun.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.store.MetricsRow;
import longrun.store.StopReason;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.sweep.Sweep;
import longrun.train.GrokkingDetector;

/** Makes sweep folders for tests: what the store writes, without training anything. */
final class SweepFolders {
  static final double NEVER = Double.POSITIVE_INFINITY;

  private SweepFolders() {}

  static Sweep sweep(String yaml) {
    return Sweep.of(ConfigReader.parseSweep(yaml, "test.yaml", List.of()));
  }

  static SweepFolder create(Path folder, Sweep sweep) {
    return SweepFolder.create(folder, sweep.toYaml(), new SweepManifest(sweep.count(), 1, "test"));
  }

  /** A run that has begun. */
  static Path begin(SweepFolder folder, Sweep sweep, int run, List<MetricsRow> rows)
      throws IOException {
    Path path = folder.runPath(run);
    Files.createDirectories(path.resolve("checkpoints"));
    Files.writeString(path.resolve("config.yaml"), ConfigWriter.toYaml(sweep.config(run)));
    StringBuilder csv = new StringBuilder(MetricsRow.HEADER).append('\n');
    rows.forEach(row -> csv.append(row.toLine()).append('\n'));
    Files.writeString(path.resolve("metrics.csv"), csv);
    return path;
  }

  /** A run that has ended, with what its metrics say. */
  static void end(
      SweepFolder folder, Sweep sweep, int run, List<MetricsRow> rows, StopReason reason)
      throws IOException {
    Path path = begin(folder, sweep, run, rows);
    GrokkingDetector detector = GrokkingDetector.of(sweep.config(run).evaluation(), rows);
    RunFolders.end(path, reason, detector.memorisedAt(), detector.grokkedAt(), rows.getLast());
  }

  /**
   * The evaluations of a run.
   *
   * @param memorised step at which half of the way in train accuracy is done
   * @param grokked the same of validation accuracy; {@link #NEVER} if it stays at chance
   * @param last step
   */
  static List<MetricsRow> curve(
      RunConfig config, double memorised, double grokked, long last, long seed) {
    List<MetricsRow> rows = new ArrayList<>();
    int every = config.evaluation().every();
    for (long step = 0; step <= last; step += every) {
      double noise = Math.abs(Math.sin((step + 1) * 12.9898 + seed * 78.233) * 43758.5453 % 1);
      double train = rise(step, memorised, 6);
      double validation = grokked == NEVER ? 0.01 : 0.01 + 0.99 * rise(step, grokked, 12);
      rows.add(
          new MetricsRow(
              step,
              5 * (1 - train) + 1e-7 * (1 + noise),
              Math.min(1, train + 0.004 * noise),
              8 * (1 - validation) + 3 * train * (1 - validation) + 1e-4 * (1 + noise),
              Math.clamp(validation + 0.02 * (noise - 0.5) * (1 - validation), 0, 1),
              30 - 10 * validation,
              config.optimizer().learningRate(),
              step * 0.01));
    }
    return rows;
  }

  private static double rise(long step, double middle, double steepness) {
    double value = step == 0 ? 0 : 1 / (1 + Math.pow(middle / step, steepness));
    return value > 0.992 ? 1 : value;
  }
}
