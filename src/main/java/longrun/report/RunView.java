package longrun.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.report.Outcome.Ending;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.Summary;
import longrun.train.GrokkingDetector;

/**
 * What a run folder says about its run. Of a run without a summary, which has not ended, the
 * outcome so far is read off its metrics.
 *
 * @param folder as it was given
 * @param name the folder's own name
 * @param configYaml config.yaml as it stands
 * @param provenance of its summary, else of its newest checkpoint
 * @param initKept whether the folder has a copy of the file that the run was started from
 */
record RunView(
    Path folder,
    String name,
    RunConfig config,
    String configYaml,
    Metrics metrics,
    OptionalLong memorisedAt,
    OptionalLong grokkedAt,
    Optional<Summary> summary,
    Provenance provenance,
    boolean running,
    boolean splitGiven,
    boolean initKept) {

  /**
   * Reads a run folder.
   *
   * @throws longrun.store.StorageException if a file is missing or damaged
   * @throws longrun.config.ConfigException if config.yaml is damaged
   */
  static RunView read(Path given) {
    RunFolder folder = RunFolder.open(given);
    String yaml = folder.configYaml();
    RunConfig config = ConfigReader.parse(yaml, given.resolve("config.yaml").toString(), List.of());
    List<MetricsRow> rows = MetricsLog.read(folder.metricsFile(), config.evaluation().every());
    GrokkingDetector detector = GrokkingDetector.of(config.evaluation(), rows);
    Optional<Summary> summary = folder.summary();
    return new RunView(
        given,
        folder.path().getFileName().toString(),
        config,
        yaml,
        Metrics.of(rows),
        summary.map(Summary::memorisedAt).orElse(detector.memorisedAt()),
        summary.map(Summary::grokkedAt).orElse(detector.grokkedAt()),
        summary,
        summary
            .map(Summary::provenance)
            .or(() -> folder.checkpoints().provenance())
            .orElse(Provenance.UNKNOWN),
        folder.owner().isPresent(),
        folder.trainIndicesFile().isPresent(),
        folder.initFile().isPresent());
  }

  long stepsDone() {
    return summary.map(Summary::steps).orElse(metrics.lastStep());
  }

  Ending ending() {
    if (summary.isEmpty()) {
      return running ? Ending.RUNNING : Ending.INTERRUPTED;
    }
    return switch (summary.get().stopReason()) {
      case STEPS_DONE, GROKKED -> Ending.FINISHED;
      case DIVERGED -> Ending.DIVERGED;
      case INTERRUPTED -> Ending.INTERRUPTED;
    };
  }

  Outcome outcome() {
    return new Outcome(
        memorisedAt,
        grokkedAt,
        ending(),
        stepsDone(),
        config.training().steps(),
        Metrics.last(metrics.trainAccuracy()),
        Metrics.last(metrics.validationAccuracy()),
        metrics.validates());
  }
}
