package longrun.train;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.store.Checkpoint;
import longrun.store.DurableFiles;
import longrun.store.RunFolder;
import longrun.store.RunLock;
import longrun.store.StorageException;
import longrun.store.Summary;

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
    Checkpoint first = OpenRun.firstCheckpoint(run, init, engine);
    try (Session session = engine.open(run.cohort(), 1);
        OpenRun open = OpenRun.create(path, run, first, engine, listener, files)) {
      return train(open, session, stop);
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
    try (RunLock lock = folder.lock()) {
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
        try (OpenRun open = OpenRun.resume(folder, lock, run, engine, listener)) {
          return train(open, session, stop);
        }
      }
    }
  }

  private static boolean isExtended(RunFolder folder, OptionalLong steps) {
    return steps.isPresent() && Extension.isNeeded(folder, steps.getAsLong());
  }

  private static TrainingResult train(OpenRun run, Session session, StopSignal stop) {
    try (DiskWork disk = DiskWork.atOnce()) {
      new SlotLoop(session, new OneRun(run), disk, stop).run();
    }
    return new TrainingResult(run.folder(), run.summary().orElseThrow(), false);
  }

  /** A loop over a single run fails as the run does. */
  private static final class OneRun implements RunSource {
    private Optional<OpenRun> waiting;

    OneRun(OpenRun run) {
      waiting = Optional.of(run);
    }

    @Override
    public Optional<OpenRun> next(int slot) {
      Optional<OpenRun> next = waiting;
      waiting = Optional.empty();
      return next;
    }

    @Override
    public void failed(OpenRun run, RuntimeException failure) {
      throw failure;
    }
  }
}
