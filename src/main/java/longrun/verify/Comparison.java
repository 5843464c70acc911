package longrun.verify;

import java.util.Optional;

/** Collects how far results are from what was expected, and where they first are too far. */
public final class Comparison {
  private final double tolerance;
  private double largestError;
  private Optional<String> fault = Optional.empty();
  private long compared;

  /**
   * @param tolerance the largest error that is allowed, in units of each comparison's scale
   */
  public Comparison(double tolerance) {
    this.tolerance = tolerance;
  }

  /**
   * Compares one float of a region.
   *
   * @param scale what the error is measured in, positive: the sum of the magnitudes of all terms,
   *     say
   */
  public void close(Region region, int copy, int row, int column, double expected, double scale) {
    compare(place(region, copy, row, column), region.at(copy, row, column), expected, scale);
  }

  /** Compares a row of a region, whose padding has to be zero. */
  public void closeRow(Region region, int copy, int row, double[] expected, double scale) {
    for (int column = 0; column < region.columns(); column++) {
      close(region, copy, row, column, expected[column], scale);
    }
    zeroPadding(region, copy, row);
  }

  /** A row's padding has to be zero. */
  public void zeroPadding(Region region, int copy, int row) {
    for (int column = region.columns(); column < region.stride(); column++) {
      float padding = region.padding(copy, row, column);
      compared++;
      if (padding != 0) {
        fail(place(region, copy, row, column) + " is padding and is " + padding + ", not 0");
      }
    }
  }

  /** A row must not have been written. */
  public void untouchedRow(Region region, int copy, int row) {
    compared++;
    if (!region.isUntouched(copy, row)) {
      fail(place(region, copy, row, 0) + " is in a row that nobody should write");
    }
  }

  /** Compares any value. */
  public void compare(String place, double actual, double expected, double scale) {
    if (!(scale > 0)) {
      throw new IllegalArgumentException(place + ": scale=" + scale + " must be positive");
    }
    compared++;
    double error = actual == expected ? 0 : Math.abs(actual - expected) / scale;
    if (Double.isNaN(error)) {
      error = Double.POSITIVE_INFINITY;
    }
    largestError = Math.max(largestError, error);
    if (error > tolerance) {
      fail(place + " is " + actual + ", expected " + expected + ", error " + error);
    }
  }

  /** Compares an integer, which has to be the same. */
  public void same(String place, long actual, long expected) {
    compared++;
    if (actual != expected) {
      fail(place + " is " + actual + ", expected " + expected);
    }
  }

  /** Compares an integer of a region. */
  public void sameInt(Region region, int copy, int index, int expected) {
    same(
        place(region, copy, index / region.columns(), index % region.columns()),
        region.intAt(copy, index),
        expected);
  }

  /** Compares the bits of two floats; two NaNs are a miss, whatever their bits. */
  public void sameBits(String place, float actual, float expected) {
    compared++;
    if (Float.isNaN(actual)
        || Float.floatToRawIntBits(actual) != Float.floatToRawIntBits(expected)) {
      fail(place + " is " + actual + ", expected the very bits of " + expected);
    }
  }

  /** Notes something that is wrong; the first one counts. */
  public void fail(String what) {
    if (fault.isEmpty()) {
      fault = Optional.of(what);
    }
  }

  /**
   * What came out, after everything was compared.
   *
   * @param memory in which nothing may have changed but outputs of slots that take part
   */
  public Outcome outcome(CaseMemory memory) {
    memory.touched().ifPresent(this::fail);
    return outcome();
  }

  /** What came out where there is no memory of kernels to look at. */
  public Outcome outcome() {
    if (compared == 0) {
      fail("nothing was compared");
    }
    return new Outcome(largestError, tolerance, fault);
  }

  private static String place(Region region, int copy, int row, int column) {
    return region.name() + "[" + row + ", " + column + "] of slot " + copy;
  }
}
