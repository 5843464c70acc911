package longrun.plan;

/**
 * Which rows stand for one position of the sequence at one place of the network.
 *
 * @param boundary the place: {@code input}, {@code after layer 0}
 * @param position in the sequence
 * @param sharing how it is computed
 * @param distinctValues different values that the position takes there over the whole dataset
 * @param rows computed in a full-sized step
 */
public record PositionRows(
    String boundary, int position, Sharing sharing, int distinctValues, int rows) {

  /** How the rows of a position are computed. */
  public enum Sharing {
    /** One row for each distinct value; every example reads one of them. */
    SHARED,
    /** One row for each example of the batch. */
    PER_EXAMPLE,
    /** None: no loss depends on them. */
    DEAD
  }
}
