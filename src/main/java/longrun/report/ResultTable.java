package longrun.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import longrun.sweep.Cell;
import longrun.sweep.Column;
import longrun.sweep.Column.Kind;
import longrun.sweep.ResultsCsv;

/** Results of a sweep, by run or by group, as a table for a terminal, and as JSON and CSV. */
public final class ResultTable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern JSON_NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?");
  private static final int NARROWEST_ERROR = 20;

  /** What a narrow terminal does without, the first first. */
  private static final List<String> LEFT_OUT =
      List.of(
          "weight_norm",
          "train_loss",
          "validation_loss",
          "train_accuracy",
          "seconds",
          "stop_reason",
          "steps",
          "validation_accuracy",
          "delay");

  /** Columns that say nothing where they are empty, or 0, in every row. */
  private static final Set<String> ONLY_IF_ANY =
      Set.of("error", "diverged", "failed", "running", "waiting", "unreadable");

  private ResultTable() {}

  /**
   * The table, a line each. Columns that would be empty are left out, and others where it would be
   * wider than asked for.
   *
   * @param width characters in a line; lines are never padded to it
   */
  public static <R> List<String> text(List<Column<R>> columns, List<R> rows, int width) {
    List<TextTable.Column> shown = new ArrayList<>();
    for (Column<R> column : columns) {
      if (!ONLY_IF_ANY.contains(column.name()) || rows.stream().anyMatch(row -> any(column, row))) {
        shown.add(column(column, rows, LEFT_OUT.size() - LEFT_OUT.indexOf(column.name())));
      }
    }
    return TextTable.lines(shown, width);
  }

  /** The table with exactly these columns, however wide. */
  public static <R> List<String> wholeText(List<Column<R>> columns, List<R> rows) {
    return TextTable.lines(
        columns.stream().map(column -> column(column, rows, 0)).toList(), Integer.MAX_VALUE);
  }

  private static <R> boolean any(Column<R> column, R row) {
    String plain = column.cell(row).plain();
    return !plain.isEmpty() && !plain.equals("0");
  }

  private static <R> TextTable.Column column(Column<R> column, List<R> rows, int sacrifice) {
    boolean words =
        column.kind() == Kind.NAME
            && rows.stream()
                .map(column::cell)
                .anyMatch(cell -> cell instanceof Cell.Text || cell instanceof Cell.Flag);
    return new TextTable.Column(
        column.name(),
        !words,
        LEFT_OUT.contains(column.name()) ? sacrifice : 0,
        column.name().equals("error") ? NARROWEST_ERROR : TextTable.WHOLE,
        rows.stream().map(row -> shown(column, row)).toList());
  }

  /** {@code 1,350}; of quartiles {@code 1,350 (1,200–1,640)}. */
  private static <R> String shown(Column<R> column, R row) {
    List<Cell> cells = column.fields().stream().map(field -> field.cell().apply(row)).toList();
    String chief = shown(column.cell(row), column.kind());
    boolean alone =
        cells.size() == 1
            || cells.getFirst() instanceof Cell.Missing
            || cells.getFirst() instanceof Cell.NotReached;
    return alone
        ? chief
        : String.format(
            "%s (%s–%s)",
            chief, shown(cells.getFirst(), column.kind()), shown(cells.getLast(), column.kind()));
  }

  private static String shown(Cell cell, Kind kind) {
    return switch (cell) {
      case Cell.Missing _ -> kind == Kind.NAME ? "" : Numbers.NONE;
      case Cell.NotReached(OptionalLong steps) ->
          steps.isPresent() ? "> " + Numbers.count(steps.getAsLong()) : "not reached";
      case Cell.Number number -> shown(number, kind);
      case Cell.Text _, Cell.Flag _ -> TextTable.printable(cell.plain());
    };
  }

  private static String shown(Cell.Number number, Kind kind) {
    return switch (kind) {
      case NAME ->
          Cell.WHOLE.matcher(number.text()).matches()
              ? number.text()
              : Numbers.plain(Double.parseDouble(number.text()));
      case COUNT -> Numbers.count(Math.round(Double.parseDouble(number.text())));
      case RATIO -> Numbers.times(Double.parseDouble(number.text()));
      case QUANTITY -> Numbers.quantity(Double.parseDouble(number.text()));
      case ACCURACY -> Numbers.accuracy(Double.parseDouble(number.text()));
      case SECONDS -> Numbers.duration(Double.parseDouble(number.text()));
    };
  }

  /** An array of objects, keys as the names in {@link #csv}; where there is no value, null. */
  public static <R> String json(List<Column<R>> columns, List<R> rows) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartArray();
      for (R row : rows) {
        json.writeStartObject();
        for (Column<R> column : columns) {
          for (Column.Field<R> field : column.fields()) {
            json.writeFieldName(field.name());
            write(json, field.cell().apply(row));
          }
        }
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException("text in memory can be written", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, Cell cell) throws IOException {
    switch (cell) {
      case Cell.Missing _, Cell.NotReached _ -> json.writeNull();
      case Cell.Number number ->
          json.writeNumber(
              JSON_NUMBER.matcher(number.text()).matches()
                  ? number.text()
                  : number.value().toString());
      case Cell.Text text -> json.writeString(text.text());
      case Cell.Flag flag -> json.writeBoolean(flag.value());
    }
  }

  /** As results.csv. */
  public static <R> String csv(List<Column<R>> columns, List<R> rows) {
    StringBuilder text = new StringBuilder();
    ResultsCsv<R> csv = new ResultsCsv<>(columns, text);
    try {
      csv.header();
      for (R row : rows) {
        csv.row(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("text in memory can be written", e);
    }
    return text.toString();
  }
}
