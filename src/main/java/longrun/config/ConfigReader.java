package longrun.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
    return single(root(contents(file), file.toString(), overrides));
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
    return sweep(root(contents(file), file.toString(), overrides));
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
    NodeParser.Locator locator =
        (line, column) -> new Place(name + ":" + line + ":" + column);
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

  private static String contents(Path file) {
    if (Files.isDirectory(file)) {
      throw new ConfigException(file + ": is a folder, not a configuration file");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new ConfigException(file + ": no permission to read it", e);
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new ConfigException(
          file + ": is larger than " + MAX_BYTES + " bytes, which no configuration is");
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int line = 1;
      for (int i = 0; i < in.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new ConfigException(
          file + ":" + line + ": not UTF-8 text (byte " + in.position() + " of the file)");
    }
    return out.flip().toString();
  }
}
