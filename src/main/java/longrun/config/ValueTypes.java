package longrun.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The types that keys have. Numbers are read by their text, the same in YAML 1.1, 1.2 and JSON. */
final class ValueTypes {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+(_\\d+)*(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d{1,9})?");
  private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0\\d.*");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);

  private ValueTypes() {}

  /** A whole number; {@code 4e4} and {@code 40_000} are whole numbers too. */
  static ValueType<Long> wholeLong(long min, long max) {
    return new WholeNumber(min, max);
  }

  /** A whole number that fits an int. */
  static ValueType<Integer> whole(int min, int max) {
    return mapped(wholeLong(min, max), Math::toIntExact, Integer::longValue);
  }

  /** A finite number between bounds, each of which may itself be excluded. */
  static ValueType<Double> number(Bound min, Bound max) {
    return new RealNumber(min, max);
  }

  /** An end of a range of numbers. */
  record Bound(double value, boolean included) {
    static Bound including(double value) {
      return new Bound(value, true);
    }

    static Bound excluding(double value) {
      return new Bound(value, false);
    }
  }

  /** True or false. */
  static ValueType<Boolean> flag() {
    return choice(List.of(true, false), Object::toString);
  }

  /** The constants of an enum, in lower case. */
  static <E extends Enum<E>> ValueType<E> constant(Class<E> type) {
    return choice(List.of(type.getEnumConstants()), value -> value.name().toLowerCase(Locale.ROOT));
  }

  /** One of a few values, each with a name. */
  static <T> ValueType<T> choice(List<T> values, Function<T, String> name) {
    Map<String, T> byName = new LinkedHashMap<>();
    values.forEach(value -> byName.put(name.apply(value), value));
    return new Choice<>(byName, name);
  }

  /** A list of values of one type. */
  static <T> ValueType<List<T>> list(ValueType<T> element, int minSize, int maxSize) {
    return new ListOf<>(element, minSize, maxSize);
  }

  /** The word, which stands for an empty optional, or a whole number. */
  static ValueType<OptionalInt> wholeOr(String word, int min, int max) {
    return new WholeOr(word, whole(min, max));
  }

  /** The shortest text that reads back as the same double, as in {@code 1e-4}. */
  static String text(double value) {
    return Double.toString(value).replace(".0E", "e").replace('E', 'e');
  }

  private static <A, B> ValueType<B> mapped(
      ValueType<A> type, Function<A, B> to, Function<B, A> from) {
    return new ValueType<>() {
      @Override
      public B read(Node node) throws InvalidValue {
        return to.apply(type.read(node));
      }

      @Override
      public String write(B value) {
        return type.write(from.apply(value));
      }

      @Override
      public String allowed() {
        return type.allowed();
      }
    };
  }

  private static InvalidValue invalid(Node node, String problem, ValueType<?> type) {
    return new InvalidValue(
        node.place(), "", node.shown() + " " + problem + "; allowed: " + type.allowed());
  }

  /** The digits of a number, underscores taken out. */
  private static String numberText(Node node, String wanted, ValueType<?> type)
      throws InvalidValue {
    if (!(node instanceof Node.Scalar scalar)) {
      throw invalid(node, "is not " + wanted, type);
    }
    String text = scalar.text();
    if (scalar.quoted()) {
      boolean wouldDo = NUMBER.matcher(text).matches();
      throw invalid(
          node, wouldDo ? "is text, not a number: remove the quotes" : "is not " + wanted, type);
    }
    if (NOT_FINITE.matcher(text).matches()) {
      throw invalid(node, "is not finite", type);
    }
    if (text.length() > 100 || !NUMBER.matcher(text).matches()) {
      throw invalid(node, "is not " + wanted, type);
    }
    return text.replace("_", "");
  }

  private record WholeNumber(long min, long max) implements ValueType<Long> {
    @Override
    public Long read(Node node) throws InvalidValue {
      String text = numberText(node, "a whole number", this);
      if (LEADING_ZERO.matcher(text).matches()) {
        throw invalid(node, "begins with 0, which YAML versions read differently", this);
      }
      if (Math.abs(Double.parseDouble(text)) > 1e19) {
        throw invalid(node, "is out of range", this);
      }
      // Below 1e19 the exact expansion is short, unless the number is a tiny fraction.
      BigDecimal exact = new BigDecimal(text);
      if (exact.signum() != 0 && (exact.precision() - exact.scale() < 1 || !isWhole(exact))) {
        throw invalid(node, "is not a whole number", this);
      }
      BigInteger value = exact.signum() == 0 ? BigInteger.ZERO : exact.toBigIntegerExact();
      if (value.compareTo(BigInteger.valueOf(min)) < 0
          || value.compareTo(BigInteger.valueOf(max)) > 0) {
        throw invalid(node, "is out of range", this);
      }
      return value.longValueExact();
    }

    private static boolean isWhole(BigDecimal exact) {
      return exact.stripTrailingZeros().scale() <= 0;
    }

    @Override
    public String write(Long value) {
      return value.toString();
    }

    @Override
    public String allowed() {
      return min == Long.MIN_VALUE && max == Long.MAX_VALUE
          ? "a whole number of 64 bits"
          : "a whole number from " + min + " to " + max;
    }
  }

  private record RealNumber(Bound min, Bound max) implements ValueType<Double> {
    @Override
    public Double read(Node node) throws InvalidValue {
      // Adding 0.0 makes the negative zero an ordinary one.
      double value = Double.parseDouble(numberText(node, "a number", this)) + 0.0;
      if (Double.isInfinite(value)) {
        throw invalid(node, "is not finite", this);
      }
      boolean above = min.included() ? value >= min.value() : value > min.value();
      boolean below = max.included() ? value <= max.value() : value < max.value();
      if (!above || !below) {
        throw invalid(node, "is out of range", this);
      }
      return value;
    }

    @Override
    public String write(Double value) {
      return text(value);
    }

    @Override
    public String allowed() {
      return "a number x, "
          + bare(min.value())
          + (min.included() ? " <= x" : " < x")
          + (max.included() ? " <= " : " < ")
          + bare(max.value());
    }

    private static String bare(double value) {
      String text = text(value);
      return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
  }

  private record Choice<T>(Map<String, T> byName, Function<T, String> name)
      implements ValueType<T> {
    @Override
    public T read(Node node) throws InvalidValue {
      if (!(node instanceof Node.Scalar scalar) || scalar.isNull()) {
        throw invalid(node, "is not one of the choices", this);
      }
      boolean quotedFlag = scalar.quoted() && byName.containsValue(true);
      T value = byName.get(scalar.text());
      if (value == null || quotedFlag) {
        String near =
            Nearest.of(scalar.text(), List.copyOf(byName.keySet()))
                .map(nearest -> ", did you mean " + nearest + "?")
                .orElse("");
        throw invalid(node, "is not one of the choices" + near, this);
      }
      return value;
    }

    @Override
    public String write(T value) {
      return Node.plainOrQuoted(name.apply(value));
    }

    @Override
    public String allowed() {
      return byName.keySet().stream().map(Node::plainOrQuoted).collect(Collectors.joining(" | "));
    }
  }

  private record ListOf<T>(ValueType<T> element, int minSize, int maxSize)
      implements ValueType<List<T>> {
    @Override
    public List<T> read(Node node) throws InvalidValue {
      if (!(node instanceof Node.Items list)) {
        throw invalid(node, "is not a list", this);
      }
      int size = list.items().size();
      if (size < minSize || size > maxSize) {
        throw invalid(node, "has " + size + (size == 1 ? " element" : " elements"), this);
      }
      List<T> values = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        try {
          values.add(element.read(list.items().get(i)));
        } catch (InvalidValue e) {
          throw new InvalidValue(e.place(), "[" + i + "]" + e.subPath(), e.getMessage());
        }
      }
      return List.copyOf(values);
    }

    @Override
    public String write(List<T> values) {
      return values.stream().map(element::write).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public String allowed() {
      String count = minSize == maxSize ? "" + minSize : minSize + " to " + maxSize;
      return "a list of " + count + ", each " + element.allowed();
    }
  }

  private record WholeOr(String word, ValueType<Integer> number) implements ValueType<OptionalInt> {
    @Override
    public OptionalInt read(Node node) throws InvalidValue {
      if (node instanceof Node.Scalar scalar && scalar.text().equals(word)) {
        return OptionalInt.empty();
      }
      try {
        return OptionalInt.of(number.read(node));
      } catch (InvalidValue e) {
        String message = e.getMessage().replace("allowed: ", "allowed: " + word + " or ");
        throw new InvalidValue(e.place(), e.subPath(), message);
      }
    }

    @Override
    public String write(OptionalInt value) {
      return value.isEmpty() ? word : number.write(value.getAsInt());
    }

    @Override
    public String allowed() {
      return word + " or " + number.allowed();
    }
  }
}
