package longrun.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.report.RunRow.Status;
import longrun.store.EngineSpan;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.Summary;
import longrun.train.GrokkingDetector;

/**
 * Finds the runs in a folder. What is damaged becomes a row that says so; one bad run never hides
 * the others. The metrics of a run that has ended are not read: its summary has what is shown.
 */
public final class RunListing {
  private static final List<String> MARKS =
      List.of("config.yaml", "metrics.csv", "summary.json", "checkpoints");

  private RunListing() {}

  /**
   * The runs directly inside a folder, by name; or the run that the folder itself is.
   *
   * @throws StorageException if the folder is missing or cannot be read
   */
  public static List<RunRow> of(Path folder) {
    if (RunFolder.isRunFolder(folder)) {
      return List.of(row(folder));
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.filter(RunListing::looksLikeRun).sorted().map(RunListing::row).toList();
    } catch (NoSuchFileException e) {
      throw new StorageException(folder + ": no such folder", e);
    } catch (NotDirectoryException e) {
      throw new StorageException(folder + ": not a folder", e);
    } catch (IOException e) {
      throw StorageException.reading(folder, e);
    }
  }

  /** Whether a folder has any file of a run; folders being created begin with a dot. */
  private static boolean looksLikeRun(Path folder) {
    return !folder.getFileName().toString().startsWith(".")
        && Files.isDirectory(folder)
        && MARKS.stream().anyMatch(mark -> Files.exists(folder.resolve(mark)));
  }

  private static RunRow row(Path folder) {
    Reading reading = new Reading(folder);
    Optional<RunConfig> config = reading.config();
    Optional<Summary> summary = reading.summary();
    if (summary.isPresent()) {
      return ended(reading, config, summary.get());
    }
    List<MetricsRow> rows = reading.rows(config);
    Metrics metrics = Metrics.of(rows);
    Optional<GrokkingDetector> detector =
        config.map(each -> GrokkingDetector.of(each.evaluation(), rows));
    boolean any = !rows.isEmpty();
    return reading.row(
        reading.running() ? Status.RUNNING : Status.INTERRUPTED,
        config,
        any ? OptionalLong.of(metrics.lastStep()) : OptionalLong.empty(),
        detector.map(GrokkingDetector::memorisedAt).orElse(OptionalLong.empty()),
        detector.map(GrokkingDetector::grokkedAt).orElse(OptionalLong.empty()),
        any ? number(Metrics.last(metrics.trainAccuracy())) : OptionalDouble.empty(),
        any && metrics.validates()
            ? number(Metrics.last(metrics.validationAccuracy()))
            : OptionalDouble.empty(),
        any ? number(Metrics.last(metrics.seconds())) : OptionalDouble.empty(),
        reading.engines());
  }

  private static RunRow ended(Reading reading, Optional<RunConfig> config, Summary summary) {
    Status status =
        switch (summary.stopReason()) {
          case STEPS_DONE, GROKKED -> Status.FINISHED;
          case DIVERGED -> Status.DIVERGED;
          case INTERRUPTED -> Status.INTERRUPTED;
        };
    return reading.row(
        status,
        config,
        OptionalLong.of(summary.steps()),
        summary.memorisedAt(),
        summary.grokkedAt(),
        number(summary.last().trainAccuracy()),
        number(summary.last().validationAccuracy()),
        number(summary.timing().total()),
        summary.provenance().engines());
  }

  private static OptionalDouble number(double value) {
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Reads the files of one run, and remembers the first problem. */
  private static final class Reading {
    private final Path folder;
    private Optional<String> problem = Optional.empty();

    Reading(Path folder) {
      this.folder = folder;
      if (!Files.isDirectory(folder.resolve("checkpoints"))) {
        note("checkpoints/ is missing");
      }
    }

    private void note(String message) {
      if (problem.isEmpty()) {
        problem = Optional.of(message);
      }
    }

    Optional<RunConfig> config() {
      Path file = folder.resolve("config.yaml");
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        note("config.yaml is missing");
        return Optional.empty();
      }
      try {
        return Optional.of(ConfigReader.read(file, List.of()));
      } catch (ConfigException e) {
        note(e.getMessage());
        return Optional.empty();
      }
    }

    Optional<Summary> summary() {
      try {
        return RunFolder.isRunFolder(folder) ? RunFolder.open(folder).summary() : Optional.empty();
      } catch (StorageException e) {
        note(e.getMessage());
        return Optional.empty();
      }
    }

    List<MetricsRow> rows(Optional<RunConfig> config) {
      Path file = folder.resolve("metrics.csv");
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        note("metrics.csv is missing");
        return List.of();
      }
      try {
        return config.isPresent()
            ? MetricsLog.read(file, config.get().evaluation().every())
            : MetricsLog.read(file);
      } catch (StorageException e) {
        note(e.getMessage());
        return List.of();
      }
    }

    /** As the newest checkpoint has them. */
    List<EngineSpan> engines() {
      try {
        return RunFolder.isRunFolder(folder)
            ? RunFolder.open(folder)
                .checkpoints()
                .provenance()
                .map(Provenance::engines)
                .orElse(List.of())
            : List.of();
      } catch (StorageException e) {
        note(e.getMessage());
        return List.of();
      }
    }

    boolean running() {
      try {
        return RunFolder.isRunFolder(folder) && RunFolder.open(folder).owner().isPresent();
      } catch (StorageException e) {
        note(e.getMessage());
        return false;
      }
    }

    /** When the newer of metrics.csv and summary.json last changed. */
    private Optional<Instant> modified() {
      Optional<Instant> newest = Optional.empty();
      for (String name : List.of("metrics.csv", "summary.json", "config.yaml")) {
        try {
          Instant time = Files.getLastModifiedTime(folder.resolve(name)).toInstant();
          newest = newest.isEmpty() || time.isAfter(newest.get()) ? Optional.of(time) : newest;
        } catch (NoSuchFileException e) {
          continue;
        } catch (IOException e) {
          note(StorageException.reading(folder.resolve(name), e).getMessage());
        }
      }
      return newest;
    }

    RunRow row(
        Status status,
        Optional<RunConfig> config,
        OptionalLong stepsDone,
        OptionalLong memorisedAt,
        OptionalLong grokkedAt,
        OptionalDouble trainAccuracy,
        OptionalDouble validationAccuracy,
        OptionalDouble seconds,
        List<EngineSpan> engines) {
      Optional<Instant> modified = modified();
      boolean ratio =
          memorisedAt.isPresent() && grokkedAt.isPresent() && memorisedAt.getAsLong() > 0;
      return new RunRow(
          folder,
          folder.toAbsolutePath().normalize().getFileName().toString(),
          problem.isPresent() ? Status.DAMAGED : status,
          problem,
          config.map(each -> Descriptions.task(each.task())),
          config.map(each -> Descriptions.model(each.model())),
          config.map(each -> OptionalLong.of(each.training().seed())).orElse(OptionalLong.empty()),
          config.map(each -> OptionalLong.of(each.training().steps())).orElse(OptionalLong.empty()),
          stepsDone,
          memorisedAt,
          grokkedAt,
          ratio
              ? OptionalDouble.of((double) grokkedAt.getAsLong() / memorisedAt.getAsLong())
              : OptionalDouble.empty(),
          trainAccuracy,
          validationAccuracy,
          seconds,
          engines,
          modified);
    }
  }
}
