package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import longrun.cuda.DeviceProfile;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code longrun plan}. */
@Command(
    name = "plan",
    header = "Say what a training step will compute, and what it costs.",
    description = {
      "",
      "Explains a configuration without training it: which positions are computed once for all"
          + " examples, which for each example and which not at all; every operation with its FLOPs"
          + " and bytes; memory; a bound on the time of a step, from this machine's peaks; and what"
          + " a step launches on a GPU, with a prediction of its time there: on this machine's from"
          + " its measured peaks, on others from data sheets.",
      "",
      "FLOPs count a multiply-add as two; bytes count every matrix that an operation reads or"
          + " writes once, in fp32."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml",
      "  ${COMMAND-FULL-NAME} configs/power-2022.yaml --set training.batch_size=64",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --json --no-measure",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --slots 64 --device h100"
    })
final class PlanCommand implements Callable<Integer> {
  /** Far beyond what any device holds. */
  private static final int MAX_SLOTS = 4096;

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
          "Do not measure the peaks of this machine and its GPU (about half a second each), and"
              + " predict no time for them.")
  private boolean noMeasure;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Runs that share a GPU, for the predictions; 1 if left out.")
  private int slots = 1;

  @Option(
      names = "--device",
      paramLabel = "GPU",
      converter = ProfileConverter.class,
      description =
          "Predict for this GPU: "
              + ProfileConverter.ALLOWED
              + "; if left out, for this machine's, as measured, and all of these.")
  private List<String> devices = List.of();

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    if (slots < 1 || slots > MAX_SLOTS) {
      throw new ParameterException(
          command.commandLine(),
          "--slots " + slots + " is out of range; allowed are 1 to " + MAX_SLOTS);
    }
    Explanation explanation =
        Explanation.of(config, overrides, !noMeasure, slots, PlanGpus.ofKeys(devices));
    if (json) {
      main.output()
          .out()
          .println(Texts.json(PlanJson.text(explanation), main.output().out().charset()));
    } else {
      PlanText.lines(explanation).forEach(main.output().out()::println);
    }
    return ExitCode.DONE;
  }

  /** Says what is allowed in the words that are typed. */
  static final class ProfileConverter implements ITypeConverter<String> {
    /** A test holds it together with the profiles. */
    static final String ALLOWED = "h100, rtx-5090, rtx-4090, a6000";

    @Override
    public String convert(String text) {
      return DeviceProfile.of(text)
          .map(DeviceProfile::key)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "\"" + text + "\" is no known GPU; allowed: " + ALLOWED));
    }
  }
}
