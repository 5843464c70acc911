package longrun.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.ConfigWriter;
import longrun.engine.Engine;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.store.Checkpoint;
import longrun.store.CheckpointExpectation;
import longrun.store.Checkpoints;
import longrun.store.DurableFiles;
import longrun.store.InitFile;
import longrun.store.MetricsLog;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.RunLock;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.Summary;
import longrun.store.Timing;
import longrun.store.WrittenRows;

/**
 * Trains one run in its folder, from the start or from its newest usable checkpoint.
 *
 * <p>summary.json is written when a run has ended for good (steps done, grokked, diverged). A run
 * that was interrupted has none, just like one whose process was killed, and both are resumed the
 * same way.
 */
public final class Trainer {
  private Trainer() {}

  /**
   * Starts a run in a new folder and trains it to its end, or until it is asked to stop.
   *
   * @param init parameters to start from, of which the folder keeps a copy; empty: drawn from the
   *     seed
   * @throws StorageException if the folder is taken or cannot be written
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train it; no folder is
   *     made then
   */
  public static TrainingResult start(
      Path folder,
      PreparedRun run,
      Optional<Path> init,
      Engine engine,
      StopSignal stop,
      TrainingListener listener) {
    return start(folder, run, init, engine, stop, listener, DurableFiles.DISK);
  }

  static TrainingResult start(
      Path path,
      PreparedRun run,
      Optional<Path> init,
      Engine engine,
      StopSignal stop,
      TrainingListener listener,
      DurableFiles files) {
    // Before the file is read: its copy is compared with this.
    Optional<InitFile> initFile = init.map(InitFile::of);
    RunState state = InitialState.of(run, init, engine.parameterBits());
    Checkpoint first =
        new Checkpoint(
            state,
            ConfigWriter.toYaml(run.config()),
            run.dataDigest(),
            engine.parameterBits(),
            Timing.ZERO,
            WrittenRows.NONE,
            new Provenance(List.of(), initFile).goesOnWith(engine.name(), 0));
    try (Session session = engine.open(run.cohort(), 1)) {
      Optional<int[]> given =
          run.splitGiven() ? Optional.of(run.split().train()) : Optional.empty();
      RunFolder folder = RunFolder.create(path, given, first, files);
      try (RunLock _ = folder.lock()) {
        listener.started(folder, run, 0, false);
        return train(folder, run, first, engine, session, stop, listener);
      }
    }
  }

  /**
   * Goes on with a run, bit for bit as if it had never stopped. A run that has ended is left as it
   * is, and its summary returned.
   *
   * @throws StorageException if there is no run, no usable checkpoint, or another process trains it
   */
  public static TrainingResult resume(
      Path folder, Engine engine, StopSignal stop, TrainingListener listener) {
    return resume(folder, OptionalLong.empty(), engine, stop, listener);
  }

  /**
   * The same, to a larger number of steps: the run ends, bit for bit, as if it had been started
   * with them.
   *
   * @param steps the run is to have; empty: those of its configuration
   * @throws longrun.config.ConfigException if it has more steps, or more would change nothing
   */
  public static TrainingResult resume(
      Path folder, OptionalLong steps, Engine engine, StopSignal stop, TrainingListener listener) {
    return resume(folder, steps, engine, stop, listener, DurableFiles.DISK);
  }

  static TrainingResult resume(
      Path path,
      OptionalLong steps,
      Engine engine,
      StopSignal stop,
      TrainingListener listener,
      DurableFiles files) {
    RunFolder folder = RunFolder.open(path, files);
    Optional<Summary> ended = folder.summary();
    if (ended.isPresent() && !isExtended(folder, steps)) {
      return new TrainingResult(folder, ended.get(), true);
    }
    try (RunLock _ = folder.lock()) {
      Extension.complete(folder);
      boolean extended = isExtended(folder, steps);
      // Another process may have ended it while this one was on its way to the lock.
      ended = folder.summary();
      if (ended.isPresent() && !extended) {
        return new TrainingResult(folder, ended.get(), true);
      }
      PreparedRun present = Extension.prepare(folder);
      // No cohort depends on the steps: what the engine refuses is refused before they change.
      try (Session session = engine.open(present.cohort(), 1)) {
        if (extended) {
          Extension.extend(folder, steps.getAsLong());
        }
        PreparedRun run = extended ? Extension.prepare(folder) : present;
        Checkpoints.Restored restored = folder.checkpoints().newest(expectation(run, folder));
        folder.checkpoints().setAside(restored.damaged());
        for (Checkpoints.Damaged damaged : restored.damaged()) {
          listener.damagedCheckpoint(damaged.file(), damaged.reason());
        }
        listener.started(folder, run, restored.checkpoint().state().step(), true);
        return train(folder, run, restored.checkpoint(), engine, session, stop, listener);
      }
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

  private static boolean isExtended(RunFolder folder, OptionalLong steps) {
    return steps.isPresent() && Extension.isNeeded(folder, steps.getAsLong());
  }

  private static TrainingResult train(
      RunFolder folder,
      PreparedRun run,
      Checkpoint from,
      Engine engine,
      Session session,
      StopSignal stop,
      TrainingListener listener) {
    RunState state = InitialState.round(from.state(), engine.parameterBits());
    session.load(0, run.run(), state);
    Summary summary;
    try (MetricsLog metrics =
        folder.resumeMetrics(run.config().evaluation().every(), from.rows())) {
      Checkpoint restart =
          new Checkpoint(
              state,
              from.configYaml(),
              from.dataDigest(),
              engine.parameterBits(),
              from.timing(),
              from.rows(),
              from.provenance().goesOnWith(engine.name(), state.step()));
      summary =
          new TrainingLoop(folder, run, restart, engine, session, metrics, stop, listener).run();
    }
    if (summary.stopReason() != StopReason.INTERRUPTED) {
      folder.writeSummary(summary);
    }
    listener.finished(summary);
    return new TrainingResult(folder, summary, false);
  }
}
