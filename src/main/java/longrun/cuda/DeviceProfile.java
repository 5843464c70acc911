package longrun.cuda;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import longrun.config.Precision;

/**
 * What a GPU can do at the most, as far as predictions need it.
 *
 * @param name for people
 * @param key as typed, or as programs read it: {@code h100}
 * @param multiprocessors how many blocks run at once at the least
 * @param fp32FlopsPerSecond of all cores, a fused multiply-add counted as two
 * @param tf32FlopsPerSecond of the tensor cores with dense matrices
 * @param bytesPerSecond between the GPU and its memory, both ways together
 * @param measured on the device itself ({@link DevicePeaks}); else from a data sheet
 */
public record DeviceProfile(
    String name,
    String key,
    int multiprocessors,
    double fp32FlopsPerSecond,
    double tf32FlopsPerSecond,
    double bytesPerSecond,
    boolean measured) {

  /** From the manufacturer's data sheets: peaks at the boost clock, dense tensor rates. */
  public static final List<DeviceProfile> KNOWN =
      List.of(
          new DeviceProfile("NVIDIA H100 SXM", "h100", 132, 66.9e12, 494.7e12, 3.35e12, false),
          new DeviceProfile("NVIDIA RTX 5090", "rtx-5090", 170, 104.8e12, 104.8e12, 1.79e12, false),
          new DeviceProfile("NVIDIA RTX 4090", "rtx-4090", 128, 82.6e12, 82.6e12, 1.01e12, false),
          new DeviceProfile("NVIDIA RTX A6000", "a6000", 84, 38.7e12, 77.4e12, 0.768e12, false));

  /** The profile of a key; empty if there is none. */
  public static Optional<DeviceProfile> of(String key) {
    String wanted = key.toLowerCase(Locale.ROOT);
    return KNOWN.stream().filter(profile -> profile.key.equals(wanted)).findFirst();
  }

  /** Peak of matrix products in a precision. */
  double matrixFlopsPerSecond(Precision precision) {
    return switch (precision) {
      case FP32 -> fp32FlopsPerSecond;
      case TF32, BF16 -> tf32FlopsPerSecond;
    };
  }
}
