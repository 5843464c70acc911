package longrun.config;

/**
 * What values a key can have: how they are read, written and described.
 *
 * @param <T> the value in Java
 */
interface ValueType<T> {
  /**
   * The value that a node stands for.
   *
   * @throws InvalidValue if it is none, or out of range
   */
  T read(Node node) throws InvalidValue;

  /** As YAML flow text that reads back as an equal value. */
  String write(T value);

  /** What is allowed, for people: {@code "a whole number from 1 to 64"}. */
  String allowed();
}
