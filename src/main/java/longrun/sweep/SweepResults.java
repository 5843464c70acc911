package longrun.sweep;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.EvaluationConfig;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.Summary;
import longrun.store.Summary.FinalMetrics;
import longrun.store.SweepFolder;
import longrun.sweep.RunResult.Status;
import longrun.train.GrokkingDetector;

/**
 * Reads what has become of the runs of a sweep from their folders, while it is under way too. Each
 * call reads anew; nothing of a run is kept. What is damaged is said in the run's own result, and
 * hides no other run. Not for use by several threads at once.
 */
public final class SweepResults {
  private static final String EVALUATION = "evaluation.";

  private final SweepFolder folder;
  private final Sweep sweep;
  private final Map<List<String>, EvaluationConfig> evaluations = new HashMap<>();

  private SweepResults(SweepFolder folder, Sweep sweep) {
    this.folder = folder;
    this.sweep = sweep;
  }

  /**
   * The results of a sweep; the runs are read when they are asked for.
   *
   * @throws StorageException if the folder is another sweep's
   */
  public static SweepResults of(SweepFolder folder, Sweep sweep) {
    if (folder.manifest().runs() != sweep.count()) {
      throw new StorageException(
          String.format(
              "%s describes %,d runs, but the sweep was created with %,d; restore the file from a"
                  + " copy, or start the changed sweep in another folder (--sweep-dir)",
              folder.sweepFile(), sweep.count(), folder.manifest().runs()));
    }
    return new SweepResults(folder, sweep);
  }

  /**
   * Every run's result, in the order of the runs.
   *
   * @throws StorageException if the folder is another sweep's
   */
  public static List<RunResult> read(SweepFolder folder, Sweep sweep) {
    SweepResults results = of(folder, sweep);
    List<RunResult> all = new ArrayList<>(sweep.count());
    for (int run = 0; run < sweep.count(); run++) {
      all.add(results.result(run));
    }
    return all;
  }

  /** A run's result. Of a run that has ended, the metrics are not read: its summary has them. */
  public RunResult result(int run) {
    Reading reading = new Reading(run);
    Path path = folder.runPath(run);
    if (!Files.exists(path)) {
      boolean failed = reading.failure();
      return reading.result(failed ? Status.FAILED : Status.WAITING, List.of());
    }
    try {
      Optional<Summary> summary = RunFolder.open(path).summary();
      if (summary.isPresent()) {
        reading.requireConfigOfTheSweep();
        return reading.ended(summary.get());
      }
    } catch (StorageException e) {
      reading.note(e.getMessage());
      // Everything in it but the reason follows from the metrics.
      if (Files.exists(path.resolve("summary.json"))) {
        return reading.result(Status.ENDED, reading.rows());
      }
    }
    boolean failed = reading.failure();
    return reading.result(failed ? Status.FAILED : Status.RUNNING, reading.rows());
  }

  /**
   * The evaluations of a run so far, in order; none if it has not begun.
   *
   * @throws StorageException if they cannot be read or are damaged, with the line
   */
  public List<MetricsRow> curve(int run) {
    List<MetricsRow> rows = rowsSoFar(run);
    if (folder.progress(run) == SweepFolder.Progress.ENDED) {
      requireComplete(folder.runPath(run), rows);
    }
    return rows;
  }

  private List<MetricsRow> rowsSoFar(int run) {
    Path path = folder.runPath(run);
    return Files.exists(path)
        ? MetricsLog.read(path.resolve("metrics.csv"), evaluation(run).every())
        : List.of();
  }

  private static void requireComplete(Path run, List<MetricsRow> rows) {
    Optional<Summary> ended;
    try {
      ended = RunFolder.open(run).summary();
    } catch (StorageException e) {
      // What is wrong with the summary is told of the run's result; the rows are as they are.
      return;
    }
    long last = rows.isEmpty() ? -1 : rows.getLast().step();
    if (ended.isPresent() && last != ended.get().steps()) {
      throw new StorageException(
          run.resolve("metrics.csv")
              + ": ends at "
              + (rows.isEmpty() ? "its header" : "step " + last)
              + ", and the run ended at step "
              + ended.get().steps()
              + ": rows are missing; restore the file from a copy");
    }
  }

  /** How a run is evaluated; the same object where no axis makes a difference. */
  private EvaluationConfig evaluation(int run) {
    List<String> values = sweep.values(run);
    List<String> overrides = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String key = sweep.axes().get(i).key();
      if (key.startsWith(EVALUATION)) {
        overrides.add(key + "=" + values.get(i));
      }
    }
    return evaluations.computeIfAbsent(
        overrides, each -> ConfigReader.override(sweep.base(), each).evaluation());
  }

  /** Reads the files of one run, and remembers what is wrong with them. */
  private final class Reading {
    private final int run;
    private final List<String> notes = new ArrayList<>(0);

    Reading(int run) {
      this.run = run;
    }

    void note(String message) {
      notes.add(message);
    }

    /** Whether the run has failed; if so, the reason is noted. */
    boolean failure() {
      try {
        Optional<String> reason = folder.failure(run);
        reason.ifPresent(this::note);
        return reason.isPresent();
      } catch (StorageException e) {
        note(e.getMessage());
        return true;
      }
    }

    List<MetricsRow> rows() {
      try {
        return rowsSoFar(run);
      } catch (StorageException e) {
        note(e.getMessage());
        return List.of();
      }
    }

    /** Somebody may have put another run into the folder, or given the run more steps. */
    void requireConfigOfTheSweep() {
      RunFolder own = RunFolder.open(folder.runPath(run));
      if (!own.configYaml().equals(ConfigWriter.toYaml(sweep.config(run)))) {
        note(
            own.configFile()
                + ": not the configuration that the sweep gives run "
                + run
                + ": it was changed, or is another run's");
      }
    }

    RunResult ended(Summary summary) {
      return new RunResult(
          run,
          sweep.values(run),
          Status.ENDED,
          Optional.of(summary.stopReason()),
          summary.memorisedAt(),
          summary.grokkedAt(),
          OptionalLong.of(summary.steps()),
          summary.last(),
          finite(summary.timing().total()),
          error());
    }

    /** What the evaluations so far tell. */
    RunResult result(Status status, List<MetricsRow> rows) {
      boolean any = !rows.isEmpty();
      GrokkingDetector detector =
          any
              ? GrokkingDetector.of(evaluation(run), rows)
              : new GrokkingDetector(sweep.base().evaluation());
      return new RunResult(
          run,
          sweep.values(run),
          status,
          Optional.empty(),
          detector.memorisedAt(),
          detector.grokkedAt(),
          any ? OptionalLong.of(rows.getLast().step()) : OptionalLong.empty(),
          any ? metrics(rows.getLast()) : RunResult.NO_METRICS,
          any ? finite(rows.getLast().seconds()) : OptionalDouble.empty(),
          error());
    }

    private Optional<String> error() {
      return notes.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", notes));
    }

    private static FinalMetrics metrics(MetricsRow row) {
      return new FinalMetrics(
          row.trainLoss(),
          row.trainAccuracy(),
          row.validationLoss(),
          row.validationAccuracy(),
          row.weightNorm());
    }

    private static OptionalDouble finite(double value) {
      return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
  }
}
