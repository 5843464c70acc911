package longrun.sweep;

import java.util.ArrayList;
import java.util.List;

/**
 * The axes of a sweep that may change shapes, and the combinations of their values: numbered from
 * 0, the first axis slowest, which is the order of their first runs.
 */
final class ShapeAxes {
  private final List<SweepAxis> all;
  private final boolean[] isShape;
  private final List<SweepAxis> shapes = new ArrayList<>();
  private final long combinations;

  ShapeAxes(List<SweepAxis> axes) {
    all = axes;
    isShape = new boolean[axes.size()];
    long product = 1;
    for (int i = 0; i < isShape.length; i++) {
      SweepAxis axis = axes.get(i);
      isShape[i] = AxisRole.of(axis.key(), axis.values()) == AxisRole.SHAPE;
      if (isShape[i]) {
        shapes.add(axis);
        product *= axis.values().size();
      }
    }
    combinations = product;
  }

  /** Those that may change shapes, in the order of the sweep. */
  List<SweepAxis> shapes() {
    return List.copyOf(shapes);
  }

  /** Those that do not. */
  List<SweepAxis> values() {
    List<SweepAxis> values = new ArrayList<>(all);
    values.removeAll(shapes);
    return values;
  }

  /** How many there are; 1 where no axis changes shapes. */
  long combinations() {
    return combinations;
  }

  /** The combination that a run has. */
  int combinationOf(int run) {
    int combination = 0;
    int radix = 1;
    int rest = run;
    for (int i = isShape.length - 1; i >= 0; i--) {
      int size = all.get(i).values().size();
      if (isShape[i]) {
        combination += radix * (rest % size);
        radix *= size;
      }
      rest /= size;
    }
    return combination;
  }

  /** The first run that has a combination. */
  int firstRun(int combination) {
    int run = 0;
    int stride = 1;
    int rest = combination;
    for (int i = isShape.length - 1; i >= 0; i--) {
      int size = all.get(i).values().size();
      if (isShape[i]) {
        run += stride * (rest % size);
        rest /= size;
      }
      stride *= size;
    }
    return run;
  }

  /** Which value each shape axis has in a combination. */
  int[] indices(int combination) {
    int[] indices = new int[shapes.size()];
    int rest = combination;
    for (int i = indices.length - 1; i >= 0; i--) {
      int size = shapes.get(i).values().size();
      indices[i] = rest % size;
      rest /= size;
    }
    return indices;
  }

  /** The combination that has these values. */
  int combination(int[] indices) {
    int combination = 0;
    for (int i = 0; i < indices.length; i++) {
      combination = combination * shapes.get(i).values().size() + indices[i];
    }
    return combination;
  }

  /** A combination for people: {@code operation=divide modulus=6}. */
  String label(int combination) {
    int[] indices = indices(combination);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < indices.length; i++) {
      SweepAxis axis = shapes.get(i);
      parts.add(axis.column() + "=" + axis.values().get(indices[i]));
    }
    return String.join(" ", parts);
  }
}
