package longrun.verify;

/**
 * How far fp32 may be off. A sum of n terms, in whatever order and with or without fused
 * multiply-adds, is within n units of {@link #UNIT} of the sum of the terms' magnitudes (Higham,
 * Accuracy and Stability of Numerical Algorithms, 3.1); that is what cases measure errors in.
 */
final class Rounding {
  /** Half a unit in the last place of 1. */
  static final double UNIT = 0x1p-24;

  /** Below this, nothing is relative: the smallest normal float. */
  static final double FLOOR = Float.MIN_NORMAL;

  private Rounding() {}

  /** The bound for so many operations one after the other. */
  static double of(int operations) {
    return operations * UNIT;
  }

  /** A scale that is positive even where every term is zero. */
  static double scale(double magnitude) {
    return Math.max(magnitude, FLOOR);
  }
}
