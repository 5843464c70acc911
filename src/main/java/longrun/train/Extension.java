package longrun.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.store.Checkpoint;
import longrun.store.CheckpointExpectation;
import longrun.store.Checkpoints;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.Summary;

/**
 * Gives a run more steps, so that it ends, bit for bit, as if it had been started with them.
 *
 * <p>A run depends on its number of steps in one way only: its last step is evaluated even where no
 * evaluation is due. No checkpoint knows of that row, and so it goes when the run is resumed.
 *
 * <p>On disk the new configuration is written first, then every checkpoint anew with it, then it
 * becomes config.yaml. A crash in between leaves the new configuration beside the old one, and the
 * next resume {@link #complete completes} the change.
 */
public final class Extension {
  private Extension() {}

  /**
   * Whether a run has fewer steps than asked for.
   *
   * @throws ConfigException if it has more, or if more would change nothing
   */
  public static boolean isNeeded(RunFolder folder, long steps) {
    long configured = config(folder).training().steps();
    if (steps < configured) {
      throw new ConfigException(
          "--steps "
              + steps
              + ": "
              + folder.path()
              + " has "
              + configured
              + " steps already; allowed: "
              + (configured + 1)
              + " or more");
    }
    if (steps == configured) {
      return false;
    }
    folder.summary().ifPresent(summary -> refuseWhatStepsDoNotEnd(folder, steps, summary));
    return true;
  }

  private static void refuseWhatStepsDoNotEnd(RunFolder folder, long steps, Summary summary) {
    String reason =
        switch (summary.stopReason()) {
          case STEPS_DONE, INTERRUPTED -> "";
          case GROKKED -> "ended by its rule stop.after_grokking_steps";
          case DIVERGED -> "diverged";
        };
    if (!reason.isEmpty()) {
      throw new ConfigException(
          "--steps "
              + steps
              + ": "
              + folder.path()
              + " "
              + reason
              + " at step "
              + summary.steps()
              + "; more steps would change nothing");
    }
  }

  /**
   * Gives a run that is {@linkplain RunFolder#lock locked} more steps.
   *
   * @throws StorageException if it has no usable checkpoint, its metrics are damaged, or something
   *     cannot be written
   * @throws ConfigException if config.yaml was changed, or nothing allows so many steps
   */
  static void extend(RunFolder folder, long steps) {
    RunConfig longer = ConfigReader.override(config(folder), List.of("training.steps=" + steps));
    // Refused before anything is changed.
    Checkpoints.Restored restored =
        folder.checkpoints().newest(OpenRun.expectation(prepare(folder), folder));
    folder.checkMetrics(longer.evaluation().every(), restored.checkpoint().rows());
    folder.beginNextConfig(ConfigWriter.toYaml(longer));
    complete(folder);
  }

  /** Completes an extension that a crash cut short; does nothing if there is none. */
  static void complete(RunFolder folder) {
    Optional<String> next = folder.nextConfigYaml();
    if (next.isEmpty()) {
      return;
    }
    PreparedRun run = prepare(folder);
    CheckpointExpectation present = OpenRun.expectation(run, folder);
    for (Path file : folder.checkpoints().list()) {
      read(file, present)
          .ifPresent(each -> folder.checkpoints().write(withConfig(each, next.get())));
    }
    folder.completeNextConfig();
  }

  /** Empty if it has the new configuration already, or is damaged, which the resume will tell. */
  private static Optional<Checkpoint> read(Path file, CheckpointExpectation present) {
    try {
      return Optional.of(Checkpoints.read(file, present));
    } catch (ConfigException | StorageException e) {
      return Optional.empty();
    }
  }

  private static Checkpoint withConfig(Checkpoint checkpoint, String configYaml) {
    return new Checkpoint(
        checkpoint.state(),
        configYaml,
        checkpoint.dataDigest(),
        checkpoint.bits(),
        checkpoint.timing(),
        checkpoint.rows(),
        checkpoint.provenance());
  }

  private static RunConfig config(RunFolder folder) {
    return ConfigReader.read(folder.configFile(), List.of());
  }

  /** A run as its folder has it now. */
  static PreparedRun prepare(RunFolder folder) {
    return PreparedRun.of(config(folder), folder.trainIndicesFile());
  }
}
