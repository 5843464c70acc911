package longrun.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.RunState;
import longrun.store.Checkpoint;
import longrun.store.CheckpointExpectation;
import longrun.store.Checkpoints;
import longrun.store.DurableFiles;
import longrun.store.InitFile;
import longrun.store.Machine;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.RunLock;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.store.Timing;
import longrun.store.Version;
import longrun.store.WrittenRows;

/**
 * A run that is being trained, seen from between two blocks of steps: what is due at which step,
 * and what has to be on disk. Whoever holds it holds the right to train in its folder, until it is
 * closed.
 *
 * <p>Which steps are evaluated, and which get a scheduled checkpoint, depends on the configuration
 * and the rows alone. What depends on the clock (the size of a block, where an interruption falls)
 * changes neither parameters nor rows: that is why an interruption evaluates nothing.
 */
public final class OpenRun implements AutoCloseable {
  private final RunFolder folder;
  private final RunLock lock;
  private final PreparedRun run;
  private final RunConfig config;
  private final String configYaml;
  private final String dataDigest;
  private final Timing before;
  private final Provenance provenance;
  private final boolean resumed;
  private final Engine engine;
  private final MetricsLog metrics;
  private final TrainingListener listener;
  private final StopRule stopRule;
  private final GrokkingDetector detector;
  private Optional<RunState> start;
  private Stopwatch stopwatch;
  private long step;
  private long checkpointedStep;
  private Summary.FinalMetrics last;
  private boolean diverged;
  private boolean closed;
  private Optional<Summary> summary = Optional.empty();

  private OpenRun(
      RunFolder folder,
      RunLock lock,
      PreparedRun run,
      Checkpoint from,
      boolean resumed,
      Engine engine,
      TrainingListener listener) {
    this.folder = folder;
    this.lock = lock;
    this.run = run;
    this.config = run.config();
    this.resumed = resumed;
    this.engine = engine;
    this.listener = listener;
    RunState state = InitialState.round(from.state(), engine.parameterBits());
    this.start = Optional.of(state);
    this.configYaml = from.configYaml();
    this.dataDigest = from.dataDigest();
    this.before = from.timing();
    this.provenance = from.provenance().goesOnWith(engine.name(), state.step());
    this.metrics = folder.resumeMetrics(config.evaluation().every(), from.rows());
    this.stopRule = StopRule.of(config);
    this.detector = GrokkingDetector.of(config.evaluation(), metrics.rows());
    this.stopwatch = new Stopwatch(before);
    this.step = state.step();
    this.checkpointedStep = step;
    List<MetricsRow> rows = metrics.rows();
    this.last =
        rows.isEmpty()
            ? new Summary.FinalMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN)
            : finalMetrics(rows.getLast());
  }

  /**
   * A run in a new folder.
   *
   * @param init parameters to start from, of which the folder keeps a copy; empty: drawn from the
   *     seed
   * @throws longrun.store.StorageException if the folder is taken or cannot be written
   */
  public static OpenRun start(
      Path path,
      PreparedRun run,
      Optional<Path> init,
      Engine engine,
      TrainingListener listener,
      DurableFiles files) {
    return create(path, run, firstCheckpoint(run, init, engine), engine, listener, files);
  }

  /** What a run starts from. */
  static Checkpoint firstCheckpoint(PreparedRun run, Optional<Path> init, Engine engine) {
    // Before the file is read: its copy is compared with this.
    Optional<InitFile> initFile = init.map(InitFile::of);
    RunState state = InitialState.of(run, init, engine.parameterBits());
    return new Checkpoint(
        state,
        ConfigWriter.toYaml(run.config()),
        run.dataDigest(),
        engine.parameterBits(),
        Timing.ZERO,
        WrittenRows.NONE,
        new Provenance(List.of(), initFile).goesOnWith(engine.name(), 0));
  }

  static OpenRun create(
      Path path,
      PreparedRun run,
      Checkpoint first,
      Engine engine,
      TrainingListener listener,
      DurableFiles files) {
    Optional<int[]> given = run.splitGiven() ? Optional.of(run.split().train()) : Optional.empty();
    RunFolder folder = RunFolder.create(path, given, first, files);
    return locked(
        folder.lock(), lock -> new OpenRun(folder, lock, run, first, false, engine, listener));
  }

  /**
   * A run that goes on from its newest usable checkpoint.
   *
   * @return empty if it has ended
   * @throws longrun.store.StorageException if another process trains it, there is no usable
   *     checkpoint, or the metrics are damaged
   */
  public static Optional<OpenRun> resume(
      RunFolder folder, Engine engine, TrainingListener listener) {
    RunLock lock = folder.lock();
    try {
      Extension.complete(folder);
      if (folder.summary().isPresent()) {
        lock.close();
        return Optional.empty();
      }
      return Optional.of(resume(folder, lock, Extension.prepare(folder), engine, listener));
    } catch (RuntimeException | Error e) {
      closeAfter(e, lock);
      throw e;
    }
  }

  /**
   * The same, of a run that has not ended.
   *
   * @param lock of the folder; closed with the run, or if this throws
   * @throws longrun.store.StorageException if there is no usable checkpoint, or the metrics are
   *     damaged
   */
  static OpenRun resume(
      RunFolder folder, RunLock lock, PreparedRun run, Engine engine, TrainingListener listener) {
    return locked(
        lock,
        held -> {
          Checkpoints.Restored restored = folder.checkpoints().newest(expectation(run, folder));
          folder.checkpoints().setAside(restored.damaged());
          for (Checkpoints.Damaged damaged : restored.damaged()) {
            listener.damagedCheckpoint(damaged.file(), damaged.reason());
          }
          return new OpenRun(folder, held, run, restored.checkpoint(), true, engine, listener);
        });
  }

  /** Something that is made under a lock. */
  @FunctionalInterface
  private interface Opening {
    OpenRun open(RunLock lock);
  }

  private static OpenRun locked(RunLock lock, Opening opening) {
    try {
      return opening.open(lock);
    } catch (RuntimeException | Error e) {
      closeAfter(e, lock);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, RunLock lock) {
    try {
      lock.close();
    } catch (RuntimeException suppressed) {
      failure.addSuppressed(suppressed);
    }
  }

  /** What a checkpoint has to agree with to belong to a run. */
  static CheckpointExpectation expectation(PreparedRun run, RunFolder folder) {
    return new CheckpointExpectation(
        run.model().parameters(),
        run.cohort().gradientEma(),
        folder.configFile(),
        folder.configYaml(),
        run.dataDigest());
  }

  public RunFolder folder() {
    return folder;
  }

  public PreparedRun run() {
    return run;
  }

  /** Parameter updates done. */
  public long step() {
    return step;
  }

  /** The last step of the run, as far as is known. */
  public long lastStep() {
    return stopRule.lastStep(detector);
  }

  /** How it ended; empty as long as it trains. */
  public Optional<Summary> summary() {
    return summary;
  }

  /** The state to load into a slot; its clock starts now. Once. */
  RunState begin() {
    RunState state = start.orElseThrow();
    start = Optional.empty();
    stopwatch = new Stopwatch(before);
    listener.started(folder, run, step, resumed);
    return state;
  }

  /** Whether nothing is left to train. */
  boolean hasEnded() {
    return diverged || step >= lastStep();
  }

  /** Steps to the next one at which something other than training happens. */
  long stepsToNextEvent() {
    return Math.min(stepsToNextEvaluation(), nextMultiple(config.checkpoint().every()) - step);
  }

  /** Steps to the next one that is evaluated. */
  long stepsToNextEvaluation() {
    return Math.min(lastStep(), nextMultiple(config.evaluation().every())) - step;
  }

  private long nextMultiple(int every) {
    return (step / every + 1) * every;
  }

  /** Its slot has made some steps, which took that long. */
  void advanced(int steps, long nanos, double stepsPerSecond) {
    step += steps;
    stopwatch.addSteps(nanos);
    listener.progressed(step, stepsPerSecond);
  }

  /** Whether it has to be evaluated at this step, and has not been. */
  boolean isEvaluationDue() {
    return !diverged
        && (step % config.evaluation().every() == 0 || step == lastStep())
        && (metrics.rows().isEmpty() || lastRowStep() < step);
  }

  private long lastRowStep() {
    return metrics.rows().getLast().step();
  }

  /** It was evaluated, which took that long. */
  void evaluated(Evaluation evaluation, long nanos) {
    stopwatch.addEvaluation(nanos);
    if (evaluation.step() != step && !evaluation.diverged()) {
      throw new IllegalStateException(
          "the engine is at step=" + evaluation.step() + ", expected step=" + step);
    }
    MetricsRow row = MetricsRow.of(evaluation, stopwatch.read().total());
    last = finalMetrics(row);
    diverged = evaluation.diverged();
    step = evaluation.step();
    long endBefore = lastStep();
    // A slot that diverges stops, maybe at a step that has its row already.
    if (metrics.rows().isEmpty() || row.step() > lastRowStep()) {
      metrics.append(row);
      detector.see(row.step(), row.trainAccuracy(), row.validationAccuracy());
    }
    listener.evaluated(evaluation, detector.memorisedAt(), detector.grokkedAt());
    if (lastStep() != endBefore) {
      listener.willEndAt(lastStep());
    }
  }

  /** Whether the configuration wants a checkpoint of this step, and there is none. */
  boolean isCheckpointDue() {
    return step % config.checkpoint().every() == 0 && lacksCheckpoint();
  }

  /** Whether a checkpoint of this step could be made, and there is none. */
  boolean lacksCheckpoint() {
    return !diverged && checkpointedStep != step;
  }

  /**
   * A checkpoint of the slot's state, still to be {@link #store stored}; empty if the run has
   * diverged without an evaluation having seen it yet: the last finite checkpoint must stay, and
   * the next evaluation will tell.
   */
  Optional<Checkpoint> checkpoint(RunState state) {
    if (state.step() != step || !FiniteCheck.canGoOn(state)) {
      return Optional.empty();
    }
    checkpointedStep = step;
    return Optional.of(
        new Checkpoint(
            state,
            configYaml,
            dataDigest,
            engine.parameterBits(),
            stopwatch.read(),
            metrics.written(),
            provenance));
  }

  /** Puts a checkpoint on disk, after the rows that belong to it; any one thread at a time. */
  void store(Checkpoint checkpoint) {
    metrics.sync();
    Path file = folder.checkpoints().write(checkpoint);
    folder.checkpoints().prune(config.checkpoint().keep());
    listener.checkpointed(checkpoint.state().step(), file);
  }

  /** Its slot has spent that long on a checkpoint. */
  void spentOnCheckpoint(long nanos) {
    stopwatch.addCheckpoint(nanos);
  }

  /**
   * Ends it, for good if it has come to its end, else for now; its last checkpoint is stored
   * already.
   *
   * @return its summary
   */
  Summary finish() {
    StopReason reason = stopReason();
    Summary result =
        new Summary(
            detector.memorisedAt(),
            detector.grokkedAt(),
            last,
            reason,
            step,
            stopwatch.read(),
            engine.name(),
            engine.description(),
            Machine.current(),
            Version.current(),
            provenance);
    if (reason != StopReason.INTERRUPTED) {
      // The last row may be younger than the last checkpoint.
      metrics.sync();
      folder.writeSummary(result);
    }
    close();
    summary = Optional.of(result);
    listener.finished(result);
    return result;
  }

  private StopReason stopReason() {
    if (diverged) {
      return StopReason.DIVERGED;
    }
    if (step < lastStep()) {
      return StopReason.INTERRUPTED;
    }
    return lastStep() < stopRule.steps() ? StopReason.GROKKED : StopReason.STEPS_DONE;
  }

  /** Gives the folder back; a run that has not finished can be resumed. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      try (lock) {
        metrics.close();
      }
    }
  }

  private static Summary.FinalMetrics finalMetrics(MetricsRow row) {
    return new Summary.FinalMetrics(
        row.trainLoss(),
        row.trainAccuracy(),
        row.validationLoss(),
        row.validationAccuracy(),
        row.weightNorm());
  }
}
