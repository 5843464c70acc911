package longrun.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What decides a run's result besides its configuration and its split.
 *
 * @param engines that trained it, in order; the same one never twice in a row
 * @param init the file that its first parameters are from; empty: drawn from the seed
 */
public record Provenance(List<EngineSpan> engines, Optional<InitFile> init) {
  /** Of a run that says nothing about it. */
  public static final Provenance UNKNOWN = new Provenance(List.of(), Optional.empty());

  private static final Pattern SPAN = Pattern.compile("([0-9]{1,18}):(\\S+)");
  private static final String ENGINES = "engines";
  private static final String INIT_PATH = "init_path";
  private static final String INIT_SHA256 = "init_sha256";

  public Provenance {
    engines = List.copyOf(engines);
  }

  /** Of a run that goes on, or starts, with an engine at a step. */
  public Provenance goesOnWith(String engine, long step) {
    // An engine that was stopped before its first step has left no mark.
    List<EngineSpan> spans =
        new ArrayList<>(engines.stream().filter(span -> span.fromStep() < step).toList());
    if (spans.isEmpty() || !spans.getLast().engine().equals(engine)) {
      spans.add(new EngineSpan(step, engine));
    }
    return new Provenance(spans, init);
  }

  /** As metadata of a checkpoint: {@code engines = "0:cpu 1000:reference"}. */
  Map<String, String> toMetadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(
        ENGINES,
        engines.stream()
            .map(span -> span.fromStep() + ":" + span.engine())
            .collect(Collectors.joining(" ")));
    init.ifPresent(
        file -> {
          metadata.put(INIT_PATH, file.path());
          metadata.put(INIT_SHA256, file.sha256());
        });
    return metadata;
  }

  /**
   * Out of a checkpoint's metadata.
   *
   * @param file for messages
   * @throws StorageException if an entry is missing or wrong
   */
  public static Provenance ofMetadata(Path file, Map<String, String> metadata) {
    List<EngineSpan> spans = new ArrayList<>();
    for (String text : metadata.getOrDefault(ENGINES, "").split(" ", -1)) {
      Matcher span = SPAN.matcher(text);
      if (!span.matches()) {
        throw new StorageException(file + ": engines=" + metadata.get(ENGINES) + " is no history");
      }
      spans.add(new EngineSpan(Long.parseLong(span.group(1)), span.group(2)));
    }
    boolean fromFile = metadata.containsKey(INIT_PATH);
    return new Provenance(
        spans,
        fromFile
            ? Optional.of(
                new InitFile(metadata.get(INIT_PATH), metadata.getOrDefault(INIT_SHA256, "")))
            : Optional.empty());
  }
}
