package longrun.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML (or strict JSON) text into nodes. What YAML can do beyond maps, lists and scalars is refused
 * rather than half supported: anchors and aliases, tags, several documents, duplicate keys.
 */
final class NodeParser {
  /** A configuration is a page or two; anything deeper or longer is a mistake or an attack. */
  private static final int MAX_DEPTH = 16;

  private static final int MAX_NODES = 100_000;

  private static final JsonFactory YAML = new YAMLFactory();
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonParser parser;
  private final String source;
  private final Locator locator;
  private int nodes;

  /** Says where a line and a column (both from 1) are. */
  interface Locator {
    Node.Place place(int line, int column);
  }

  private NodeParser(JsonParser parser, String source, Locator locator) {
    this.parser = parser;
    this.source = source;
    this.locator = locator;
  }

  /**
   * The only document of a YAML text.
   *
   * @throws ConfigException at the first syntax error; after one, nothing that follows means much
   */
  static Node yaml(String source, Locator locator) {
    return parse(YAML, source, locator);
  }

  /** The same for a text that says it is JSON, where tabs may indent. */
  static Node json(String source, Locator locator) {
    return parse(JSON, source, locator);
  }

  private static Node parse(JsonFactory factory, String source, Locator locator) {
    refuseUnprintable(source, locator);
    try (JsonParser jackson = factory.createParser(source)) {
      NodeParser parser = new NodeParser(jackson, source, locator);
      if (jackson.nextToken() == null) {
        return new Node.Scalar(locator.place(1, 1), "", false);
      }
      Node root = parser.node("", 0);
      if (jackson.nextToken() != null) {
        throw parser.error(
            "", "a second document or value begins here; a configuration is one document");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw syntaxError(e, locator);
    } catch (YAMLException e) {
      throw new ConfigException(
          Problems.line(locator.place(1, 1), "", "not valid YAML: " + oneLine(e.getMessage())), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Node node(String path, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw error("", "nested more than " + MAX_DEPTH + " deep");
    }
    if (++nodes > MAX_NODES) {
      throw error(path, "more than " + MAX_NODES + " values");
    }
    if (parser instanceof YAMLParser yaml) {
      refuseReferences(yaml, path);
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> section(path, depth);
      case START_ARRAY -> items(path, depth);
      default -> new Node.Scalar(place(), parser.getText(), isQuoted());
    };
  }

  private Node section(String path, int depth) throws IOException {
    Node.Section section = Node.Section.empty(place());
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Node.Place keyPlace = place();
      String name = parser.currentName();
      String below = path.isEmpty() ? name : path + "." + name;
      Node.Section.Entry first = section.entries().get(name);
      if (first != null) {
        throw error(
            below, "this key was given before, at " + first.keyPlace().text() + "; remove one");
      }
      parser.nextToken();
      section.entries().put(name, new Node.Section.Entry(keyPlace, node(below, depth + 1)));
    }
    return section;
  }

  private Node items(String path, int depth) throws IOException {
    Node.Place place = place();
    List<Node> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(path + "[" + items.size() + "]", depth + 1));
    }
    return new Node.Items(place, items);
  }

  private void refuseReferences(YAMLParser yaml, String path) throws IOException {
    char first = firstCharacter();
    if (yaml.isCurrentAlias() || first == '*') {
      throw error(path, "YAML aliases (*name) are not supported; write the value out");
    }
    if (yaml.getObjectId() != null || first == '&') {
      throw error(path, "YAML anchors (&name) are not supported; write each value out");
    }
    if (yaml.getTypeId() != null || first == '!') {
      throw error(path, "YAML tags (!name) are not supported; write the plain value");
    }
  }

  /** Jackson does not tell how a scalar was written; its first character does. */
  private boolean isQuoted() {
    return parser.currentToken() == JsonToken.VALUE_STRING
        && (!(parser instanceof YAMLParser) || "\"'|>".indexOf(firstCharacter()) >= 0);
  }

  /** Where the current token begins in a YAML text; a blank at the end. */
  private char firstCharacter() {
    // SnakeYAML counts code points, not chars.
    int at = source.offsetByCodePoints(0, (int) parser.currentTokenLocation().getCharOffset());
    return at < source.length() ? source.charAt(at) : ' ';
  }

  private Node.Place place() {
    return place(parser.currentTokenLocation(), locator);
  }

  private ConfigException error(String path, String message) {
    return new ConfigException(Problems.line(place(), path, message));
  }

  private static Node.Place place(JsonLocation location, Locator locator) {
    return locator.place(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  private static ConfigException syntaxError(JsonProcessingException e, Locator locator) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
        String context = marked.getContext() == null ? "" : marked.getContext() + ": ";
        Node.Place place =
            locator.place(
                marked.getProblemMark().getLine() + 1, marked.getProblemMark().getColumn() + 1);
        return new ConfigException(
            Problems.line(place, "", "not valid YAML: " + oneLine(context + marked.getProblem())),
            e);
      }
    }
    JsonLocation location = e.getLocation();
    Node.Place place = location == null ? locator.place(1, 1) : place(location, locator);
    String message =
        e.getOriginalMessage().startsWith("Expected a field name")
            ? "a key has to be a single word"
            : "not valid: " + oneLine(e.getOriginalMessage());
    return new ConfigException(Problems.line(place, "", message), e);
  }

  private static void refuseUnprintable(String source, Locator locator) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < source.length(); ) {
      int c = source.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        throw new ConfigException(
            Problems.line(
                locator.place(line, column),
                "",
                String.format("character U+%04X does not belong in a text file", c)));
      }
      i += Character.charCount(c);
      column++;
      if (c == '\n') {
        line++;
        column = 1;
      }
    }
  }

  private static String oneLine(String message) {
    return Node.abbreviateTo(message.replaceAll("\\s+", " ").strip(), 200);
  }
}
