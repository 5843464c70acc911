package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which rows stand for which positions at one point of the network: shared positions are stacked
 * one after the other, one row for each distinct value; the rest have a row for each example.
 */
final class RowLayout {
  private final String name;
  private final Map<Integer, ValueNumbering> numberings;
  private final Map<Integer, Integer> sharedOffset = new TreeMap<>();
  private final Map<Integer, RowIndex> byExample = new TreeMap<>();
  private final List<Integer> examplePositions = new ArrayList<>();
  private int sharedRows;

  /**
   * @param numberings of the live positions
   * @param batchExamples a position with fewer distinct values than this is shared
   * @param neverShared positions that keep a row for each example all the same
   */
  RowLayout(
      String name,
      Map<Integer, ValueNumbering> numberings,
      int batchExamples,
      List<Integer> neverShared) {
    this.name = name;
    this.numberings = new TreeMap<>(numberings);
    for (Map.Entry<Integer, ValueNumbering> entry : this.numberings.entrySet()) {
      int position = entry.getKey();
      ValueNumbering numbering = entry.getValue();
      if (numbering.classes() < batchExamples && !neverShared.contains(position)) {
        sharedOffset.put(position, sharedRows);
        sharedRows += numbering.classes();
        byExample.put(
            position,
            new RowIndex(
                name + " position " + position + " by example",
                numbering.classOf(),
                numbering.classes()));
      } else {
        examplePositions.add(position);
      }
    }
  }

  private RowLayout(RowLayout whole, List<Integer> positions) {
    this.name = whole.name;
    this.numberings = new TreeMap<>();
    for (int position : positions) {
      numberings.put(position, whole.numberings.get(position));
      if (whole.isShared(position)) {
        sharedOffset.put(position, sharedRows);
        sharedRows += whole.classes(position);
        byExample.put(position, whole.byExample.get(position));
      } else {
        examplePositions.add(position);
      }
    }
  }

  /** The same rows for some of the positions, stacked anew. */
  RowLayout restrictedTo(List<Integer> positions) {
    return new RowLayout(this, positions);
  }

  List<Integer> positions() {
    return List.copyOf(numberings.keySet());
  }

  List<Integer> sharedPositions() {
    return List.copyOf(sharedOffset.keySet());
  }

  List<Integer> examplePositions() {
    return List.copyOf(examplePositions);
  }

  boolean isShared(int position) {
    return sharedOffset.containsKey(position);
  }

  int sharedRows() {
    return sharedRows;
  }

  int sharedOffset(int position) {
    return sharedOffset.get(position);
  }

  /** Distinct values of a position. */
  int classes(int position) {
    return numberings.get(position).classes();
  }

  /** First example that has a class's value. */
  int representative(int position, int valueClass) {
    return numberings.get(position).representative()[valueClass];
  }

  int classOf(int position, int example) {
    return numberings.get(position).classOf()[example];
  }

  /** Example number to row within the position's shared rows. */
  RowIndex byExample(int position) {
    return byExample.get(position);
  }

  /**
   * The table by which shared rows of a later layout find, at one position, the rows of this one.
   *
   * @param later whose rows read
   * @param readerPosition which of its positions reads
   * @param position which position of this layout is read
   */
  RowIndex byReader(RowLayout later, int readerPosition, int position) {
    int[] rows = new int[later.classes(readerPosition)];
    for (int reader = 0; reader < rows.length; reader++) {
      rows[reader] = classOf(position, later.representative(readerPosition, reader));
    }
    return new RowIndex(
        later.name + " position " + readerPosition + " to " + name + " position " + position,
        rows,
        classes(position));
  }
}
