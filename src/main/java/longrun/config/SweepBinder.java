package longrun.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import longrun.config.Node.Place;
import longrun.config.Node.Section;
import longrun.config.SweepConfig.Axis;

/** Reads the sweep section: every axis, and every value of it as if it stood in the file. */
final class SweepBinder {
  /** Of a list that is written out. */
  private static final int MAX_LISTED = 10_000;

  /** Of an axis: so many values are all tried. */
  private static final int MAX_TRIED = 10_000;

  /** Of an axis with more: so many are tried, evenly spread. */
  private static final int SAMPLES = 1_000;

  /**
   * Ratio less one of neighbours on a logarithmic axis, below which some might be the same number
   * once they are rounded.
   */
  private static final double FINEST_LOG_STEP = 1e-10;

  private static final String ALLOWED =
      "a list of values, {from: A, count: N} or {log_range: [LOW, HIGH], points: N}";

  private final Section root;
  private final boolean rootIsValid;
  private final Problems problems;

  private SweepBinder(Section root, boolean rootIsValid, Problems problems) {
    this.root = root;
    this.rootIsValid = rootIsValid;
    this.problems = problems;
  }

  /**
   * The sweep that an entry describes.
   *
   * @param root the configuration it is laid over
   * @param rootIsValid whether that is valid in itself; if not, its problems are known already and
   *     values are not tried in it
   */
  static Optional<SweepConfig> bind(
      Section.Entry sweep, Section root, boolean rootIsValid, Problems problems) {
    if (!(sweep.value() instanceof Section section) || section.entries().isEmpty()) {
      problems.add(
          sweep.value().place(),
          "sweep",
          sweep.value().shown()
              + " is no map of axes; allowed: keys as in training.seed, each with "
              + ALLOWED);
      return Optional.empty();
    }
    SweepBinder binder = new SweepBinder(root, rootIsValid, problems);
    Map<String, Axis> axes = new LinkedHashMap<>();
    section.entries().forEach((key, entry) -> binder.axis(key, entry, axes));
    if (axes.size() != section.entries().size()) {
      return Optional.empty();
    }
    double points = 1;
    for (Axis axis : axes.values()) {
      points *= axis.values().size();
    }
    if (points > Integer.MAX_VALUE) {
      problems.add(
          sweep.keyPlace(),
          "sweep",
          String.format("%.4g runs; allowed: up to %,d", points, Integer.MAX_VALUE));
      return Optional.empty();
    }
    return Optional.of(new SweepConfig(axes));
  }

  private void axis(String key, Section.Entry entry, Map<String, Axis> axes) {
    String path = "sweep." + key;
    if (!isSettable(key)) {
      problems.add(entry.keyPlace(), path, unknown(key));
      return;
    }
    if (key.equals(ConfigSchema.TASK_KIND.path()) || key.equals(ConfigSchema.MODEL_KIND.path())) {
      problems.add(
          entry.keyPlace(),
          path,
          "a kind decides which other keys exist; sweep each kind by itself");
      return;
    }
    try {
      Axis axis = read(entry.value());
      if (valuesAreValid(key, entry.value(), axis)) {
        axes.put(key, axis);
      }
    } catch (InvalidValue e) {
      problems.add(e.place(), path + e.subPath(), e.getMessage());
    }
  }

  private static boolean isSettable(String key) {
    return !ConfigSchema.keysAt(key).isEmpty() || ConfigSchema.OPTIONAL_SECTIONS.contains(key);
  }

  private static String unknown(String key) {
    if (ConfigSchema.isSection(key)) {
      return "is a section; name one key of it: " + String.join(", ", ConfigSchema.namesIn(key));
    }
    List<String> paths = new ArrayList<>(ConfigSchema.OPTIONAL_SECTIONS);
    ConfigSchema.keys().forEach(known -> paths.add(known.path()));
    return "unknown key"
        + Nearest.of(key, paths)
            .map(nearest -> "; did you mean " + nearest + "?")
            .orElse("; an axis is named by a whole path, as in optimizer.learning_rate");
  }

  private static Axis read(Node node) throws InvalidValue {
    return switch (node) {
      case Node.Items list -> listed(list);
      case Section map when map.entries().containsKey("log_range") -> logSpaced(map);
      case Section map -> counted(map);
      case Node.Scalar scalar ->
          throw new InvalidValue(
              scalar.place(), "", scalar.shown() + " is no axis; allowed: " + ALLOWED);
    };
  }

  private static Axis listed(Node.Items list) throws InvalidValue {
    if (list.items().isEmpty() || list.items().size() > MAX_LISTED) {
      throw new InvalidValue(
          list.place(), "", "has " + list.items().size() + " values; allowed: 1 to " + MAX_LISTED);
    }
    List<String> values = new ArrayList<>();
    for (Node item : list.items()) {
      values.add(item.flow());
    }
    return new Axis.Listed(values);
  }

  private static Axis counted(Section map) throws InvalidValue {
    long from = field(map, "from", ValueTypes.wholeLong(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2));
    int count = field(map, "count", ValueTypes.whole(1, Integer.MAX_VALUE));
    refuseOthers(map, Set.of("from", "count"));
    return new Axis.Counted(from, count);
  }

  private static Axis logSpaced(Section map) throws InvalidValue {
    ValueType<Double> positive =
        ValueTypes.number(
            ValueTypes.Bound.excluding(0), ValueTypes.Bound.including(Double.MAX_VALUE));
    List<Double> range = field(map, "log_range", ValueTypes.list(positive, 2, 2));
    int points = field(map, "points", ValueTypes.whole(2, Integer.MAX_VALUE));
    refuseOthers(map, Set.of("log_range", "points"));
    if (range.get(0) >= range.get(1)) {
      throw new InvalidValue(
          map.entries().get("log_range").value().place(),
          ".log_range",
          range + " does not ascend; allowed: [LOW, HIGH] with LOW < HIGH");
    }
    double logRatio = StrictMath.log(range.get(1)) - StrictMath.log(range.get(0));
    if (points > MAX_TRIED && logRatio / (points - 1) < FINEST_LOG_STEP) {
      throw new InvalidValue(
          map.entries().get("points").value().place(),
          ".points",
          points
              + " numbers from "
              + range.get(0)
              + " to "
              + range.get(1)
              + " are too close together; allowed: fewer");
    }
    return new Axis.LogSpaced(range.get(0), range.get(1), points);
  }

  private static <T> T field(Section map, String name, ValueType<T> type) throws InvalidValue {
    Section.Entry entry = map.entries().get(name);
    if (entry == null) {
      throw new InvalidValue(
          map.place(), "", map.shown() + " has no " + name + "; allowed: " + ALLOWED);
    }
    try {
      return type.read(entry.value());
    } catch (InvalidValue e) {
      throw new InvalidValue(e.place(), "." + name + e.subPath(), e.getMessage());
    }
  }

  private static void refuseOthers(Section map, Set<String> names) throws InvalidValue {
    for (Map.Entry<String, Section.Entry> entry : map.entries().entrySet()) {
      if (!names.contains(entry.getKey())) {
        throw new InvalidValue(
            entry.getValue().keyPlace(), "." + entry.getKey(), "unknown key; allowed: " + ALLOWED);
      }
    }
  }

  /**
   * Tries values at their key, where a single run would have them: all, or of very many the first,
   * the last and some between, which on the axes that can have so many is as good.
   */
  private boolean valuesAreValid(String key, Node node, Axis axis) {
    Problems found = new Problems();
    Set<String> seen = new HashSet<>();
    List<String> values = axis.values();
    int tried = values.size() <= MAX_TRIED ? values.size() : SAMPLES;
    // Of a series, one wrong value says enough.
    for (int i = 0; i < tried && (found.isEmpty() || axis instanceof Axis.Listed); i++) {
      int index = tried == 1 ? 0 : (int) ((long) i * (values.size() - 1) / (tried - 1));
      String value = values.get(index);
      Place place =
          axis instanceof Axis.Listed && node instanceof Node.Items list
              ? list.items().get(index).place()
              : node.place();
      if (!seen.add(value)) {
        found.add(place, "sweep." + key, value + " is listed twice");
      } else if (rootIsValid) {
        Section point = root.copy();
        new ConfigOverride(place, List.of(key.split("\\.", -1)), parsed(axis, value, place))
            .applyTo(point);
        ConfigBinder.bind(point, found);
      }
    }
    problems.addAll(found);
    return found.isEmpty();
  }

  private static Node parsed(Axis axis, String value, Place place) {
    return switch (axis) {
      case Axis.Listed _ -> NodeParser.yaml(value, (_, _) -> place);
      // Plain numbers.
      case Axis.Counted _, Axis.LogSpaced _ -> new Node.Scalar(place, value, false);
    };
  }
}
