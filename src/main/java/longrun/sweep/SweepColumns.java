package longrun.sweep;

import java.util.List;

/**
 * Names and order of the columns of results.csv and curves.csv: the number of the run, then the
 * axes, then these. Programs read them; a new one goes to the end.
 */
public final class SweepColumns {
  /** Number of the run. */
  public static final String RUN = "run";

  /** Of results.csv. */
  public static final List<String> RESULTS_AFTER_AXES =
      List.of(
          "status",
          "stop_reason",
          "memorised_at",
          "grokked_at",
          "delay",
          "steps",
          "train_loss",
          "train_accuracy",
          "validation_loss",
          "validation_accuracy",
          "weight_norm",
          "seconds",
          "error");

  /** Of curves.csv. */
  public static final List<String> CURVES_AFTER_AXES =
      List.of(
          "step",
          "train_loss",
          "train_accuracy",
          "validation_loss",
          "validation_accuracy",
          "weight_norm",
          "learning_rate");

  private SweepColumns() {}

  /** Whether every sweep has a column of that name in one of the files. */
  static boolean isFixed(String column) {
    return column.equals(RUN)
        || RESULTS_AFTER_AXES.contains(column)
        || CURVES_AFTER_AXES.contains(column);
  }
}
