package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun train}. */
@Command(
    name = "train",
    header = "Train a run from its configuration.",
    description = {
      "",
      "Creates a run folder and trains to the end of the run. Ctrl-C stops it at a checkpoint;"
          + " ${ROOT-COMMAND-NAME} resume goes on from there."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} configs/quickstart.yaml",
      "  ${COMMAND-FULL-NAME} configs/quickstart.yaml --set training.seed=1 --run-dir run1",
      "  ${COMMAND-FULL-NAME} configs/quickstart.yaml --export final.safetensors"
    })
final class TrainCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "CONFIG", description = "The configuration: YAML or JSON.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      converter = KeyValue.class,
      description = "Override a key: optimizer.learning_rate=3e-4. May be given many times.")
  private List<String> overrides = List.of();

  @Mixin private EngineOptions engine;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "The folder of the run; it may not hold one yet. Default: runs/NAME-seedN.")
  private Optional<Path> runFolder = Optional.empty();

  @Option(
      names = "--init",
      paramLabel = "FILE",
      description = "Start from the parameters of this safetensors file.")
  private Optional<Path> initial = Optional.empty();

  @Option(
      names = "--train-indices",
      paramLabel = "FILE",
      description =
          "Train on exactly these examples, a number per line. Examples are numbered from 0 in the"
              + " order of the pairs (a, b), a in the outer and b in the inner loop; pairs that the"
              + " operation is not defined on are skipped.")
  private Optional<Path> trainIndices = Optional.empty();

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "Write the final parameters to this safetensors file.")
  private Optional<Path> export = Optional.empty();

  @Option(
      names = "--export-gradients",
      paramLabel = "FILE",
      description = "Write the gradient of the first step to this safetensors file.")
  private Optional<Path> exportGradients = Optional.empty();

  @Option(names = "--no-report", description = "Do not write report.html.")
  private boolean noReport;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show only the outcome, warnings and errors.")
  private boolean quiet;

  @Override
  public Integer call() {
    return new NewRun(
            config,
            overrides,
            engine.engine().orElse(EngineChoice.AUTO),
            engine.threads(),
            runFolder,
            initial,
            trainIndices,
            export,
            exportGradients,
            !noReport,
            quiet)
        .train(main.output());
  }
}
