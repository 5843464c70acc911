package longrun.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code longrun bench}. */
@Command(
    name = "bench",
    header = "Measure how fast this machine trains.",
    description = {
      "",
      "Times training steps of real runs, evaluations left out, on the processor and on the GPU if"
          + " there is one: after a warm-up until times are steady, blocks of steps until the time"
          + " for a measurement is spent, in several rounds. Prints time per step, run-steps per"
          + " second, FLOP/s, shares of this machine's measured peaks, and the speed-up over the"
          + " cpu engine.",
      "",
      "Measure on a machine that does nothing else. A configuration's precision is replaced by each"
          + " of those that are measured."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME}",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --engine cpu --threads 1,2 --seconds 20",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --engine cuda --slots 64 --json before.json",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023.yaml --engine cuda --slots 64 --compare"
          + " before.json"
    })
final class BenchCommand implements Callable<Integer> {
  private static final int MAX_THREADS = 1024;
  private static final int MAX_SLOTS = 4096;
  private static final double MAX_SECONDS = 3600;
  private static final int MAX_ROUNDS = 100;

  @ParentCommand private Main main;
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "CONFIG",
      arity = "0..*",
      description =
          "Configurations: YAML or JSON. Default: nanda-2023, power-2022 and prieto-2025, which"
              + " come with the program.")
  private List<Path> configs = List.of();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      converter = KeyValue.class,
      description = "Override a key in all of them: model.d_model=64. May be given many times.")
  private List<String> overrides = List.of();

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      split = ",",
      converter = EngineConverter.class,
      description =
          "What to measure, separated by commas: "
              + EngineConverter.ALLOWED
              + ". Default: cpu, and cuda where a real device works. The reference engine is slow:"
              + " a step may take many seconds.")
  private List<EngineChoice> engines = List.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      description = "Threads of the cpu engine, separated by commas. Default: 1 and one per core.")
  private List<Integer> threads = List.of();

  @Option(
      names = "--slots",
      paramLabel = "N",
      split = ",",
      description =
          "Runs that train side by side, separated by commas. Default: on the GPU 1,8,64,256; on"
              + " the processor one, and one per core.")
  private List<Integer> slots = List.of();

  @Option(
      names = "--precision",
      paramLabel = "P",
      split = ",",
      converter = PrecisionConverter.class,
      description = "Precisions on the GPU, separated by commas. Default: fp32,tf32.")
  private List<String> precisions = List.of("fp32", "tf32");

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "Time for the samples of each measurement, all rounds together; warming up takes from"
              + " half of it to twice as long. Default: 6.")
  private double seconds = 6;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "Measure everything so many times, in turn: what changes within minutes shows in the"
              + " spread then, and --compare has something to judge by. Default: 3.")
  private int rounds = 3;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write everything into this file, every sample included.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description =
          "Print ratios against an earlier --json file, and which differ beyond noise: where the"
              + " slowest round of one is faster than the fastest of the other, and by more than"
              + " 5%% at that. What is slower for longer than a call lasts, as a busy neighbour, is"
              + " not told from the program: repeat both in turn.")
  private Optional<Path> compare = Optional.empty();

  @Override
  public Integer call() {
    requireRange("--threads", threads, MAX_THREADS);
    requireRange("--slots", slots, MAX_SLOTS);
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
      throw mistake("--seconds " + seconds + " is out of range; allowed are up to " + MAX_SECONDS);
    }
    if (rounds < 1 || rounds > MAX_ROUNDS) {
      throw mistake("--rounds " + rounds + " is out of range; allowed are 1 to " + MAX_ROUNDS);
    }
    json.ifPresent(this::requireWritable);
    return new BenchReport(
            main.output(),
            new BenchReport.Request(
                configs,
                overrides,
                engines,
                threads,
                slots,
                BenchReport.precisions(precisions),
                seconds,
                rounds,
                json,
                compare))
        .run();
  }

  private void requireRange(String option, List<Integer> values, int greatest) {
    for (int value : values) {
      if (value < 1 || value > greatest) {
        throw mistake(option + " " + value + " is out of range; allowed are 1 to " + greatest);
      }
    }
  }

  /** Before minutes are spent on what could not be kept. */
  private void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null) {
      throw mistake("--json " + file + " is a folder; name a file");
    }
    if (!Files.isDirectory(folder)) {
      throw mistake("--json " + file + ": there is no folder " + folder);
    }
    if (!Files.isWritable(folder)) {
      throw new CommandFailure(
          ExitCode.STORAGE, "--json " + file + ": the folder " + folder + " cannot be written");
    }
  }

  private ParameterException mistake(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Says what is allowed in the words that are typed. */
  static final class EngineConverter implements ITypeConverter<EngineChoice> {
    /** A test holds it together with the constants. */
    static final String ALLOWED = "cpu, reference, cuda";

    @Override
    public EngineChoice convert(String text) {
      return EngineChoice.named(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "\"" + text + "\" is no engine to measure; allowed: " + ALLOWED));
    }
  }

  /** Says what is allowed; stays with text, so that help need not load what it stands for. */
  static final class PrecisionConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return switch (text) {
        case "fp32", "tf32" -> text;
        default ->
            throw new TypeConversionException(
                "\"" + text + "\" is no precision of the cuda engine; allowed: fp32, tf32");
      };
    }
  }
}
