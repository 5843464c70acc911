package longrun.config;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Everything found wrong with a configuration, so that one reading reports all of it. */
final class Problems {
  private static final int SHOWN = 20;

  private final Set<String> lines = new LinkedHashSet<>();

  /** A problem at a place, with a path: {@code file:line:column: optimizer.betas: ...}. */
  void add(Node.Place place, String path, String message) {
    lines.add(line(place, path, message));
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /** Adds those of another collection. */
  void addAll(Problems other) {
    lines.addAll(other.lines);
  }

  /**
   * Ends the reading if there is a problem.
   *
   * @throws ConfigException with a line for each
   */
  void throwIfAny() {
    if (!lines.isEmpty()) {
      String shown = lines.stream().limit(SHOWN).collect(Collectors.joining("\n"));
      throw new ConfigException(
          lines.size() <= SHOWN
              ? shown
              : shown + "\nand " + (lines.size() - SHOWN) + " more problems");
    }
  }

  /** The format of every line. */
  static String line(Node.Place place, String path, String message) {
    return place.text() + ": " + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
