package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * Measures what a device cannot exceed: fp32 multiply-adds and tf32 products from registers ({@code
 * kernels/peaks}), and copies within its memory. Each is timed on the device, several times after a
 * warm-up, and the median counts.
 */
public final class DevicePeaks {
  /** Rows, columns and depth of one product of the tensor cores. */
  private static final int MMA_ROWS = 16;

  private static final int MMA_COLUMNS = 8;
  private static final int MMA_DEPTH = 8;
  private static final int WARP = 32;

  /** What a thread of tf32_peak writes. */
  private static final int FLOATS_PER_THREAD = 4;

  /** Copies timed together, so that what comes between two events does not count. */
  private static final int COPIES = 4;

  /** Of the memory that is free, one part is read and one is written. */
  private static final int PARTS_OF_FREE_MEMORY = 4;

  private final CudaContext context;
  private final CudaStream stream;
  private final Effort effort;

  /**
   * How much is computed.
   *
   * @param blocksPerMultiprocessor more than can run at once, so that no multiprocessor waits long
   * @param fmaRounds of {@code fma_peak}
   * @param tf32Rounds of {@code tf32_peak}
   * @param copyBytes at the most, a multiple of 4; more than caches hold
   * @param warmUps measurements that do not count
   * @param trials measurements that count
   */
  record Effort(
      int blocksPerMultiprocessor,
      int fmaRounds,
      int tf32Rounds,
      long copyBytes,
      int warmUps,
      int trials) {
    /** A measurement of arithmetic takes a GPU 4 to 15 ms, one of copies 1 to 3. */
    static final Effort USUAL = new Effort(16, 1024, 512, 256L << 20, 3, 7);
  }

  private DevicePeaks(CudaContext context, CudaStream stream, Effort effort) {
    this.context = context;
    this.stream = stream;
    this.effort = effort;
  }

  /**
   * Measures, in well below a second on a GPU; the profile has the device's name. Takes half a GiB
   * of the device's memory meanwhile, or half of what is free.
   *
   * @throws CudaFailure if the device does not work, or has no memory left
   */
  public static DeviceProfile measure(CudaContext context) {
    return measure(context, Effort.USUAL);
  }

  static DeviceProfile measure(CudaContext context, Effort effort) {
    try (CudaStream stream = context.createStream()) {
      DevicePeaks peaks = new DevicePeaks(context, stream, effort);
      CudaDevice device = context.device();
      return new DeviceProfile(
          device.name(),
          device.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"),
          device.multiprocessors(),
          peaks.fp32FlopsPerSecond(),
          peaks.tf32FlopsPerSecond(),
          peaks.bytesPerSecond(),
          true);
    }
  }

  /** Threads of a launch. */
  private long threads() {
    return (long) blocks() * KernelParameters.PEAK_THREADS;
  }

  private int blocks() {
    return effort.blocksPerMultiprocessor * context.device().multiprocessors();
  }

  private double fp32FlopsPerSecond() {
    // A factor just below 1 in magnitude: chains swing, and neither overflow nor come to rest.
    ByteBuffer operands = floats(2).putFloat(0, -0.99999f).putFloat(Float.BYTES, 1f);
    double flops =
        2.0
            * threads()
            * KernelParameters.PEAK_CHAINS
            * KernelParameters.PEAK_FMA_STEPS
            * effort.fmaRounds;
    return flops / secondsOf("fma_peak", effort.fmaRounds, operands);
  }

  private double tf32FlopsPerSecond() {
    int count = (MMA_ROWS + MMA_COLUMNS) * MMA_DEPTH;
    ByteBuffer operands = floats(count);
    for (int i = 0; i < count; i++) {
      // Of both signs and all different in a row; few digits, so rounded to tf32 already.
      operands.putFloat(i * Float.BYTES, (i * 37 % 64 - 31.5f) / 64);
    }
    double products =
        (double) threads()
            / WARP
            * KernelParameters.PEAK_CHAINS
            * KernelParameters.PEAK_MMA_STEPS
            * effort.tf32Rounds;
    return 2
        * products
        * MMA_ROWS
        * MMA_COLUMNS
        * MMA_DEPTH
        / secondsOf("tf32_peak", effort.tf32Rounds, operands);
  }

  private double secondsOf(String kernel, int rounds, ByteBuffer content) {
    try (DeviceMemory out = context.allocate(threads() * FLOATS_PER_THREAD * Float.BYTES);
        DeviceMemory operands = context.allocate(content.remaining())) {
      operands.upload(content);
      Struct parameters =
          KernelParameters.PEAK_PARAMETERS
              .create()
              .set("out", out.address())
              .set("operands", operands.address())
              .set("rounds", rounds);
      Launch launch =
          new Launch(
              context.kernel(kernel),
              blocks(),
              1,
              KernelParameters.PEAK_THREADS,
              parameters.buffer());
      return medianSeconds(() -> stream.launch(launch));
    }
  }

  /** What is copied is read and written, and counts twice. */
  private double bytesPerSecond() {
    long words = context.freeBytes() / PARTS_OF_FREE_MEMORY / Integer.BYTES;
    long bytes = Math.min(effort.copyBytes, Math.max(1, words) * Integer.BYTES);
    try (DeviceMemory from = context.allocate(bytes);
        DeviceMemory to = context.allocate(bytes)) {
      from.fill(1, 0, bytes / Integer.BYTES);
      double seconds =
          medianSeconds(
              () -> {
                for (int copy = 0; copy < COPIES; copy++) {
                  stream.copy(to, 0, from, 0, bytes);
                }
              });
      return 2.0 * COPIES * bytes / seconds;
    }
  }

  private double medianSeconds(Runnable work) {
    double[] seconds = new double[effort.trials];
    try (CudaEvent start = context.createEvent();
        CudaEvent end = context.createEvent()) {
      for (int trial = -effort.warmUps; trial < effort.trials; trial++) {
        stream.record(start);
        work.run();
        stream.record(end);
        end.synchronize();
        if (trial >= 0) {
          seconds[trial] = end.millisSince(start) / 1e3;
        }
      }
    }
    Arrays.sort(seconds);
    return seconds[effort.trials / 2];
  }

  private static ByteBuffer floats(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }
}
