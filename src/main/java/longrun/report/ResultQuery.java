package longrun.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.config.Nearest;
import longrun.store.StopReason;
import longrun.sweep.Cell;
import longrun.sweep.Column;
import longrun.sweep.Column.Kind;
import longrun.sweep.RunResult;

/**
 * Conditions on the rows of a table, their order and the choice of columns, as people write them.
 *
 * <p>A column is named by its name, by the key of the configuration if it is an axis, or by as many
 * of the key's last parts as leave no doubt.
 *
 * @param <R> what a row is of
 */
public final class ResultQuery<R> {
  private static final Pattern CONDITION =
      Pattern.compile("\\s*([A-Za-z0-9_.]+)\\s*(!=|<=|>=|=|<|>)\\s*(.*?)\\s*", Pattern.DOTALL);
  private static final List<String> STATUSES = words(RunResult.Status.values());
  private static final List<String> STOP_REASONS = words(StopReason.values());

  private final List<Column<R>> columns;

  public ResultQuery(List<Column<R>> columns) {
    this.columns = List.copyOf(columns);
  }

  /** All of them. */
  public List<Column<R>> columns() {
    return columns;
  }

  private static List<String> words(Enum<?>[] constants) {
    List<String> words = new ArrayList<>();
    for (Enum<?> constant : constants) {
      words.add(constant.name().toLowerCase(Locale.ROOT));
    }
    return words;
  }

  /**
   * The column of a name.
   *
   * @throws QueryException if there is none, with the nearest one, or more than one
   */
  public Column<R> column(String name) {
    for (Column<R> column : columns) {
      if (name.equals(column.name()) || column.key().filter(name::equals).isPresent()) {
        return column;
      }
    }
    List<Column<R>> ending =
        columns.stream()
            .filter(column -> column.key().filter(key -> key.endsWith("." + name)).isPresent())
            .toList();
    if (ending.size() > 1) {
      List<String> keys = ending.stream().map(column -> column.key().orElseThrow()).toList();
      throw new QueryException(
          "column " + name + " could be any of " + String.join(", ", keys) + "; name one in full");
    }
    return ending.stream().findFirst().orElseThrow(() -> unknown(name));
  }

  private QueryException unknown(String name) {
    List<String> names = new ArrayList<>();
    columns.forEach(column -> names.add(column.name()));
    String all = String.join(", ", names);
    columns.forEach(column -> column.key().ifPresent(names::add));
    return new QueryException(
        "unknown column "
            + TextTable.printable(name)
            + names.stream()
                .filter(each -> !name.isEmpty() && each.startsWith(name))
                .findFirst()
                .or(() -> Nearest.of(name, names))
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("")
            + "\nColumns: "
            + all);
  }

  /**
   * The columns of names, in that order.
   *
   * @throws QueryException if one is unknown, or named twice
   */
  public List<Column<R>> columns(List<String> names) {
    List<Column<R>> chosen = new ArrayList<>();
    for (String name : names) {
      Column<R> column = column(name.strip());
      if (chosen.contains(column)) {
        throw new QueryException("column " + column.name() + " is named twice");
      }
      chosen.add(column);
    }
    return chosen;
  }

  /**
   * An order: {@code grokked_at}, {@code grokked_at:desc}. Numbers come before words, and what was
   * not reached after every number; rows without a value come last in both directions.
   *
   * @throws QueryException if the column is unknown, or the direction
   */
  public Comparator<R> order(String text) {
    int colon = text.indexOf(':');
    String direction = colon < 0 ? "asc" : text.substring(colon + 1).strip();
    if (!direction.equals("asc") && !direction.equals("desc")) {
      throw new QueryException(
          "order " + TextTable.printable(text) + ": after the colon stands asc or desc");
    }
    Column<R> column = column(colon < 0 ? text.strip() : text.substring(0, colon).strip());
    Comparator<Cell> ascending = ResultQuery::compare;
    Comparator<Cell> comparator = direction.equals("asc") ? ascending : ascending.reversed();
    Comparator<R> byValue = Comparator.comparing(column::cell, comparator);
    return Comparator.<R, Boolean>comparing(row -> column.cell(row) instanceof Cell.Missing)
        .thenComparing(byValue);
  }

  private static int compare(Cell first, Cell second) {
    if (first instanceof Cell.Number a && second instanceof Cell.Number b) {
      return a.value().compareTo(b.value());
    }
    int byKind = Integer.compare(rank(first), rank(second));
    return byKind != 0 ? byKind : first.plain().compareTo(second.plain());
  }

  private static int rank(Cell cell) {
    return switch (cell) {
      case Cell.Number _ -> 0;
      case Cell.NotReached _ -> 1;
      case Cell.Flag _ -> 2;
      case Cell.Text _ -> 3;
      case Cell.Missing _ -> 4;
    };
  }

  /**
   * A condition: {@code train_fraction=0.4}, {@code grokked_at<=5000}. Numbers are compared as
   * numbers, so that 0.40 is 0.4; words letter by letter. An empty value means that there is none:
   * {@code grokked_at=} holds of the runs that have not grokked. A row without a value meets {@code
   * !=} and no other condition; {@code !=} is met by whatever {@code =} is not.
   *
   * @throws QueryException if it is no condition, or one that no value of the column could meet
   */
  public Predicate<R> condition(String text) {
    Matcher matcher = CONDITION.matcher(text);
    if (!matcher.matches()) {
      throw malformed(text, "allowed: COLUMN=VALUE, with = != < <= > or >=");
    }
    Column<R> column = column(matcher.group(1));
    String operator = matcher.group(2);
    Optional<Cell.Number> number =
        Cell.ofYaml(matcher.group(3)) instanceof Cell.Number each
            ? Optional.of(each)
            : Optional.empty();
    String value = matcher.group(3);
    boolean ordering = operator.startsWith("<") || operator.startsWith(">");
    if (ordering && number.isEmpty()) {
      throw malformed(
          text, operator + " compares numbers, and " + quoted(value) + " is none; or use = or !=");
    }
    if (!ordering && !value.isEmpty()) {
      checkValue(text, column, value, number.isPresent());
    }
    return switch (operator) {
      case "=" -> row -> equal(column.cell(row), value, number);
      case "!=" -> row -> !equal(column.cell(row), value, number);
      default -> row -> ordered(column.cell(row), operator, number.orElseThrow());
    };
  }

  private void checkValue(String text, Column<R> column, String value, boolean isNumber) {
    List<String> words =
        switch (column.name()) {
          case "status" -> STATUSES;
          case "stop_reason" -> STOP_REASONS;
          default -> List.of();
        };
    if (!words.isEmpty() && !words.contains(value)) {
      throw malformed(
          text,
          quoted(value) + " is no " + column.name() + "; allowed: " + String.join(", ", words));
    }
    boolean holdsNumbers = column.kind() != Kind.NAME || column.name().equals("run");
    if (holdsNumbers && !isNumber) {
      throw malformed(text, column.name() + " holds numbers, and " + quoted(value) + " is none");
    }
  }

  private static boolean equal(Cell cell, String value, Optional<Cell.Number> number) {
    if (cell instanceof Cell.Number each && number.isPresent()) {
      return each.value().compareTo(number.get().value()) == 0;
    }
    return cell.plain().equals(value);
  }

  private static boolean ordered(Cell cell, String operator, Cell.Number bound) {
    if (!(cell instanceof Cell.Number number)) {
      return false;
    }
    int order = number.value().compareTo(bound.value());
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException("operator=" + operator);
    };
  }

  private static QueryException malformed(String condition, String why) {
    return new QueryException("condition " + quoted(condition) + ": " + why);
  }

  private static String quoted(String text) {
    return '"' + TextTable.printable(text) + '"';
  }
}
