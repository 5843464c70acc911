package longrun.cpu;

/** How rows are laid out in arrays. */
final class Padding {
  /** Every register tile's columns divide this; also the unit in which odd strides are counted. */
  private static final int TILE = 32;

  private static final int LINE = 16;

  private Padding() {}

  /**
   * Row length of a matrix that takes part in matrix products: whole tiles, and an odd number of
   * cache lines, so that walking down a column does not hit the same few cache sets over and over.
   */
  static int rowLength(int width) {
    int tiles = roundUp(width, TILE);
    return (tiles / LINE) % 2 == 0 ? tiles + LINE : tiles;
  }

  /** Row length of a narrow matrix that takes part in none. */
  static int narrowRowLength(int width) {
    return roundUp(width, VectorMath.LANES);
  }

  static int roundUp(int value, int multiple) {
    return Math.ceilDiv(value, multiple) * multiple;
  }
}
