package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    PreparedRun run = Preparation.of(config, overrides, trainIndices);
    Engines.Selection engine = Engines.select(engineChoice, threads);
    Path folder =
        runFolder.orElseGet(() -> RunFolder.unused(RUNS, config, run.config().training().seed()));
    RunTarget.check(folder);
    checkExports(folder);
    Engines.tooManyThreads(threads).ifPresent(output.err()::println);
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
