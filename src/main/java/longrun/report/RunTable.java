package longrun.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import longrun.store.EngineSpan;

/** Rows of {@link RunListing} as an aligned table for a terminal, and as JSON for programs. */
public final class RunTable {
  private static final int NARROWEST_NAME = 12;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private RunTable() {}

  /**
   * A column.
   *
   * @param sacrifice which columns are left out first where the terminal is narrow: the highest; 0
   *     stays
   */
  private record Column(
      String title, boolean right, int sacrifice, Function<RunRow, String> cell) {}

  private static List<Column> columns(ZoneId zone) {
    DateTimeFormatter minute =
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(zone);
    return List.of(
        new Column("run", false, 0, row -> TextTable.printable(row.name())),
        new Column("status", false, 0, row -> row.status().text()),
        new Column("task", false, 5, row -> row.task().orElse("")),
        new Column("model", false, 7, row -> row.model().orElse("")),
        new Column("seed", true, 4, row -> plain(row.seed())),
        new Column("steps", true, 2, RunTable::steps),
        new Column("memorised", true, 0, row -> count(row.memorisedAt())),
        new Column("grokked", true, 0, row -> count(row.grokkedAt())),
        new Column("delay", true, 1, row -> delay(row.delay())),
        new Column("train", true, 6, row -> accuracy(row.trainAccuracy())),
        new Column("validation", true, 3, row -> accuracy(row.validationAccuracy())),
        new Column("engine", false, 8, row -> engines(row.engines())),
        new Column("time", true, 9, row -> duration(row.seconds())),
        new Column("modified", false, 10, row -> row.modified().map(minute::format).orElse("")));
  }

  /**
   * The table, a line each, then a line for each damaged run that says what is wrong with it. Where
   * it would be wider than asked for, columns are left out, and at last names are cut.
   *
   * @param width characters in a line; lines are never padded to it
   * @param zone of the times shown
   */
  public static List<String> text(List<RunRow> rows, int width, ZoneId zone) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<TextTable.Column> columns = new ArrayList<>();
    for (Column column : columns(zone)) {
      columns.add(
          new TextTable.Column(
              column.title(),
              column.right(),
              column.sacrifice(),
              column.title().equals("run") ? NARROWEST_NAME : TextTable.WHOLE,
              rows.stream().map(column.cell()).toList()));
    }
    List<String> lines = new ArrayList<>(TextTable.lines(columns, width));
    for (RunRow row : rows) {
      row.problem()
          .ifPresent(problem -> lines.add(TextTable.printable(row.name() + ": " + problem)));
    }
    return lines;
  }

  private static String steps(RunRow row) {
    if (row.stepsDone().isEmpty()) {
      return "";
    }
    long done = row.stepsDone().getAsLong();
    return row.stepsPlanned().isEmpty() || row.stepsPlanned().getAsLong() == done
        ? Numbers.count(done)
        : Numbers.count(done) + "/" + Numbers.count(row.stepsPlanned().getAsLong());
  }

  /** {@code cpu}; {@code cpu, reference} where it was changed on the way. */
  private static String engines(List<EngineSpan> engines) {
    return engines.stream().map(EngineSpan::engine).collect(Collectors.joining(", "));
  }

  private static String plain(OptionalLong value) {
    return value.isPresent() ? Long.toString(value.getAsLong()) : "";
  }

  private static String count(OptionalLong value) {
    return value.isPresent() ? Numbers.count(value.getAsLong()) : Numbers.NONE;
  }

  private static String delay(OptionalDouble value) {
    return value.isPresent() ? Numbers.times(value.getAsDouble()) : Numbers.NONE;
  }

  private static String accuracy(OptionalDouble value) {
    return value.isPresent() ? Numbers.accuracy(value.getAsDouble()) : Numbers.NONE;
  }

  private static String duration(OptionalDouble value) {
    return value.isPresent() ? Numbers.duration(value.getAsDouble()) : Numbers.NONE;
  }

  /** An array of objects, keys as in summary.json; what is unknown is null. */
  public static String json(List<RunRow> rows) {
    ArrayNode array = JSON.createArrayNode();
    for (RunRow row : rows) {
      ObjectNode node = array.addObject();
      node.put("name", row.name());
      node.put("folder", row.folder().toString());
      node.put("status", row.status().text());
      node.put("problem", row.problem().orElse(null));
      node.put("task", row.task().orElse(null));
      node.put("model", row.model().orElse(null));
      put(node, "seed", row.seed());
      put(node, "steps_planned", row.stepsPlanned());
      put(node, "steps", row.stepsDone());
      put(node, "memorised_at", row.memorisedAt());
      put(node, "grokked_at", row.grokkedAt());
      put(node, "delay", row.delay());
      put(node, "train_accuracy", row.trainAccuracy());
      put(node, "validation_accuracy", row.validationAccuracy());
      put(node, "seconds", row.seconds());
      ArrayNode engines = node.putArray("engines");
      for (EngineSpan span : row.engines()) {
        engines.addObject().put("from_step", span.fromStep()).put("engine", span.engine());
      }
      node.put("modified", row.modified().map(Object::toString).orElse(null));
    }
    try {
      return JSON.writeValueAsString(array);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    if (value.isPresent()) {
      node.put(key, value.getAsLong());
    } else {
      node.putNull(key);
    }
  }

  private static void put(ObjectNode node, String key, OptionalDouble value) {
    if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
      node.put(key, value.getAsDouble());
    } else {
      node.putNull(key);
    }
  }
}
