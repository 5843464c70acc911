package longrun.verify;

import java.util.Optional;

/**
 * What came out of a case.
 *
 * @param largestError over everything that was compared, in units of what it was compared with;
 *     infinite if there was a NaN
 * @param tolerance the largest error that is allowed
 * @param fault the first thing that was wrong, with its coordinate; empty if nothing was
 */
public record Outcome(double largestError, double tolerance, Optional<String> fault) {

  /** Whether everything was as it should be. */
  public boolean passed() {
    return fault.isEmpty() && largestError <= tolerance;
  }
}
