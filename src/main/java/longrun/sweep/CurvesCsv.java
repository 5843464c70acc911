package longrun.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import longrun.store.MetricsRow;

/**
 * curves.csv: a line per evaluation of every run, with the values of the axes. It says nothing of
 * time, so that equal runs have equal curves.
 */
final class CurvesCsv {
  private final Sweep sweep;
  private final List<Function<String, Cell>> readers;
  private final Appendable target;

  CurvesCsv(Sweep sweep, Appendable target) {
    this.sweep = sweep;
    this.readers = sweep.axes().stream().map(Cell::reader).toList();
    this.target = target;
  }

  /** Writes the names of the columns. */
  void header() throws IOException {
    List<String> names = new ArrayList<>(List.of(SweepColumns.RUN));
    sweep.axes().forEach(axis -> names.add(ResultsCsv.quoted(axis.column())));
    names.addAll(SweepColumns.CURVES_AFTER_AXES);
    target.append(String.join(",", names)).append('\n');
  }

  /** Writes the evaluations of a run. */
  void run(int run, List<MetricsRow> rows) throws IOException {
    StringBuilder start = new StringBuilder().append(run).append(',');
    List<String> values = sweep.values(run);
    for (int i = 0; i < values.size(); i++) {
      start.append(ResultsCsv.quoted(readers.get(i).apply(values.get(i)).plain())).append(',');
    }
    for (MetricsRow row : rows) {
      target.append(start).append(Long.toString(row.step()));
      number(row.trainLoss());
      number(row.trainAccuracy());
      number(row.validationLoss());
      number(row.validationAccuracy());
      number(row.weightNorm());
      number(row.learningRate());
      target.append('\n');
    }
  }

  private void number(double value) throws IOException {
    target.append(',').append(Double.isFinite(value) ? Double.toString(value) : "");
  }
}
