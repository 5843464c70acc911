package longrun.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import longrun.sweep.Cell;
import longrun.sweep.Sweep;
import longrun.sweep.SweepAxis;

/**
 * An axis of a sweep as a page shows it: its values in order of size where all are numbers, else as
 * they are written. A value's rank is its place in that order.
 */
final class ShownAxis {
  /** Axes with more values are named, but nothing is shown per value. */
  static final int MOST_VALUES = 400;

  private static final int LONGEST_LABEL = 20;

  private final SweepAxis axis;
  private final List<String> labels;
  private final int[] rankOf;
  private final boolean numeric;
  private final int stride;

  private ShownAxis(SweepAxis axis, int stride) {
    this.axis = axis;
    this.stride = stride;
    List<Cell> cells = axis.values().stream().map(Cell::ofYaml).toList();
    numeric = cells.stream().allMatch(Cell.Number.class::isInstance);
    List<Integer> order = new ArrayList<>(IntStream.range(0, cells.size()).boxed().toList());
    if (numeric) {
      order.sort(Comparator.comparing(each -> number(cells.get(each))));
    }
    labels = labels(order.stream().map(cells::get).toList());
    rankOf = new int[order.size()];
    for (int rank = 0; rank < rankOf.length; rank++) {
      rankOf[order.get(rank)] = rank;
    }
  }

  private static BigDecimal number(Cell cell) {
    return cell instanceof Cell.Number number ? number.value() : BigDecimal.ZERO;
  }

  /** The axes that make a difference, and have no more values than can be shown. */
  static List<ShownAxis> of(Sweep sweep) {
    List<ShownAxis> shown = new ArrayList<>();
    int stride = sweep.count();
    for (SweepAxis axis : sweep.axes()) {
      int size = axis.values().size();
      stride /= Math.max(1, size);
      if (size > 1 && size <= MOST_VALUES) {
        shown.add(new ShownAxis(axis, stride));
      }
    }
    return shown;
  }

  /** The first that is no seed: what a reader wants to compare. */
  static Optional<ShownAxis> toCompare(List<ShownAxis> axes) {
    return axes.stream().filter(axis -> !axis.isSeed()).findFirst();
  }

  /** Whether it only repeats the runs with other random numbers. */
  static boolean isSeed(SweepAxis axis) {
    return axis.key().endsWith("seed");
  }

  boolean isSeed() {
    return isSeed(axis);
  }

  String column() {
    return axis.column();
  }

  String key() {
    return axis.key();
  }

  boolean numeric() {
    return numeric;
  }

  int size() {
    return labels.size();
  }

  /** For people, by rank. */
  List<String> labels() {
    return labels;
  }

  /** Long fractions are rounded where they can still be told apart. */
  private static List<String> labels(List<Cell> cells) {
    List<String> exact = cells.stream().map(Cell::plain).toList();
    List<String> rounded = cells.stream().map(ShownAxis::rounded).toList();
    return rounded.stream().distinct().count() == exact.stream().distinct().count()
        ? rounded
        : exact;
  }

  private static String rounded(Cell cell) {
    return cell instanceof Cell.Number number && number.text().contains(".")
        ? Numbers.setting(number.value().doubleValue())
        : cell.plain();
  }

  /** A label that does not crowd out what it belongs to. */
  static String shortened(String label) {
    return label.codePointCount(0, label.length()) <= LONGEST_LABEL
        ? label
        : label.substring(0, label.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "…";
  }

  /** The rank of the value that a run has. */
  int rank(int run) {
    return rankOf[run / stride % rankOf.length];
  }
}
