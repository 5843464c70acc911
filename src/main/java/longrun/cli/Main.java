package longrun.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import longrun.config.Nearest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code longrun}: reads the command line, runs a command, exits with its code. */
@Command(
    name = "longrun",
    header = "Trains many long grokking runs, fast and exactly reproducible.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Main.VersionProvider.class,
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a verification or the run failed",
      "2:the command line is wrong",
      "3:the configuration is invalid",
      "4:the device, Slurm, or a Java that can run longrun, is not available",
      "5:storage: a file or folder cannot be read or written",
      "130:interrupted by SIGINT; resume goes on",
      "143:interrupted by SIGTERM; resume goes on"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${ROOT-COMMAND-NAME} train configs/quickstart.yaml",
      "  ${ROOT-COMMAND-NAME} train configs/quickstart.yaml --set optimizer.weight_decay=0.3",
      "  ${ROOT-COMMAND-NAME} resume runs/quickstart-seed0",
      "  ${ROOT-COMMAND-NAME} list",
      "  ${ROOT-COMMAND-NAME} plan configs/nanda-2023.yaml",
      "  ${ROOT-COMMAND-NAME} doctor"
    },
    subcommands = {
      TrainCommand.class,
      ResumeCommand.class,
      SweepCommand.class,
      ListCommand.class,
      ReportCommand.class,
      ResultsCommand.class,
      PlanCommand.class,
      SlurmCommand.class,
      BenchCommand.class,
      VerifyCommand.class,
      DoctorCommand.class
    })
public final class Main implements Runnable {
  private final Output output;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on the option itself
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on the option itself
  private boolean version;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an unexpected failure.")
  private boolean verbose;

  private Main(Output output) {
    this.output = output;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    // Digits and decimal points are those of the files that the program reads and writes.
    Locale.setDefault(Locale.ROOT);
    StandardOutput standard = StandardOutput.ofProcess();
    int exitCode = ExitCode.DONE;
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      standard.stream().println(Version.line());
    } else {
      exitCode = run(args, Output.ofProcess(standard.stream()));
    }
    System.exit(standard.end(exitCode, System.err));
  }

  /**
   * Runs a command in this process, drawing nothing that a file could not hold.
   *
   * @return the exit code
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return run(args, new Output(new ReadableStream(out, out.charset()), err, Terminal.plain()));
  }

  static int run(String[] args, Output output) {
    Main main = new Main(output);
    CommandLine commandLine = new CommandLine(main);
    commandLine
        .setCommandName(Launcher.command())
        .setExecutionStrategy(main::execute)
        .setOut(writer(output.out()))
        .setErr(writer(output.err()))
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setParameterExceptionHandler(Main::usageError)
        .setExecutionExceptionHandler((failure, _, _) -> main.failed(failure));
    try {
      return commandLine.execute(args);
    } catch (Throwable failure) {
      // picocli hands exceptions to the handler above, but lets errors through.
      return main.failed(failure);
    }
  }

  /** Without a command there is nothing to do: that is a mistake in the command line. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  Output output() {
    return output;
  }

  /** Help can be had anywhere; a command only where names are what Java takes them for. */
  private int execute(ParseResult parsed) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    try {
      NameEncoding.check(parsed.originalArgs());
    } catch (CommandFailure failure) {
      return failed(failure);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  private int failed(Throwable failure) {
    boolean debug = !System.getenv().getOrDefault("LONGRUN_DEBUG", "").isEmpty();
    return Failures.report(failure, output.err(), verbose || debug);
  }

  private static int usageError(ParameterException mistake, String[] args) {
    CommandLine commandLine = mistake.getCommandLine();
    PrintWriter err = commandLine.getErr();
    err.println("longrun: " + mistake.getMessage());
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      suggestion(unmatched).ifPresent(word -> err.println("Did you mean: " + word + "?"));
    }
    err.println("Try: " + commandLine.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  /** The one that is nearest; the library's order has nothing to do with likeness. */
  private static Optional<String> suggestion(UnmatchedArgumentException mistake) {
    String typed = mistake.getUnmatched().getFirst();
    String command = mistake.getCommandLine().getCommandSpec().qualifiedName();
    return mistake.getSuggestions().stream()
        .min(Comparator.comparingInt(word -> Nearest.distance(typed, word)))
        .map(word -> word.startsWith("-") ? word : command + " " + word);
  }

  /** Reads the version only when it is asked for. */
  static final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Version.line()};
    }
  }
}
