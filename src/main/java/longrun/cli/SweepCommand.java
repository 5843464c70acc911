package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.sweep.Shard;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code longrun sweep}. */
@Command(
    name = "sweep",
    header = "Train every combination of some values, many runs at once.",
    description = {
      "",
      "The section sweep of the configuration names keys and the values that each is to have; the"
          + " runs are the product. The same command again goes on with a sweep that was stopped,"
          + " or killed: runs that have ended stay as they are. What comes out depends neither on"
          + " the slots nor on interruptions."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} configs/quickstart-sweep.yaml --dry-run",
      "  ${COMMAND-FULL-NAME} configs/quickstart-sweep.yaml",
      "  ${COMMAND-FULL-NAME} configs/quickstart.yaml --set 'sweep.training.seed={from: 0, count:"
          + " 4}' --sweep-dir runs/seeds",
      "  ${COMMAND-FULL-NAME} --merge runs/seeds"
    })
final class SweepCommand implements Callable<Integer> {
  private static final int MAX_SLOTS = 1_000_000;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "CONFIG",
      description =
          "The configuration, YAML or JSON, with a section sweep; or the folder of a sweep that is"
              + " to go on.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      converter = KeyValue.class,
      description =
          "Override a key: optimizer.learning_rate=3e-4, or an axis: sweep.training.seed=[1, 2]."
              + " May be given many times.")
  private List<String> overrides = List.of();

  @Option(
      names = "--sweep-dir",
      paramLabel = "DIR",
      description = "The folder of the sweep. Default: runs/NAME, after the configuration's file.")
  private Optional<Path> folder = Optional.empty();

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = EngineOptions.Converter.class,
      description =
          "What executes the steps: "
              + EngineChoice.ALLOWED
              + ". auto takes cuda where a real GPU works, else cpu. If left out, a new sweep takes"
              + " auto, and one that goes on the engine that trained it.")
  private Optional<EngineChoice> engine = Optional.empty();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description =
          "How many runs train at once. Default: on the CPU one per core, each on one thread; on a"
              + " GPU as many as bring nearly its full rate and fit into its memory.")
  private Optional<Integer> slots = Optional.empty();

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = ShardConverter.class,
      description =
          "Train only share I of N, for as many processes or machines that see one folder.")
  private Shard shard = Shard.WHOLE;

  @Option(
      names = "--merge",
      paramLabel = "DIR",
      description =
          "Train nothing; write results.csv, curves.csv and report.html from the runs of all shards"
              + " of this sweep.")
  private Optional<Path> merge = Optional.empty();

  @Option(
      names = "--dry-run",
      description = "Say what would be trained, with which slots, memory and time, and end.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Begin, however many runs there are.")
  private boolean yes;

  @Option(names = "--no-report", description = "Do not write report.html.")
  private boolean noReport;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show only the outcome, warnings and errors.")
  private boolean quiet;

  @Override
  public Integer call() {
    if (merge.isPresent()) {
      boolean alone =
          config.isEmpty()
              && folder.isEmpty()
              && overrides.isEmpty()
              && engine.isEmpty()
              && slots.isEmpty()
              && shard.equals(Shard.WHOLE)
              && !dryRun
              && !yes;
      if (!alone) {
        throw usage("--merge trains nothing: beside it there may be --no-report alone");
      }
      MergedSweep.write(merge.get(), !noReport, main.output());
      return ExitCode.DONE;
    }
    if (config.isEmpty()) {
      throw usage("which CONFIG, or which --merge DIR?");
    }
    return sweep(config.get()).train(main.output());
  }

  private NewSweep sweep(Path named) {
    if (SweepTarget.isFolder(named) && (!overrides.isEmpty() || folder.isPresent())) {
      throw usage(named + " is the folder of a sweep: it takes neither --set nor --sweep-dir");
    }
    return new NewSweep(
        SweepTarget.read(named, overrides, folder),
        engine,
        slotCount(),
        shard,
        dryRun,
        yes,
        !noReport,
        quiet,
        Launcher.command() + " " + again());
  }

  private OptionalInt slotCount() {
    if (slots.isEmpty()) {
      return OptionalInt.empty();
    }
    if (slots.get() < 1 || slots.get() > MAX_SLOTS) {
      throw usage("--slots " + slots.get() + " is out of range; allowed are 1 to " + MAX_SLOTS);
    }
    return OptionalInt.of(slots.get());
  }

  /** The command as it was given, ready for a shell. */
  private String again() {
    return String.join(
        " ",
        spec.commandLine().getParent().getParseResult().originalArgs().stream()
            .map(Texts::shellWord)
            .toList());
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Reads {@code 3/8}. */
  static final class ShardConverter implements ITypeConverter<Shard> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,6})/([0-9]{1,6})");

    @Override
    public Shard convert(String text) {
      Matcher shard = FORM.matcher(text);
      if (shard.matches()) {
        int index = Integer.parseInt(shard.group(1));
        int count = Integer.parseInt(shard.group(2));
        if (index >= 1 && index <= count) {
          return new Shard(index, count);
        }
      }
      throw new TypeConversionException(
          "\"" + text + "\" is no shard; allowed: I/N with I from 1 to N, as in 3/8");
    }
  }
}
