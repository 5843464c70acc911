package longrun.sweep;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A column of a table of results.
 *
 * @param <R> what a row is of
 * @param name by which programs and people ask for it: {@code train_fraction}
 * @param key of the configuration, if it is an axis: {@code task.train_fraction}
 * @param kind of what it holds
 * @param fields of which it consists for programs: one, or lower quartile, median and upper
 *     quartile
 */
public record Column<R>(String name, Optional<String> key, Kind kind, List<Field<R>> fields) {
  public Column {
    fields = List.copyOf(fields);
  }

  /** What numbers are of, which decides how people see them. */
  public enum Kind {
    /** Words, names, numbers that are names, and values of the configuration. */
    NAME,
    /** Things counted, steps among them. */
    COUNT,
    /** One thing over another. */
    RATIO,
    /** Losses and norms. */
    QUANTITY,
    /** Shares of examples. */
    ACCURACY,
    /** Wall-clock time. */
    SECONDS
  }

  /**
   * A column of a file.
   *
   * @param <R> what a row is of
   */
  public record Field<R>(String name, Function<R, Cell> cell) {}

  static <R> Column<R> of(String name, Kind kind, Function<R, Cell> cell) {
    return new Column<>(name, Optional.empty(), kind, List.of(new Field<>(name, cell)));
  }

  static <R> Column<R> axis(SweepAxis axis, Function<R, String> yaml) {
    Function<String, Cell> reader = Cell.reader(axis);
    return new Column<>(
        axis.column(),
        Optional.of(axis.key()),
        Kind.NAME,
        List.of(new Field<>(axis.column(), row -> reader.apply(yaml.apply(row)))));
  }

  /** The cell that stands for the column where there can be but one: of quartiles, the median. */
  public Cell cell(R row) {
    return fields.get(fields.size() / 2).cell().apply(row);
  }
}
