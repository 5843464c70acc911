package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun plan}. */
@Command(
    name = "plan",
    header = "Say what a training step will compute, and what it costs.",
    description = {
      "",
      "Explains a configuration without training it: which positions are computed once for all"
          + " examples, which for each example and which not at all; every operation with its FLOPs"
          + " and bytes; memory; and a bound on the time of a step, from this machine's peaks.",
      "",
      "FLOPs count a multiply-add as two; bytes count every matrix that an operation reads or"
          + " writes once, in fp32."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml",
      "  ${COMMAND-FULL-NAME} configs/power-2022.yaml --set training.batch_size=64",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --json --no-measure"
    })
final class PlanCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "CONFIG", description = "The configuration: YAML or JSON.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      converter = KeyValue.class,
      description = "Override a key: training.batch_size=64. May be given many times.")
  private List<String> overrides = List.of();

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Option(
      names = "--no-measure",
      description =
          "Do not measure this machine's peaks (about half a second), and predict no time.")
  private boolean noMeasure;

  @Override
  public Integer call() {
    Explanation explanation = Explanation.of(config, overrides, !noMeasure);
    if (json) {
      main.output()
          .out()
          .println(Texts.json(PlanJson.text(explanation), main.output().out().charset()));
    } else {
      PlanText.lines(explanation).forEach(main.output().out()::println);
    }
    return ExitCode.DONE;
  }
}
