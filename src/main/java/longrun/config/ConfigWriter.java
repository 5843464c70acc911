package longrun.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes configurations so that a person can read them and {@link ConfigReader} reads them back.
 */
public final class ConfigWriter {
  private ConfigWriter() {}

  /**
   * Every key with its value, in the order of the schema; an optional section that is absent is
   * {@code null}. Reading the text gives an equal configuration.
   */
  public static String toYaml(RunConfig config) {
    StringBuilder yaml = new StringBuilder();
    List<String> open = new ArrayList<>();
    for (Key<?> key : ConfigSchema.keys()) {
      boolean otherKind = key.only().isPresent() && key.textIn(config).isEmpty();
      if (otherKind) {
        continue;
      }
      List<String> sections = List.of(key.section().split("\\.", -1));
      boolean absent = key.textIn(config).isEmpty();
      int shared = 0;
      while (shared < Math.min(open.size(), sections.size())
          && open.get(shared).equals(sections.get(shared))) {
        shared++;
      }
      open.subList(shared, open.size()).clear();
      for (int depth = shared; depth < sections.size(); depth++) {
        boolean isNull = absent && depth == sections.size() - 1;
        line(yaml, depth, sections.get(depth), isNull ? " null" : "");
        open.add(sections.get(depth));
      }
      key.textIn(config).ifPresent(text -> line(yaml, sections.size(), key.name(), " " + text));
    }
    return yaml.toString();
  }

  /** The same, and the axes of its sweep, each in the form in which it was written. */
  public static String toYaml(ConfigReader.Sweep sweep) {
    StringBuilder yaml = new StringBuilder(toYaml(sweep.base()));
    line(yaml, 0, "sweep", "");
    sweep.sweep().axes().forEach((key, axis) -> line(yaml, 1, key, " " + axis.toYaml()));
    return yaml.toString();
  }

  private static void line(StringBuilder yaml, int depth, String name, String value) {
    yaml.repeat("  ", depth).append(name).append(':').append(value).append('\n');
  }
}
