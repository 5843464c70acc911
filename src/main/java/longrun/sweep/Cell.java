package longrun.sweep;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What a table has in one place. */
public sealed interface Cell {
  /** There is no value, or none that is finite. */
  record Missing() implements Cell {}

  /**
   * A quantile beyond the runs that ended without reaching what is counted.
   *
   * @param steps it is later than these; empty where it is not counted in steps
   */
  record NotReached(OptionalLong steps) implements Cell {}

  /**
   * A number.
   *
   * @param text as files have it, so that it reads back as the same number
   */
  record Number(String text) implements Cell {
    /** The number, exactly as written. */
    public BigDecimal value() {
      return new BigDecimal(text);
    }
  }

  /** Words. */
  record Text(String text) implements Cell {}

  /** {@code true} or {@code false}. */
  record Flag(boolean value) implements Cell {}

  /** The place without a value. */
  Cell MISSING = new Missing();

  /** How numbers are written in YAML and by people. */
  Pattern NUMBER = Pattern.compile("[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]{1,6})?");

  /** Of these, whole ones without an exponent. */
  Pattern WHOLE = Pattern.compile("-?[0-9]+");

  /** A value of the configuration. */
  static Cell ofYaml(String yaml) {
    if (NUMBER.matcher(yaml).matches()) {
      return new Number(yaml);
    }
    if (yaml.equals("null")) {
      // A word that no reader of tables takes for a missing value.
      return new Text("none");
    }
    return yaml.equals("true") || yaml.equals("false")
        ? new Flag(Boolean.parseBoolean(yaml))
        : new Text(yaml);
  }

  /**
   * Reads the values of an axis. Where all are numbers and one is not whole, all are written as
   * such: programs that judge a column by its first rows would take {@code 1} for its type.
   */
  static Function<String, Cell> reader(SweepAxis axis) {
    boolean whole = axis.values().stream().allMatch(value -> WHOLE.matcher(value).matches());
    boolean real =
        !whole && axis.values().stream().allMatch(value -> NUMBER.matcher(value).matches());
    return real ? yaml -> of(Double.parseDouble(yaml)) : Cell::ofYaml;
  }

  /** Words, if there are any. */
  static Cell of(Optional<String> text) {
    return text.<Cell>map(Text::new).orElse(MISSING);
  }

  /** A whole number. */
  static Cell of(long value) {
    return new Number(Long.toString(value));
  }

  /** A whole number, if there is one. */
  static Cell of(OptionalLong value) {
    return value.isPresent() ? of(value.getAsLong()) : MISSING;
  }

  /** A number, if it is finite. */
  static Cell of(double value) {
    return Double.isFinite(value) ? new Number(Double.toString(value)) : MISSING;
  }

  /** A number, if there is one that is finite. */
  static Cell of(OptionalDouble value) {
    return of(value.orElse(Double.NaN));
  }

  /** As a CSV file has it, before it is quoted: empty where there is no value, always one line. */
  default String plain() {
    return switch (this) {
      case Missing _, NotReached _ -> "";
      case Number number -> number.text();
      case Text text -> text.text().strip().replaceAll("\\s*\\R\\s*", " ");
      case Flag flag -> Boolean.toString(flag.value());
    };
  }
}
