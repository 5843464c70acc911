package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.Safetensors;
import longrun.store.StorageException;
import longrun.store.Summary;
import longrun.train.Extension;
import longrun.train.Trainer;
import longrun.train.TrainingResult;

/** What {@code longrun resume} was asked for. */
record ResumedRun(
    Path folder,
    OptionalLong steps,
    Optional<EngineChoice> engineChoice,
    OptionalInt threads,
    Optional<Path> export,
    boolean report,
    boolean quiet) {

  /** Goes on with the run to its end. Gives the exit code. */
  int train(Output output) {
    Interrupts interrupts = Interrupts.listen();
    RunFolder run = RunFolder.open(folder);
    export.ifPresent(file -> ExportTarget.check("--export", file, folder));
    Optional<Summary> ended = run.summary();
    if (ended.isPresent() && !getsMoreSteps(run)) {
      output.out().println(folder + " has ended; there is nothing to resume");
      return new AfterTraining(folder, export, false)
          .finish(new TrainingResult(run, ended.get(), true), interrupts, output);
    }
    EngineChoice before = lastEngine(run);
    Engines.Selection engine = engine(before);
    if (!engine.engine().name().equals(before.toString())) {
      output
          .err()
          .println(
              "longrun: the run was trained by the "
                  + before
                  + " engine and goes on with the "
                  + engine.engine().name()
                  + " engine: the result will not be, bit for bit, that of an uninterrupted run");
    }
    Engines.tooManyThreads(threads).ifPresent(output.err()::println);
    TrainingResult result;
    try (TrainingView view = new TrainingView(output, quiet, engine, folder, interrupts, _ -> {})) {
      result = Trainer.resume(folder, steps, engine.engine(), view.stop(), view);
    }
    return new AfterTraining(folder, export, report).finish(result, interrupts, output);
  }

  /** Asked before an engine is looked for: what is wrong with {@code --steps} is said first. */
  private boolean getsMoreSteps(RunFolder run) {
    return steps.isPresent() && Extension.isNeeded(run, steps.getAsLong());
  }

  /** The engine that was asked for, else the one that the run was trained by. */
  private Engines.Selection engine(EngineChoice before) {
    if (engineChoice.isPresent()) {
      return Engines.select(engineChoice.get(), threads);
    }
    try {
      return new Engines.Selection(
          Engines.select(before, threads).engine(), "the run was trained by it");
    } catch (CommandFailure missing) {
      if (missing.exitCode() != ExitCode.DEVICE_UNAVAILABLE) {
        throw missing;
      }
      throw new CommandFailure(
          ExitCode.DEVICE_UNAVAILABLE,
          "the run was trained by the "
              + before
              + " engine: "
              + missing.getMessage()
              + "; with --engine cpu it goes on here, though not with the same bits");
    }
  }

  /** Whoever wrote the newest checkpoint that can be read. */
  static EngineChoice lastEngine(RunFolder run) {
    return run.checkpoints().list().reversed().stream()
        .flatMap(file -> lastEngine(file).stream())
        .findFirst()
        .orElse(EngineChoice.CPU);
  }

  /**
   * Empty if the checkpoint is damaged: the trainer will name it, the one before it answers too.
   */
  private static Optional<EngineChoice> lastEngine(Path file) {
    try {
      return Provenance.ofMetadata(file, Safetensors.read(file).metadata()).engines().stream()
          .reduce((earlier, later) -> later)
          .flatMap(span -> EngineChoice.named(span.engine()));
    } catch (StorageException e) {
      return Optional.empty();
    }
  }
}
