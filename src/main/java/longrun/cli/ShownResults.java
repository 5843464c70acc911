package longrun.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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

/**
 * What {@code longrun results} was asked to show.
 *
 * @param conditions that a run meets, all of them
 * @param orders by which rows are sorted, the first first
 * @param groupBy axes whose values make groups; none: a row per run
 * @param chosen columns; none: all
 * @param limit of rows
 */
record ShownResults(
    Path folder,
    List<String> conditions,
    List<String> orders,
    List<String> groupBy,
    List<String> chosen,
    Optional<Integer> limit,
    boolean json,
    boolean csv) {

  /** Reads the runs and prints the table. */
  void print(Output output) {
    SweepFolder sweepFolder = SweepFolder.open(folder);
    try {
      show(sweepFolder, Sweep.of(sweepFolder), output);
    } catch (QueryException e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage());
    }
  }

  private void show(SweepFolder sweepFolder, Sweep sweep, Output output) {
    ResultQuery<RunResult> query = new ResultQuery<>(ResultColumns.of(sweep));
    Predicate<RunResult> condition = _ -> true;
    for (String each : conditions) {
      condition = condition.and(query.condition(each));
    }
    if (groupBy.isEmpty()) {
      Shape<RunResult> shape = shape(query);
      List<RunResult> runs = read(sweepFolder, sweep, condition);
      print(shape, runs, ResultRemarks.ofRuns(runs, sweep.count()), output);
    } else {
      List<SweepAxis> axes = axes(sweep, query);
      Shape<RunGroup> shape = shape(new ResultQuery<>(GroupColumns.of(axes)));
      List<RunResult> runs = read(sweepFolder, sweep, condition);
      print(
          shape,
          RunGroup.by(sweep, axes, runs),
          ResultRemarks.ofGroups(runs, sweep.count()),
          output);
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
  private <R> void print(Shape<R> shape, List<R> found, String remark, Output output) {
    PrintStream out = output.out();
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
