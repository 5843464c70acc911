package longrun.sweep;

import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.ConfigException;
import longrun.config.RunConfig;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.engine.Engine;
import longrun.engine.UnsupportedCohortException;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.train.OpenRun;
import longrun.train.PreparedRun;
import longrun.train.StopSignal;

/** Opens the runs of a sweep, new ones and begun ones, and records those that cannot be trained. */
final class RunOpener {
  private final SweepFolder folder;
  private final Sweep sweep;
  private final Engine engine;
  private final RunQueue queue;
  private final StopSignal stop;
  private final SweepListener listener;
  private final SweepTally tally;

  RunOpener(
      SweepFolder folder,
      Sweep sweep,
      Engine engine,
      RunQueue queue,
      StopSignal stop,
      SweepListener listener,
      SweepTally tally) {
    this.folder = folder;
    this.sweep = sweep;
    this.engine = engine;
    this.queue = queue;
    this.stop = stop;
    this.listener = listener;
    this.tally = tally;
  }

  /** A run that is ready for a slot. */
  record Opened(int number, OpenRun run, RunVoice voice) {
    /** The run, told its slot. */
    OpenRun inSlot(int slot) {
      voice.inSlot(slot, run);
      return run;
    }
  }

  /**
   * Takes runs of a cohort off the queue until one can be trained.
   *
   * @return empty if none is left, or the sweep is to stop
   * @throws RuntimeException if no run can be trained: the disk is full, the device is lost
   */
  Optional<Opened> next(int cohort) {
    while (!stop.requested()) {
      OptionalInt run = queue.take(cohort);
      if (run.isEmpty()) {
        return Optional.empty();
      }
      try {
        Optional<Opened> opened = open(run.getAsInt());
        if (opened.isPresent()) {
          return opened;
        }
        tally.foundEnded();
      } catch (RuntimeException failure) {
        failed(run.getAsInt(), failure);
      }
    }
    return Optional.empty();
  }

  private Optional<Opened> open(int number) {
    folder.clearFailure(number);
    RunVoice voice = new RunVoice(number, listener, tally);
    RunConfig config = sweep.config(number);
    Optional<RunFolder> begun = folder.run(number);
    if (begun.isEmpty() && Files.exists(folder.runPath(number))) {
      throw new StorageException(
          folder.runPath(number) + ": is there, and no run folder, or not a whole one");
    }
    if (begun.isEmpty()) {
      PreparedRun run = PreparedRun.of(config, Optional.empty());
      OpenRun open =
          OpenRun.start(
              folder.runPath(number), run, Optional.empty(), engine, voice, folder.files());
      return Optional.of(new Opened(number, open, voice));
    }
    Optional<OpenRun> open = OpenRun.resume(begun.get(), engine, voice);
    open.ifPresent(run -> requireSame(run, config));
    return open.map(run -> new Opened(number, run, voice));
  }

  private static void requireSame(OpenRun run, RunConfig config) {
    if (!run.run().config().equals(config)) {
      run.close();
      throw new StorageException(
          run.folder().configFile()
              + ": not the configuration that the sweep gives this run; it was changed since, or is"
              + " another run's");
    }
  }

  /**
   * Records that a run could not be trained.
   *
   * @throws RuntimeException the failure, if the other runs would fail the same way
   */
  void failed(int number, RuntimeException failure) {
    if (isOfAll(failure)) {
      throw failure;
    }
    String reason =
        reason(failure)
            + (Files.exists(folder.runPath(number))
                ? "; to have the run trained anew, move "
                    + folder.runPath(number)
                    + " away and start the sweep again"
                : "");
    folder.recordFailure(number, reason);
    tally.failed();
    listener.runFailed(number, reason);
  }

  private static boolean isOfAll(RuntimeException failure) {
    return switch (failure) {
      case StorageException storage -> storage.isExhausted();
      case CudaFailure _, CudaUnavailableException _ -> true;
      default -> false;
    };
  }

  private static String reason(RuntimeException failure) {
    return switch (failure) {
      case StorageException _, ConfigException _, UnsupportedCohortException _ ->
          failure.getMessage();
      default -> "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
    };
  }
}
