package longrun.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import longrun.config.Node.Place;
import longrun.config.Node.Section;

/**
 * Reads configurations: YAML, or JSON, which is YAML. Absent keys get their defaults. Everything
 * found wrong is reported in one {@link ConfigException}, a line each: file, line, column, path,
 * value, what is allowed.
 */
public final class ConfigReader {
  private static final int MAX_BYTES = 1 << 20;
  private static final String SWEEP = "sweep";

  private ConfigReader() {}

  /** A configuration and the axes laid over it. */
  public record Sweep(RunConfig base, SweepConfig sweep) {}

  /**
   * The configuration of a single run.
   *
   * @param overrides each {@code key=value}, the value in YAML; {@code null} removes what the file
   *     says. Later ones win
   * @throws ConfigException if the file cannot be read, is wrong, or describes a sweep
   */
  public static RunConfig read(Path file, List<String> overrides) {
    return single(root(TextFile.read(file, MAX_BYTES), file.toString(), overrides));
  }

  /**
   * Where a value was written: {@code a.yaml:12:15} or {@code --set training.seed=7}.
   *
   * @param key its path: {@code training.seed}
   * @return empty if it was not, so that it has its default
   */
  public static Optional<String> placeOf(String key, Path file, List<String> overrides) {
    Node node = root(TextFile.read(file, MAX_BYTES), file.toString(), overrides);
    for (String name : key.split("\\.", -1)) {
      if (!(node instanceof Section section) || !section.entries().containsKey(name)) {
        return Optional.empty();
      }
      node = section.entries().get(name).value();
    }
    return Optional.of(node.place().text());
  }

  /**
   * The same from text.
   *
   * @param name stands for the file in messages
   */
  public static RunConfig parse(String yaml, String name, List<String> overrides) {
    return single(root(yaml, name, overrides));
  }

  /** A configuration with some keys changed, under the same rules as overrides of a file. */
  public static RunConfig override(RunConfig config, List<String> overrides) {
    return parse(ConfigWriter.toYaml(config), "configuration", overrides);
  }

  /**
   * A configuration with its sweep.
   *
   * @throws ConfigException if the file cannot be read, is wrong, or has no sweep
   */
  public static Sweep readSweep(Path file, List<String> overrides) {
    return sweep(root(TextFile.read(file, MAX_BYTES), file.toString(), overrides));
  }

  /** The same from text. */
  public static Sweep parseSweep(String yaml, String name, List<String> overrides) {
    return sweep(root(yaml, name, overrides));
  }

  private static RunConfig single(Section root) {
    Section.Entry sweep = root.entries().get(SWEEP);
    if (sweep != null && !isNull(sweep.value())) {
      throw new ConfigException(
          Problems.line(
              sweep.keyPlace(),
              SWEEP,
              "the configuration describes a sweep, not a single run; use longrun sweep, or"
                  + " --set sweep=null to run it without the axes"));
    }
    root.entries().remove(SWEEP);
    Problems problems = new Problems();
    Optional<RunConfig> config = ConfigBinder.bind(root, problems);
    problems.throwIfAny();
    return config.orElseThrow();
  }

  private static Sweep sweep(Section root) {
    Section.Entry entry = root.entries().remove(SWEEP);
    if (entry == null || isNull(entry.value())) {
      throw new ConfigException(
          Problems.line(
              root.place(),
              SWEEP,
              "there is no sweep here; add for example  sweep: {training.seed: {from: 0, count:"
                  + " 8}}  or use longrun train"));
    }
    Problems problems = new Problems();
    Optional<RunConfig> base = ConfigBinder.bind(root, problems);
    Optional<SweepConfig> sweep = SweepBinder.bind(entry, root, base.isPresent(), problems);
    problems.throwIfAny();
    return new Sweep(base.orElseThrow(), sweep.orElseThrow());
  }

  private static boolean isNull(Node node) {
    return node instanceof Node.Scalar scalar && scalar.isNull();
  }

  private static Section root(String text, String name, List<String> overrides) {
    String source = text.startsWith("\uFEFF") ? text.substring(1) : text;
    NodeParser.Locator locator = (line, column) -> new Place(name + ":" + line + ":" + column);
    Node node =
        name.toLowerCase(Locale.ROOT).endsWith(".json")
            ? NodeParser.json(source, locator)
            : NodeParser.yaml(source, locator);
    if (isNull(node)) {
      throw new ConfigException(
          name + ":1:1: the configuration is empty; {} would be one with every default");
    }
    if (!(node instanceof Section root)) {
      throw new ConfigException(
          Problems.line(
              node.place(),
              "",
              "a configuration is a map of sections ("
                  + String.join(", ", ConfigSchema.namesIn(""))
                  + "), but this is "
                  + node.shown()));
    }
    overrides.forEach(override -> ConfigOverride.parse(override).applyTo(root));
    return root;
  }
}
