package longrun.testing;

/**
 * How far from the expected values is still close. For a tensor of n elements with the root mean
 * square {@code rms(tensor) = ‖expected‖ / √n}, among tensors whose overall root mean square is
 * {@code rms(all)}:
 *
 * <pre>
 *   in norm       ‖actual − expected‖ ≤ relative · √n · max(rms(tensor), floor · rms(all))
 *   elementwise   |actual − expected| ≤ relative · max(|expected|, rms(tensor), floor · rms(all))
 * </pre>
 *
 * <p>The floor is for what cancels: attention's key bias, say, has a gradient of exactly 0 in
 * theory and of rounding errors in any arithmetic; nothing is relatively close to that.
 *
 * @param relative allowed relative difference
 * @param floor share of the overall root mean square below which a tensor is not expected to be
 *     relatively exact
 */
public record Tolerance(double relative, double floor) {
  public Tolerance {
    if (!(relative > 0 && relative < 1 && floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("relative=" + relative + " floor=" + floor);
    }
  }
}
