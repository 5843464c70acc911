package longrun.plan;

/**
 * The rates that a machine cannot exceed.
 *
 * @param name of what was measured, for people: {@code "2 threads, 256-bit vectors, 128 MiB triad"}
 * @param flopsPerSecond fp32 arithmetic, a fused multiply-add counted as two
 * @param bytesPerSecond between processor and memory
 */
public record Peaks(String name, double flopsPerSecond, double bytesPerSecond) {
  public Peaks {
    if (!(flopsPerSecond > 0 && bytesPerSecond > 0)
        || !Double.isFinite(flopsPerSecond)
        || !Double.isFinite(bytesPerSecond)) {
      throw new IllegalArgumentException(
          "flopsPerSecond=" + flopsPerSecond + " bytesPerSecond=" + bytesPerSecond);
    }
  }

  /** Seconds that the work takes at the least, arithmetic and traffic overlapping perfectly. */
  public double seconds(Cost cost) {
    return Math.max(cost.flops() / flopsPerSecond, cost.bytes() / bytesPerSecond);
  }
}
