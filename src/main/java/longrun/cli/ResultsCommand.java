package longrun.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import longrun.report.QueryException;
import longrun.report.ResultQuery;
import longrun.report.ResultTable;
import longrun.store.SweepFolder;
import longrun.sweep.Column;
import longrun.sweep.GroupColumns;
import longrun.sweep.ResultColumns;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.Sweep;
import longrun.sweep.SweepAxis;
import longrun.sweep.SweepResults;
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
    SweepFolder sweepFolder = SweepFolder.open(folder);
    Sweep sweep = Sweep.of(sweepFolder);
    try {
      show(sweepFolder, sweep);
    } catch (QueryException e) {
      throw usage(e.getMessage());
    }
    return ExitCode.DONE;
  }

  private static CommandFailure usage(String message) {
    return new CommandFailure(ExitCode.USAGE, message);
  }

  private void show(SweepFolder sweepFolder, Sweep sweep) {
    ResultQuery<RunResult> query = new ResultQuery<>(ResultColumns.of(sweep));
    Predicate<RunResult> condition = _ -> true;
    for (String each : conditions) {
      condition = condition.and(query.condition(each));
    }
    if (groupBy.isEmpty()) {
      Shape<RunResult> shape = shape(query);
      List<RunResult> runs = read(sweepFolder, sweep, condition);
      print(shape, runs, ResultRemarks.ofRuns(runs, sweep.count()));
    } else {
      List<SweepAxis> axes = axes(sweep, query);
      Shape<RunGroup> shape = shape(new ResultQuery<>(GroupColumns.of(axes)));
      List<RunResult> runs = read(sweepFolder, sweep, condition);
      print(shape, RunGroup.by(sweep, axes, runs), ResultRemarks.ofGroups(runs, sweep.count()));
    }
  }

  private static List<RunResult> read(
      SweepFolder sweepFolder, Sweep sweep, Predicate<RunResult> condition) {
    return SweepResults.read(sweepFolder, sweep).stream().filter(condition).toList();
  }

  private List<SweepAxis> axes(Sweep sweep, ResultQuery<RunResult> query) {
    List<SweepAxis> axes = new ArrayList<>();
    for (Column<RunResult> column : query.columns(groupBy)) {
      axes.add(
          sweep.axes().stream()
              .filter(axis -> column.key().filter(axis.key()::equals).isPresent())
              .findFirst()
              .orElseThrow(() -> noAxis(column.name(), sweep)));
    }
    return axes;
  }

  private static QueryException noAxis(String name, Sweep sweep) {
    return new QueryException(
        "--group-by "
            + name
            + ": it is no axis of the sweep; allowed: "
            + sweep.axes().stream().map(SweepAxis::column).collect(Collectors.joining(", ")));
  }

  /** How the table is to look, found out before anything is read. */
  private record Shape<R>(List<Column<R>> columns, Comparator<R> order) {}

  private <R> Shape<R> shape(ResultQuery<R> query) {
    Comparator<R> order = (_, _) -> 0;
    for (String each : orders) {
      order = order.thenComparing(query.order(each));
    }
    return new Shape<>(chosen.isEmpty() ? query.columns() : query.columns(chosen), order);
  }

  /** The remark is for people alone. */
  private <R> void print(Shape<R> shape, List<R> found, String remark) {
    PrintStream out = main.output().out();
    List<R> rows =
        found.stream().sorted(shape.order).limit(limit.orElse(Integer.MAX_VALUE)).toList();
    if (json) {
      out.println(Texts.json(ResultTable.json(shape.columns, rows), out.charset()));
    } else if (csv) {
      out.print(ResultTable.csv(shape.columns, rows));
    } else if (rows.isEmpty()) {
      out.println(remark);
    } else {
      lines(shape.columns, rows).forEach(out::println);
      out.println(
          rows.size() < found.size()
              ? "the first " + rows.size() + " of " + found.size() + " rows; " + remark
              : remark);
    }
  }

  private <R> List<String> lines(List<Column<R>> columns, List<R> rows) {
    if (!chosen.isEmpty()) {
      return ResultTable.wholeText(columns, rows);
    }
    Terminal terminal = Terminal.ofStandardOutput();
    // Only a screen has an edge; a file or a pipe gets every column.
    return ResultTable.text(
        columns, rows, terminal.interactive() ? terminal.columns() : Integer.MAX_VALUE);
  }
}
