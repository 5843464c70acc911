package longrun.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.config.Key.Kind;
import longrun.config.Node.Place;
import longrun.config.Node.Section;

/**
 * Lays nodes over the schema: finds what is unknown, mistyped or out of range, builds the records.
 */
final class ConfigBinder {
  private final Problems problems;
  private final Place document;
  private final Map<Key<?>, Object> values = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();
  private final Set<String> sections = new TreeSet<>();
  private final Set<String> unreadableKinds = new TreeSet<>();

  private ConfigBinder(Problems problems, Place document) {
    this.problems = problems;
    this.document = document;
  }

  /**
   * The configuration that a tree describes.
   *
   * @param root without a sweep
   * @param problems receives what is wrong
   * @return empty if something is wrong
   */
  static Optional<RunConfig> bind(Section root, Problems problems) {
    Problems own = new Problems();
    ConfigBinder binder = new ConfigBinder(own, root.place());
    binder.readKind(root, "task", ConfigSchema.TASK_KIND);
    binder.readKind(root, "model", ConfigSchema.MODEL_KIND);
    binder.readSection("", root);
    Optional<RunConfig> config = Optional.empty();
    if (own.isEmpty()) {
      RunConfig built = binder.build();
      ConfigRules.check(built, binder::placeOf, own);
      config = Optional.of(built);
    }
    problems.addAll(own);
    return own.isEmpty() ? config : Optional.empty();
  }

  /** Kinds come first, wherever they stand: they decide which other keys exist. */
  private void readKind(Section root, String sectionName, Key<Kind> key) {
    Section.Entry section = root.entries().get(sectionName);
    if (section != null && section.value() instanceof Section below) {
      Section.Entry kind = below.entries().get(key.name());
      if (kind != null) {
        read(key, kind);
        if (!values.containsKey(key)) {
          unreadableKinds.add(key.path());
        }
      }
    }
  }

  private void readSection(String path, Section section) {
    section
        .entries()
        .forEach(
            (name, entry) -> {
              String below = path.isEmpty() ? name : path + "." + name;
              if (name.contains(".") || !ConfigSchema.isKnown(below)) {
                problems.add(entry.keyPlace(), below, unknown(path, name));
              } else if (ConfigSchema.isSection(below)) {
                readSubsection(below, entry);
              } else {
                readKey(below, entry);
              }
            });
  }

  private void readSubsection(String path, Section.Entry entry) {
    boolean optional = ConfigSchema.OPTIONAL_SECTIONS.contains(path);
    switch (entry.value()) {
      case Section below -> {
        sections.add(path);
        places.put(path, entry.keyPlace());
        readSection(path, below);
      }
      case Node.Scalar scalar when scalar.isNull() && optional -> {}
      case Node other ->
          problems.add(
              other.place(),
              path,
              "is a section, but has "
                  + other.shown()
                  + "; allowed: keys with values below it ("
                  + names(path)
                  + ")"
                  + (optional ? ", or null for none" : ", or leave the section out"));
    }
  }

  private void readKey(String path, Section.Entry entry) {
    List<Key<?>> keys = ConfigSchema.keysAt(path);
    Optional<Kind> needed = keys.getFirst().only();
    if (needed.isPresent() && unreadableKinds.contains(needed.get().path())) {
      return;
    }
    for (Key<?> key : keys) {
      if (key.only().isEmpty() || key.only().get() == chosen(key.only().get().path())) {
        if (!values.containsKey(key)) {
          read(key, entry);
        }
        return;
      }
    }
    Kind owner = needed.orElseThrow();
    problems.add(
        entry.keyPlace(),
        path,
        "belongs to "
            + owner.path()
            + ": "
            + owner.value()
            + ", but "
            + owner.path()
            + " is "
            + chosen(owner.path()).value()
            + "; remove it (keys here: "
            + names(keys.getFirst().section())
            + ")");
  }

  private Kind chosen(String path) {
    Key<Kind> key =
        path.equals(ConfigSchema.TASK_KIND.path())
            ? ConfigSchema.TASK_KIND
            : ConfigSchema.MODEL_KIND;
    return value(key);
  }

  private <T> void read(Key<T> key, Section.Entry entry) {
    places.put(key.path(), entry.value().place());
    try {
      if (entry.value() instanceof Node.Scalar scalar && scalar.isNull()) {
        throw new InvalidValue(
            entry.keyPlace(),
            "",
            "has no value; allowed: "
                + key.type().allowed()
                + "; or leave it out for "
                + key.type().write(key.defaultValue()));
      }
      values.put(key, key.type().read(entry.value()));
    } catch (InvalidValue e) {
      problems.add(e.place(), key.path() + e.subPath(), e.getMessage());
    }
  }

  private String unknown(String section, String name) {
    String path = section.isEmpty() ? name : section + "." + name;
    if (name.contains(".") && (ConfigSchema.isKnown(name) || ConfigSchema.isKnown(path))) {
      return "unknown key: in a file, sections are nested; write "
          + name.replaceAll("\\.(.*)", ": {$1: ...}");
    }
    if (path.equals("sweep") || name.equals("sweep")) {
      return "unknown key; a sweep stands at the top of the file";
    }
    // A key's own section comes first; one of another section has to be a better match.
    List<String> applicable =
        ConfigSchema.keys().stream()
            .filter(key -> key.only().isEmpty() || key.only().get() == chosenOrSame(key))
            .flatMap(key -> Stream.of(key.path(), key.section(), "sweep"))
            .distinct()
            .toList();
    String nearest = "";
    int best = Integer.MAX_VALUE;
    for (String candidate : applicable) {
      int dot = candidate.lastIndexOf('.');
      boolean sibling = candidate.substring(0, Math.max(0, dot)).equals(section);
      String last = candidate.substring(dot + 1);
      boolean abbreviated = Nearest.isAbbreviation(name, last);
      int edits = abbreviated ? 0 : Nearest.distance(name, last);
      int distance = 2 * edits + (sibling ? 0 : 1);
      if (distance < best && (abbreviated || Nearest.isNear(name, last))) {
        best = distance;
        nearest = candidate;
      }
    }
    return "unknown key"
        + (nearest.isEmpty() ? "" : "; did you mean " + nearest + "?")
        + (nearest.isEmpty() ? "; " : " ")
        + "keys here: "
        + names(section);
  }

  private Kind chosenOrSame(Key<?> key) {
    Kind own = key.only().orElseThrow();
    return unreadableKinds.contains(own.path()) ? own : chosen(own.path());
  }

  /** Names in a section that exist for the chosen kinds. */
  private String names(String section) {
    return ConfigSchema.namesIn(section).stream()
        .filter(
            name -> {
              List<Key<?>> keys =
                  ConfigSchema.keysAt(section.isEmpty() ? name : section + "." + name);
              return keys.isEmpty()
                  || keys.stream()
                      .anyMatch(k -> k.only().isEmpty() || k.only().get() == chosenOrSame(k));
            })
        .collect(Collectors.joining(", "));
  }

  private Place placeOf(String path) {
    return places.getOrDefault(path, document);
  }

  @SuppressWarnings("unchecked") // values holds for each key what its own type read
  private <T> T value(Key<T> key) {
    return (T) values.getOrDefault(key, key.defaultValue());
  }

  private RunConfig build() {
    return new RunConfig(
        task(),
        model(),
        optimizer(),
        new TrainingConfig(
            value(ConfigSchema.SEED),
            value(ConfigSchema.STEPS),
            value(ConfigSchema.BATCH_SIZE),
            value(ConfigSchema.LOSS),
            value(ConfigSchema.PRECISION)),
        new EvaluationConfig(
            value(ConfigSchema.EVALUATE_EVERY),
            value(ConfigSchema.ACCURACY_THRESHOLD),
            value(ConfigSchema.CONSECUTIVE)),
        new CheckpointConfig(value(ConfigSchema.CHECKPOINT_EVERY), value(ConfigSchema.KEEP)),
        sections.contains("stop")
            ? Optional.of(new StopConfig(value(ConfigSchema.AFTER_GROKKING_STEPS)))
            : Optional.empty());
  }

  private TaskConfig task() {
    return value(ConfigSchema.TASK_KIND) == Kind.MODULAR
        ? new TaskConfig.Modular(
            value(ConfigSchema.MODULAR_OPERATION),
            value(ConfigSchema.MODULUS),
            value(ConfigSchema.FORMAT),
            value(ConfigSchema.TRAIN_FRACTION),
            value(ConfigSchema.SPLIT_SEED),
            value(ConfigSchema.LABEL_NOISE))
        : new TaskConfig.Permutation(
            value(ConfigSchema.PERMUTATION_OPERATION),
            value(ConfigSchema.DEGREE),
            value(ConfigSchema.FORMAT),
            value(ConfigSchema.TRAIN_FRACTION),
            value(ConfigSchema.SPLIT_SEED),
            value(ConfigSchema.LABEL_NOISE));
  }

  private ModelConfig model() {
    return value(ConfigSchema.MODEL_KIND) == Kind.TRANSFORMER
        ? new ModelConfig.Transformer(
            value(ConfigSchema.LAYERS),
            value(ConfigSchema.D_MODEL),
            value(ConfigSchema.HEADS),
            value(ConfigSchema.D_HEAD),
            value(ConfigSchema.D_MLP),
            value(ConfigSchema.ACTIVATION),
            value(ConfigSchema.NORMALIZATION),
            value(ConfigSchema.POSITIONAL),
            value(ConfigSchema.ATTENTION_BIAS),
            value(ConfigSchema.MLP_BIAS),
            value(ConfigSchema.UNEMBED_BIAS),
            value(ConfigSchema.UNEMBED_ALL_TOKENS),
            value(ConfigSchema.INITIALIZATION),
            value(ConfigSchema.INITIALIZATION_SCALE))
        : new ModelConfig.Mlp(
            value(ConfigSchema.HIDDEN),
            value(ConfigSchema.BIAS),
            value(ConfigSchema.ACTIVATION),
            value(ConfigSchema.INITIALIZATION),
            value(ConfigSchema.INITIALIZATION_SCALE));
  }

  private OptimizerConfig optimizer() {
    List<Double> betas = value(ConfigSchema.BETAS);
    return new OptimizerConfig(
        value(ConfigSchema.OPTIMIZER_KIND),
        value(ConfigSchema.LEARNING_RATE),
        value(ConfigSchema.WEIGHT_DECAY),
        betas.get(0),
        betas.get(1),
        value(ConfigSchema.EPSILON),
        value(ConfigSchema.WARMUP_STEPS),
        sections.contains("optimizer.grokfast_ema")
            ? Optional.of(
                new OptimizerConfig.GrokfastEma(
                    value(ConfigSchema.GROKFAST_ALPHA), value(ConfigSchema.GROKFAST_LAMBDA)))
            : Optional.empty(),
        value(ConfigSchema.ORTHOGONAL_GRADIENT));
  }
}
