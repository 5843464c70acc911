package longrun.config;

import java.util.List;
import java.util.Optional;
import longrun.config.Node.Place;
import longrun.config.Node.Section;

/**
 * A configuration of which many variants are wanted: read once, then overridden again and again.
 */
public final class ConfigTemplate {
  private final Section root;

  private ConfigTemplate(Section root) {
    this.root = root;
  }

  /** What variants are made of. */
  public static ConfigTemplate of(RunConfig base) {
    Place place = new Place("configuration");
    Node root = NodeParser.yaml(ConfigWriter.toYaml(base), (_, _) -> place);
    if (root instanceof Section section) {
      return new ConfigTemplate(section);
    }
    throw new IllegalStateException("a configuration is written as a map");
  }

  /**
   * The configuration with some keys changed, in that order, under the same rules as overrides of a
   * file.
   *
   * @param name of the variant, for messages
   * @param values one for each key, in YAML; {@code null} brings the default back
   * @throws ConfigException with the name, if the values do not go together
   */
  public RunConfig with(String name, List<String> keys, List<String> values) {
    Place place = new Place(name);
    Section variant = root.copyAt(place);
    for (int i = 0; i < keys.size(); i++) {
      Node value = NodeParser.yaml(values.get(i), (_, _) -> place);
      new ConfigOverride(place, List.of(keys.get(i).split("\\.", -1)), value).applyTo(variant);
    }
    Problems problems = new Problems();
    Optional<RunConfig> config = ConfigBinder.bind(variant, problems);
    problems.throwIfAny();
    return config.orElseThrow();
  }
}
