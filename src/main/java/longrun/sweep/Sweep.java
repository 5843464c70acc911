package longrun.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.ConfigTemplate;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.store.SweepFolder;

/**
 * The runs of a sweep: every combination of the axes' values, laid over one configuration. Runs are
 * numbered from 0; the axis written first varies slowest, the last fastest.
 */
public final class Sweep {
  private final ConfigReader.Sweep definition;
  private final List<SweepAxis> axes;
  private final List<String> keys;
  private final ConfigTemplate template;
  private final int count;

  private Sweep(ConfigReader.Sweep definition, List<SweepAxis> axes, int count) {
    this.definition = definition;
    this.axes = axes;
    this.keys = axes.stream().map(SweepAxis::key).toList();
    this.template = ConfigTemplate.of(definition.base());
    this.count = count;
  }

  /**
   * The sweep that a configuration describes.
   *
   * @throws ConfigException if it has more runs than can be numbered
   */
  public static Sweep of(ConfigReader.Sweep definition) {
    long points = definition.sweep().points();
    if (points > Integer.MAX_VALUE) {
      throw new ConfigException(
          String.format("sweep: %,d runs; allowed: up to %,d", points, Integer.MAX_VALUE));
    }
    List<String> keys = List.copyOf(definition.sweep().axes().keySet());
    Map<String, String> columns = columns(keys);
    List<SweepAxis> axes = new ArrayList<>();
    definition
        .sweep()
        .axes()
        .forEach((key, axis) -> axes.add(new SweepAxis(key, columns.get(key), axis.values())));
    return new Sweep(definition, List.copyOf(axes), (int) points);
  }

  /**
   * The sweep of a folder.
   *
   * @throws ConfigException if its sweep.yaml has been damaged
   */
  public static Sweep of(SweepFolder folder) {
    return of(ConfigReader.readSweep(folder.sweepFile(), List.of()));
  }

  /** The last part of a key where that is clear, else all of it. */
  private static Map<String, String> columns(List<String> keys) {
    Map<String, Long> uses =
        keys.stream().collect(Collectors.groupingBy(Sweep::lastPart, Collectors.counting()));
    Map<String, String> columns = new HashMap<>();
    for (String key : keys) {
      String last = lastPart(key);
      boolean clear = uses.get(last) == 1 && !SweepColumns.isFixed(last);
      columns.put(key, clear ? last : key.replace('.', '_'));
    }
    return columns;
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /** How many runs there are. */
  public int count() {
    return count;
  }

  /** In the order written. */
  public List<SweepAxis> axes() {
    return axes;
  }

  /** What the axes are laid over. */
  public RunConfig base() {
    return definition.base();
  }

  /** The values of a run, one for each axis, in YAML. */
  public List<String> values(int run) {
    if (run < 0 || run >= count) {
      throw new IllegalArgumentException("run=" + run + " runs=" + count);
    }
    String[] values = new String[axes.size()];
    int rest = run;
    for (int i = axes.size() - 1; i >= 0; i--) {
      List<String> all = axes.get(i).values();
      values[i] = all.get(rest % all.size());
      rest /= all.size();
    }
    return List.of(values);
  }

  /**
   * The configuration of a run.
   *
   * @throws ConfigException if these values do not go together
   */
  public RunConfig config(int run) {
    return template.with("run " + run + " (" + label(run) + ")", keys, values(run));
  }

  /** A run for people: {@code train_fraction=0.3 seed=7}. */
  public String label(int run) {
    List<String> values = values(run);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      parts.add(axes.get(i).column() + "=" + values.get(i));
    }
    return String.join(" ", parts);
  }

  /** Configuration and axes in YAML; reading the text gives an equal sweep. */
  public String toYaml() {
    return ConfigWriter.toYaml(definition);
  }

  /** What the axes are laid over, in YAML. */
  public String baseYaml() {
    return ConfigWriter.toYaml(definition.base());
  }

  /** Whether both describe the same runs under the same numbers. */
  public boolean isSame(Sweep other) {
    return base().equals(other.base()) && axes.equals(other.axes);
  }
}
