package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.store.StorageException;
import longrun.sweep.Sweep;
import longrun.sweep.SweepAxis;

/** Whether the sweep of a folder is the one that is asked for, and what differs if not. */
final class SweepComparison {
  private static final int SHOWN = 4;

  private SweepComparison() {}

  /**
   * Returns if they are the same.
   *
   * @throws StorageException if they are not, with the first differences
   */
  static void requireSame(Sweep there, Sweep asked, Path folder) {
    if (there.isSame(asked)) {
      return;
    }
    List<String> differences = differences(there, asked);
    String more =
        differences.size() > SHOWN ? "\n  and " + (differences.size() - SHOWN) + " more" : "";
    throw new StorageException(
        folder
            + " holds another sweep; choose another --sweep-dir. What differs:\n  "
            + String.join("\n  ", differences.subList(0, Math.min(SHOWN, differences.size())))
            + more);
  }

  private static List<String> differences(Sweep there, Sweep asked) {
    List<String> differences = new ArrayList<>();
    for (SweepAxis axis : there.axes()) {
      List<String> other = valuesOf(asked, axis.key());
      if (!axis.values().equals(other)) {
        differences.add(axis.key() + ": " + shown(axis.values()) + " there, " + shown(other));
      }
    }
    for (SweepAxis axis : asked.axes()) {
      if (valuesOf(there, axis.key()).isEmpty()) {
        differences.add(axis.key() + ": no axis there, " + shown(axis.values()));
      }
    }
    List<String> lines = there.baseYaml().lines().toList();
    List<String> others = asked.baseYaml().lines().toList();
    for (String line : others) {
      if (!lines.contains(line)) {
        differences.add("only here: " + line.strip());
      }
    }
    for (String line : lines) {
      if (!others.contains(line)) {
        differences.add("only there: " + line.strip());
      }
    }
    if (differences.isEmpty()) {
      differences.add("the order of the axes");
    }
    return differences;
  }

  private static List<String> valuesOf(Sweep sweep, String key) {
    return sweep.axes().stream()
        .filter(axis -> axis.key().equals(key))
        .findFirst()
        .map(SweepAxis::values)
        .orElse(List.of());
  }

  private static String shown(List<String> values) {
    if (values.isEmpty()) {
      return "no axis here";
    }
    return values.size() <= 6
        ? values.toString()
        : "["
            + String.join(", ", values.subList(0, 3))
            + ", … "
            + values.getLast()
            + "] ("
            + values.size()
            + ")";
  }
}
