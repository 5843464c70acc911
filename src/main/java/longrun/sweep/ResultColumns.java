package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import longrun.store.StopReason;
import longrun.store.Summary.FinalMetrics;
import longrun.sweep.Column.Kind;

/** The columns of results.csv, in the order of {@link SweepColumns}. */
public final class ResultColumns {
  private static final int SECONDS_DIGITS = 3;

  private ResultColumns() {}

  /** Those of a sweep. */
  public static List<Column<RunResult>> of(Sweep sweep) {
    List<Column<RunResult>> columns = new ArrayList<>();
    columns.add(Column.of(SweepColumns.RUN, Kind.NAME, result -> Cell.of(result.run())));
    for (int i = 0; i < sweep.axes().size(); i++) {
      int axis = i;
      columns.add(Column.axis(sweep.axes().get(i), result -> result.values().get(axis)));
    }
    for (String name : SweepColumns.RESULTS_AFTER_AXES) {
      columns.add(afterAxes(name));
    }
    return columns;
  }

  private static Column<RunResult> afterAxes(String name) {
    return switch (name) {
      case "status" -> name(name, result -> Optional.of(result.status().text()));
      case "stop_reason" -> name(name, result -> result.stopReason().map(StopReason::text));
      case "memorised_at" -> Column.of(name, Kind.COUNT, result -> Cell.of(result.memorisedAt()));
      case "grokked_at" -> Column.of(name, Kind.COUNT, result -> Cell.of(result.grokkedAt()));
      case "delay" -> Column.of(name, Kind.RATIO, result -> Cell.of(result.delay()));
      case "steps" -> Column.of(name, Kind.COUNT, result -> Cell.of(result.steps()));
      case "train_loss" -> metric(name, Kind.QUANTITY, FinalMetrics::trainLoss);
      case "train_accuracy" -> metric(name, Kind.ACCURACY, FinalMetrics::trainAccuracy);
      case "validation_loss" -> metric(name, Kind.QUANTITY, FinalMetrics::validationLoss);
      case "validation_accuracy" -> metric(name, Kind.ACCURACY, FinalMetrics::validationAccuracy);
      case "weight_norm" -> metric(name, Kind.QUANTITY, FinalMetrics::weightNorm);
      case "seconds" -> Column.of(name, Kind.SECONDS, result -> seconds(result.seconds()));
      case "error" -> name(name, RunResult::error);
      default -> throw new IllegalStateException("no value for the column " + name);
    };
  }

  private static Column<RunResult> name(String name, Function<RunResult, Optional<String>> text) {
    return Column.of(name, Kind.NAME, result -> Cell.of(text.apply(result)));
  }

  private static Column<RunResult> metric(
      String name, Kind kind, ToDoubleFunction<FinalMetrics> metric) {
    return Column.of(name, kind, result -> Cell.of(metric.applyAsDouble(result.last())));
  }

  /**
   * The only column that depends on the clock; a thousandth of a second is all that it can tell.
   */
  private static Cell seconds(OptionalDouble seconds) {
    return seconds.isEmpty()
        ? Cell.MISSING
        : new Cell.Number(
            String.format(Locale.ROOT, "%." + SECONDS_DIGITS + "f", seconds.getAsDouble()));
  }
}
