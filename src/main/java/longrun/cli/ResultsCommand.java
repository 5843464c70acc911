package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun results}. */
@Command(
    name = "results",
    header = "Show the results of a sweep, by run or by group.",
    description = {
      "",
      "Reads the run folders, so it works while the sweep trains, too.",
      "",
      "A COLUMN is one of results.csv: run, the axes, status, stop_reason, memorised_at,"
          + " grokked_at, delay, steps, train_loss, train_accuracy, validation_loss,"
          + " validation_accuracy, weight_norm, seconds, error. An axis may also be named by its"
          + " key (task.train_fraction).",
      "",
      "Groups: each has its counts, and median (lower quartile–upper quartile) of memorised_at,"
          + " grokked_at, delay, validation_accuracy and seconds, over the runs that have ended;"
          + " those waiting, running and failed are only counted. A run that ended without"
          + " memorising or grokking counts as later than any step, so a median may be"
          + " \"> 40,000\": not reached in the steps trained (null in JSON, empty in CSV)."
          + " Quantiles are interpolated linearly between order statistics (type 7, the default of"
          + " numpy and R).",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${ROOT-COMMAND-NAME} results runs/fractions --where train_fraction=0.4 --sort grokked_at",
      "  ${ROOT-COMMAND-NAME} results runs/fractions --where grokked_at= --where status=ended",
      "  ${ROOT-COMMAND-NAME} results runs/fractions --group-by train_fraction",
      "  ${ROOT-COMMAND-NAME} results runs/fractions --columns run,seed,grokked_at --json"
    })
final class ResultsCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "SWEEP_DIR", description = "The folder of the sweep.")
  private Path folder;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = {
        "Only runs with COLUMN=VALUE; also != < <= > >=. Numbers are compared as numbers. No value:"
            + " grokked_at= are the runs without, grokked_at!= those with. May be repeated: every"
            + " condition has to hold."
      })
  private List<String> conditions = List.of();

  @Option(
      names = "--group-by",
      paramLabel = "AXIS",
      split = ",",
      description = "A row for each value of these axes instead of each run.")
  private List<String> groupBy = List.of();

  @Option(
      names = "--sort",
      paramLabel = "COLUMN[:desc]",
      description = {
        "Order of the rows; may be repeated, the first decides first. Groups are sorted by medians."
            + " Rows without a value come last."
      })
  private List<String> orders = List.of();

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description = "Show these, in this order: run,seed,grokked_at.")
  private List<String> chosen = List.of();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Show the first N rows only, after sorting.")
  private Optional<Integer> limit = Optional.empty();

  @Option(names = "--json", description = "Print a JSON array of objects.")
  private boolean json;

  @Option(names = "--csv", description = "Print CSV, with the columns of results.csv.")
  private boolean csv;

  @Override
  public Integer call() {
    if (json && csv) {
      throw usage("--json and --csv exclude each other");
    }
    if (limit.isPresent() && limit.get() < 1) {
      throw usage("--limit " + limit.get() + ": allowed: 1 or more");
    }
    new ShownResults(folder, conditions, orders, groupBy, chosen, limit, json, csv)
        .print(main.output());
    return ExitCode.DONE;
  }

  private static CommandFailure usage(String message) {
    return new CommandFailure(ExitCode.USAGE, message);
  }
}
