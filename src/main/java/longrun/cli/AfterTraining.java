package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.report.Outcome;
import longrun.report.OutcomeSentence;
import longrun.report.RunReport;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.train.Exports;
import longrun.train.TrainingResult;

/**
 * What is left to do and to say when training is over.
 *
 * @param folder of the run, as the person knows it
 * @param export where the parameters go
 * @param report whether to write report.html
 */
record AfterTraining(Path folder, Optional<Path> export, boolean report) {

  /** Writes what was asked for and says how the run went. Gives the exit code. */
  int finish(TrainingResult result, Interrupts interrupts, Output output) {
    // All that cannot be had again is on disk.
    interrupts.endAtOnce();
    StopReason reason = result.summary().stopReason();
    output.out().println(OutcomeSentence.of(outcome(result)));
    if (reason == StopReason.INTERRUPTED) {
      output.out().println("go on with: " + Launcher.command("resume", folder.toString()));
      return interrupts.exitCode().orElse(ExitCode.FAILED);
    }
    if (export.isPresent()) {
      long step = Exports.parameters(result.folder(), export.get(), false);
      output.out().println("parameters after " + Texts.steps(step) + ": " + export.get());
    }
    if (report) {
      new RunReport().write(folder);
      output.out().println("report: " + folder.resolve("report.html"));
    }
    return reason == StopReason.DIVERGED ? ExitCode.FAILED : ExitCode.DONE;
  }

  private static Outcome outcome(TrainingResult result) {
    Summary summary = result.summary();
    double validationAccuracy = summary.last().validationAccuracy();
    return new Outcome(
        summary.memorisedAt(),
        summary.grokkedAt(),
        switch (summary.stopReason()) {
          case STEPS_DONE, GROKKED -> Outcome.Ending.FINISHED;
          case DIVERGED -> Outcome.Ending.DIVERGED;
          case INTERRUPTED -> Outcome.Ending.INTERRUPTED;
        },
        summary.steps(),
        ConfigReader.read(result.folder().configFile(), List.of()).training().steps(),
        summary.last().trainAccuracy(),
        validationAccuracy,
        !Double.isNaN(validationAccuracy));
  }
}
