package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
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
    int bits = parameterBits(run);
    Engines.Selection engine = engine(bits);
    if (engine.engine().parameterBits() != bits) {
      output
          .err()
          .println(
              "longrun: the run was trained with "
                  + bits
                  + "-bit parameters and goes on with "
                  + engine.engine().parameterBits()
                  + ": the result will not be that of an uninterrupted run");
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

  /** The engine that was asked for, else the one whose parameters are those of the checkpoints. */
  private Engines.Selection engine(int bits) {
    if (engineChoice.isPresent()) {
      return Engines.select(engineChoice.get(), threads);
    }
    return bits == Double.SIZE
        ? new Engines.Selection(
            Engines.select(EngineChoice.REFERENCE, threads).engine(),
            "the run was trained in float64")
        : Engines.select(EngineChoice.AUTO, threads);
  }

  /** Bits of a parameter in the newest checkpoint that can be read. */
  private static int parameterBits(RunFolder run) {
    return run.checkpoints().list().reversed().stream()
        .flatMap(file -> parameterBits(file).stream())
        .findFirst()
        .orElse(Float.SIZE);
  }

  /**
   * Empty if the checkpoint is damaged: the trainer will name it, the one before it answers too.
   */
  private static Optional<Integer> parameterBits(Path file) {
    try {
      return switch (Safetensors.read(file).metadata().getOrDefault("engine_bits", "")) {
        case "64" -> Optional.of(Double.SIZE);
        case "32" -> Optional.of(Float.SIZE);
        default -> Optional.empty();
      };
    } catch (StorageException e) {
      return Optional.empty();
    }
  }
}
