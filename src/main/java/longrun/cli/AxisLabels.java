package longrun.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * What the axes' values of some runs are, in little room: {@code train_fraction=0.3 seed=7}, else
 * {@code tra=0.3 see=7}, else {@code 0.3 7}. All of them are shortened alike, and names before
 * values, since it is by their values that runs differ.
 */
final class AxisLabels {
  private static final int SHORTEST_NAME = 3;

  private AxisLabels() {}

  /** Columns of the longest label as it is written in full. */
  static int fullLength(List<String> names, List<List<String>> runs) {
    return longest(labels(names, runs, longest(names)));
  }

  /**
   * A label for every run.
   *
   * @param names of the axes
   * @param runs the values of each
   * @param columns that there are
   */
  static List<String> fitting(
      List<String> names, List<List<String>> runs, int columns, boolean unicode) {
    for (int nameLength = longest(names); nameLength >= SHORTEST_NAME; nameLength--) {
      List<String> labels = labels(names, runs, nameLength);
      if (longest(labels) <= columns) {
        return labels;
      }
    }
    return runs.stream()
        .map(values -> ColumnLine.cut(String.join(" ", values), columns, unicode))
        .toList();
  }

  private static List<String> labels(List<String> names, List<List<String>> runs, int nameLength) {
    return runs.stream().map(values -> label(names, values, nameLength)).toList();
  }

  private static String label(List<String> names, List<String> values, int nameLength) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      parts.add(name.substring(0, Math.min(nameLength, name.length())) + "=" + values.get(i));
    }
    return String.join(" ", parts);
  }

  private static int longest(List<String> texts) {
    return texts.stream().mapToInt(ColumnLine::length).max().orElse(0);
  }
}
