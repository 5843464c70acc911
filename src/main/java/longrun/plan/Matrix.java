package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One quantity over all rows of a layout: a buffer for its shared rows and one for its per-example
 * rows, either of which may be missing.
 */
record Matrix(RowLayout layout, Optional<Buffer> shared, Optional<Buffer> examples) {

  /** All rows of one kind; empty if the layout has none. */
  Optional<View> all(boolean perExample) {
    return (perExample ? examples : shared).map(Buffer::all);
  }

  /** The rows of one position. */
  View at(int position) {
    return layout.isShared(position)
        ? new View(shared.orElseThrow(), layout.sharedOffset(position), layout.classes(position))
        : new View(examples.orElseThrow(), layout.examplePositions().indexOf(position), 1);
  }

  /**
   * This matrix's rows of one kind that another layout also has, in pieces that are evenly spaced
   * in both: pairs of (this, other).
   */
  static List<Pair> common(Matrix whole, Matrix part, boolean perExample) {
    List<Integer> positions =
        perExample ? part.layout.examplePositions() : part.layout.sharedPositions();
    List<Integer> all =
        perExample ? whole.layout.examplePositions() : whole.layout.sharedPositions();
    if (positions.isEmpty()) {
      return List.of();
    }
    if (positions.equals(all)) {
      return List.of(
          new Pair(whole.all(perExample).orElseThrow(), part.all(perExample).orElseThrow()));
    }
    List<Pair> pairs = new ArrayList<>();
    for (int position : positions) {
      pairs.add(new Pair(whole.at(position), part.at(position)));
    }
    return pairs;
  }

  /** The same rows seen in two matrices. */
  record Pair(View whole, View part) {}
}
