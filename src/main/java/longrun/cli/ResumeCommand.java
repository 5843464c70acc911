package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun resume}. */
@Command(
    name = "resume",
    header = "Go on with a run from its newest good checkpoint.",
    description = {
      "",
      "The result is, bit for bit, that of a run that was never interrupted. A run that has ended"
          + " is left as it is, unless --steps gives it more."
    })
final class ResumeCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "RUN_DIR", description = "The folder of the run.")
  private Path folder;

  @Mixin private EngineOptions engine;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Give the run more steps. It ends as if it had been started with N; config.yaml follows.")
  private Optional<Long> steps = Optional.empty();

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "Write the final parameters to this safetensors file.")
  private Optional<Path> export = Optional.empty();

  @Option(names = "--no-report", description = "Do not write report.html.")
  private boolean noReport;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show only the outcome, warnings and errors.")
  private boolean quiet;

  @Override
  public Integer call() {
    return new ResumedRun(
            folder,
            steps.map(OptionalLong::of).orElse(OptionalLong.empty()),
            engine.engine(),
            engine.threads(),
            export,
            !noReport,
            quiet)
        .train(main.output());
  }
}
