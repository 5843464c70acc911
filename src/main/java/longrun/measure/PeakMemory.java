package longrun.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The most memory that a process had at any moment since its start, whatever it measured by then:
 * to learn what one setting needs, measure it alone.
 *
 * @param residentBytes of the host; empty where the system does not tell
 * @param deviceUsedBytes of the device, by all that was on it, while runs were being trained; empty
 *     without a real device, and where it was not looked at
 */
public record PeakMemory(OptionalLong residentBytes, OptionalLong deviceUsedBytes) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s*(\\d+) kB$");
  private static final int KIBIBYTE = 1024;

  /** Of this process so far. */
  public static PeakMemory now(OptionalLong deviceUsedBytes) {
    return new PeakMemory(residentBytesSoFar(), deviceUsedBytes);
  }

  private static OptionalLong residentBytesSoFar() {
    try {
      Matcher peak = PEAK.matcher(Files.readString(STATUS));
      return peak.find()
          ? OptionalLong.of(KIBIBYTE * Long.parseLong(peak.group(1)))
          : OptionalLong.empty();
    } catch (IOException e) {
      // Only Linux has it, and some containers hide it.
      return OptionalLong.empty();
    }
  }
}
