package longrun.testing;

/**
 * How far from the expected values is still close.
 *
 * <p>Elementwise: {@code |actual − expected| ≤ relative · max(|expected|, floor · rms)}. In norm,
 * for a tensor of n elements: {@code ‖actual − expected‖ ≤ relative · max(‖expected‖, floor · rms ·
 * √n)}. Here rms is the root mean square of the expected values of all tensors compared together.
 *
 * <p>The floor is for what cancels: attention's key bias, say, has a gradient of exactly 0 in
 * theory and of rounding errors in any arithmetic; nothing is relatively close to that.
 *
 * @param relative allowed relative difference
 * @param floor share of the overall rms below which a value is not expected to be relatively exact
 */
public record Tolerance(double relative, double floor) {
  public Tolerance {
    if (!(relative > 0 && relative < 1 && floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("relative=" + relative + " floor=" + floor);
    }
  }
}
