package longrun.measure;

import java.util.Locale;
import java.util.OptionalInt;
import longrun.config.Precision;

/**
 * What a measurement is of. Two measurements of the same setting can be compared.
 *
 * @param configuration name of what is trained: {@code "nanda-2023"}
 * @param engine that trains: {@code "cpu"}, or the name of another program
 * @param threads that it may use; empty if it has none to choose
 * @param slots runs that train side by side
 * @param precision of the matrix products; the reference engine computes its fp32 in double
 * @param emulated whether the device is a test double whose times say nothing about a real one
 */
public record Setting(
    String configuration,
    String engine,
    OptionalInt threads,
    int slots,
    Precision precision,
    boolean emulated) {

  /** The engine with everything but the slots: {@code "cpu, 2 threads"}, {@code "cuda tf32"}. */
  public String contender() {
    return (emulated ? "emulated " : "")
        + engine
        + (precision == Precision.FP32 && threads.isPresent() ? "" : " " + text(precision))
        + (threads.isPresent()
            ? ", " + threads.getAsInt() + (threads.getAsInt() == 1 ? " thread" : " threads")
            : "");
  }

  @Override
  public String toString() {
    return configuration + ", " + contender() + ", " + slots + (slots == 1 ? " run" : " runs");
  }

  /** {@code "fp32"}. */
  public static String text(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }
}
