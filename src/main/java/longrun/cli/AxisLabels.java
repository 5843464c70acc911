package longrun.cli;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import longrun.sweep.SweepAxis;

/**
 * What the axes' values of some runs are, in little room: {@code train_fraction=0.3 seed=7}, else
 * {@code tf=0.3 seed=7}, else {@code tf=0.3 s=7}, else {@code 0.3 7}. All of them are shortened
 * alike, and names before values, since it is by their values that runs differ.
 */
final class AxisLabels {
  private AxisLabels() {}

  /** Names for people: the last part of each key, or the axis' column where that is not clear. */
  static List<String> names(List<SweepAxis> axes) {
    List<String> last =
        axes.stream().map(axis -> axis.key().substring(axis.key().lastIndexOf('.') + 1)).toList();
    return distinct(last) ? last : axes.stream().map(SweepAxis::column).toList();
  }

  /** Columns of the longest label as it is written in full. */
  static int fullLength(List<String> names, List<List<String>> runs) {
    return longest(labels(names, runs));
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
    List<String> initials = names.stream().map(AxisLabels::initials).toList();
    List<String> someInitials =
        names.stream().map(name -> name.contains("_") ? initials(name) : name).toList();
    for (List<String> shorter : List.of(names, someInitials, initials)) {
      List<String> labels = labels(shorter, runs);
      if (distinct(shorter) && longest(labels) <= columns) {
        return labels;
      }
    }
    return runs.stream()
        .map(values -> ColumnLine.cut(String.join(" ", values), columns, unicode))
        .toList();
  }

  /** {@code learning_rate} as {@code lr}. */
  private static String initials(String name) {
    return Arrays.stream(name.split("_", -1))
        .filter(word -> !word.isEmpty())
        .map(word -> word.substring(0, 1))
        .collect(Collectors.joining());
  }

  private static List<String> labels(List<String> names, List<List<String>> runs) {
    return runs.stream()
        .map(
            values ->
                IntStream.range(0, names.size())
                    .mapToObj(i -> names.get(i) + "=" + values.get(i))
                    .collect(Collectors.joining(" ")))
        .toList();
  }

  private static boolean distinct(List<String> texts) {
    return new HashSet<>(texts).size() == texts.size();
  }

  private static int longest(List<String> texts) {
    return texts.stream().mapToInt(ColumnLine::length).max().orElse(0);
  }
}
