package longrun.config;

import java.util.List;
import longrun.config.Node.Place;
import longrun.config.Node.Section;

/**
 * {@code key=value} from the command line: a node to be put at a path, or, with the value {@code
 * null}, the path to be cleared.
 *
 * @param names the path, from the root
 * @param value what comes there, located at the override itself
 */
record ConfigOverride(Place place, List<String> names, Node value) {
  private static final String SWEEP = "sweep.";

  /**
   * An override as a user types it.
   *
   * @throws ConfigException if it is not of that form, or the value is not YAML
   */
  static ConfigOverride parse(String text) {
    Place place = new Place("--set " + Node.abbreviateTo(text, 120));
    int equals = text.indexOf('=');
    String path = equals < 0 ? "" : text.substring(0, equals).strip();
    if (path.isEmpty()) {
      throw new ConfigException(
          Problems.line(
              place, "", "is not of the form KEY=VALUE, as in optimizer.learning_rate=3e-4"));
    }
    String source = text.substring(equals + 1);
    if (source.isBlank()) {
      throw new ConfigException(
          Problems.line(place, path, "has no value; null would bring the default back"));
    }
    return new ConfigOverride(place, split(path), NodeParser.yaml(source, (line, column) -> place));
  }

  /** An axis of a sweep is named by a dotted key, which is one name there. */
  private static List<String> split(String path) {
    return path.startsWith(SWEEP)
        ? List.of("sweep", path.substring(SWEEP.length()))
        : List.of(path.split("\\.", -1));
  }

  /**
   * Puts the value into a tree, making sections on the way.
   *
   * @throws ConfigException if the path leads through something that is not a section
   */
  void applyTo(Section root) {
    boolean clears = value instanceof Node.Scalar scalar && scalar.isNull();
    Section section = root;
    for (String name : names.subList(0, names.size() - 1)) {
      Section.Entry entry = section.entries().get(name);
      boolean absent =
          entry == null || (entry.value() instanceof Node.Scalar scalar && scalar.isNull());
      if (absent) {
        if (clears && isKnown()) {
          return;
        }
        entry = new Section.Entry(place, Section.empty(place));
        section.entries().put(name, entry);
      }
      if (!(entry.value() instanceof Section below)) {
        throw new ConfigException(
            Problems.line(
                place,
                String.join(".", names),
                name + " is no section at " + entry.value().place().text()));
      }
      section = below;
    }
    if (clears && isKnown()) {
      section.entries().remove(names.getLast());
    } else {
      section.entries().put(names.getLast(), new Section.Entry(place, value));
    }
  }

  /** An unknown path stays in the tree even when it is to be cleared, so that it is reported. */
  private boolean isKnown() {
    return names.getFirst().equals("sweep") || ConfigSchema.isKnown(String.join(".", names));
  }
}
