package longrun.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A value as the user wrote it, before it has a type, and where it was written. */
sealed interface Node {
  Place place();

  /** As YAML flow text that parses to an equal node. */
  String flow();

  /** For a message: what kind of thing this is and, for a scalar, its text. */
  String shown();

  /** Where something was written: {@code quickstart.yaml:12:3} or {@code --set training.seed=7}. */
  record Place(String text) {}

  /**
   * A single value.
   *
   * @param quoted whether it was written in quotes, so that it is text whatever it looks like
   */
  record Scalar(Place place, String text, boolean quoted) implements Node {
    boolean isNull() {
      return !quoted && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
    }

    @Override
    public String flow() {
      if (isNull()) {
        return "null";
      }
      return quoted ? quote(text) : plainOrQuoted(text);
    }

    @Override
    public String shown() {
      return isNull() ? "nothing" : quote(abbreviate(text));
    }
  }

  /** An ordered list. */
  record Items(Place place, List<Node> items) implements Node {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String flow() {
      return items.stream().map(Node::flow).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public String shown() {
      return "the list " + abbreviate(flow());
    }
  }

  /** Keys with values, in the order written; mutable, so that overrides can be laid over a file. */
  record Section(Place place, Map<String, Entry> entries) implements Node {
    /** The value of a key, and where the key stands. */
    record Entry(Place keyPlace, Node value) {}

    /** A section without keys. */
    static Section empty(Place place) {
      return new Section(place, new LinkedHashMap<>());
    }

    /** A copy that shares nothing mutable with this one. */
    Section copy() {
      Section copy = empty(place);
      entries.forEach(
          (name, entry) ->
              copy.entries.put(
                  name,
                  entry.value() instanceof Section below
                      ? new Entry(entry.keyPlace(), below.copy())
                      : entry));
      return copy;
    }

    /** The same, with one place for everything in it. */
    Section copyAt(Place everywhere) {
      Section copy = empty(everywhere);
      entries.forEach(
          (name, entry) ->
              copy.entries.put(name, new Entry(everywhere, at(entry.value(), everywhere))));
      return copy;
    }

    private static Node at(Node node, Place place) {
      return switch (node) {
        case Scalar scalar -> new Scalar(place, scalar.text(), scalar.quoted());
        case Items list ->
            new Items(place, list.items().stream().map(item -> at(item, place)).toList());
        case Section section -> section.copyAt(place);
      };
    }

    @Override
    public String flow() {
      return entries.entrySet().stream()
          .map(e -> plainOrQuoted(e.getKey()) + ": " + e.getValue().value().flow())
          .collect(Collectors.joining(", ", "{", "}"));
    }

    @Override
    public String shown() {
      return "the map " + abbreviate(flow());
    }
  }

  /** Without quotes where YAML would read the text back as it is. */
  static String plainOrQuoted(String text) {
    return text.matches("-?[A-Za-z0-9_+.][A-Za-z0-9_+. -]*") ? text : quote(text);
  }

  /** At most 60 characters of a text. */
  static String abbreviate(String text) {
    return abbreviateTo(text, 60);
  }

  /** At most {@code characters} of a text. */
  static String abbreviateTo(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters - 3) + "...";
  }

  /** In double quotes, with escapes, so that any text stays on one line. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        quoted.append(String.format("\\x%02x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
