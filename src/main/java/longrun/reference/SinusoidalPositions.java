package longrun.reference;

/**
 * Fixed positions (Vaswani et al. 2017), sines and cosines interleaved; where d is odd the last
 * sine has no cosine.
 *
 * <pre>
 *   position(t)[c] = sin(t / 10000^(c/d))       for even c
 *                    cos(t / 10000^((c−1)/d))   for odd c
 * </pre>
 */
public final class SinusoidalPositions {
  private SinusoidalPositions() {}

  /**
   * One column of what is added at a position.
   *
   * @param t position, from 0
   * @param column from 0
   * @param d columns in all
   */
  public static double value(int t, int column, int d) {
    int even = column - column % 2;
    double angle = t / StrictMath.pow(10000, (double) even / d);
    return column == even ? StrictMath.sin(angle) : StrictMath.cos(angle);
  }
}
