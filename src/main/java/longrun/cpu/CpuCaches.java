package longrun.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The caches of this machine's processors, as Linux tells. */
public final class CpuCaches {
  private static final Path PROCESSORS = Path.of("/sys/devices/system/cpu");
  private static final Pattern PROCESSOR = Pattern.compile("cpu\\d+");
  private static final Pattern CACHE = Pattern.compile("index\\d+");
  private static final Pattern SIZE = Pattern.compile("(\\d+)([KMG]?)");

  private CpuCaches() {}

  /** A cache; those that share it name the same processors. */
  private record Cache(int level, String processors, long bytes) {}

  /** All last-level caches together, each counted once; empty where the system does not say. */
  public static OptionalLong lastLevelBytes() {
    return lastLevelBytes(PROCESSORS);
  }

  /** The same, of {@code processors/cpu0/cache/index0/size} and so on. */
  static OptionalLong lastLevelBytes(Path processors) {
    Map<String, Long> last = new HashMap<>();
    try {
      for (Path processor : folders(processors, PROCESSOR)) {
        Cache largest = new Cache(0, "", 0);
        for (Path folder : folders(processor.resolve("cache"), CACHE)) {
          Cache cache = cache(folder);
          largest = cache.level() > largest.level() ? cache : largest;
        }
        last.put(largest.processors(), largest.bytes());
      }
    } catch (IOException | NumberFormatException e) {
      // What a virtual machine hides, or tells in another way, is unknown.
      return OptionalLong.empty();
    }
    long bytes = last.values().stream().mapToLong(each -> each).sum();
    return bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  private static List<Path> folders(Path parent, Pattern name) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(parent)) {
      return entries
          .filter(entry -> name.matcher(entry.getFileName().toString()).matches())
          .toList();
    }
  }

  private static Cache cache(Path folder) throws IOException {
    String size = text(folder.resolve("size"));
    Matcher matcher = SIZE.matcher(size);
    if (!matcher.matches()) {
      throw new NumberFormatException(folder.resolve("size") + ": " + size);
    }
    int shift =
        switch (matcher.group(2)) {
          case "K" -> 10;
          case "M" -> 20;
          case "G" -> 30;
          default -> 0;
        };
    return new Cache(
        Integer.parseInt(text(folder.resolve("level"))),
        text(folder.resolve("shared_cpu_list")),
        Long.parseLong(matcher.group(1)) << shift);
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file).strip();
  }
}
