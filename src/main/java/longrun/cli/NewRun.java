package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.store.RunFolder;
import longrun.train.Exports;
import longrun.train.PreparedRun;
import longrun.train.Trainer;
import longrun.train.TrainingResult;

/**
 * What {@code longrun train} was asked for. Whatever can be found wrong is found before the run
 * folder is created.
 */
record NewRun(
    Path config,
    List<String> overrides,
    EngineChoice engineChoice,
    OptionalInt threads,
    Optional<Path> runFolder,
    Optional<Path> initial,
    Optional<Path> trainIndices,
    Optional<Path> export,
    Optional<Path> exportGradients,
    boolean report,
    boolean quiet) {
  private static final Path RUNS = Path.of("runs");

  /** Trains to the end of the run. Gives the exit code. */
  int train(Output output) {
    Interrupts interrupts = Interrupts.listen();
    RunConfig resolved = ConfigReader.read(config, overrides);
    PreparedRun run = PreparedRun.of(resolved, trainIndices);
    Engines.Selection engine = Engines.select(engineChoice, threads);
    Path folder =
        runFolder.orElseGet(() -> RunFolder.unused(RUNS, config, resolved.training().seed()));
    checkExports(folder);
    TrainingResult result;
    try (TrainingView view =
        new TrainingView(
            output, quiet, engine, folder, interrupts, _ -> exportGradients(run, engine))) {
      result = Trainer.start(folder, run, initial, engine.engine(), view.stop(), view);
    } catch (OutOfMemoryError e) {
      throw new CommandFailure(ExitCode.FAILED, Failures.outOfMemory(MemoryNeed.of(run)));
    }
    return new AfterTraining(folder, export, report).finish(result, interrupts, output);
  }

  private void checkExports(Path folder) {
    if (export.isPresent()
        && exportGradients.isPresent()
        && export
            .get()
            .toAbsolutePath()
            .normalize()
            .equals(exportGradients.get().toAbsolutePath().normalize())) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--export-gradients " + exportGradients.get() + ": the same file as --export");
    }
    export.ifPresent(file -> ExportTarget.check("--export", file, folder));
    exportGradients.ifPresent(file -> ExportTarget.check("--export-gradients", file, folder));
  }

  private void exportGradients(PreparedRun run, Engines.Selection engine) {
    exportGradients.ifPresent(
        file -> Exports.gradients(run, initial, engine.engine(), file, false));
  }
}
