package longrun.config;

/** A node that is no value of the wanted type; says where within the value, and why. */
final class InvalidValue extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Node.Place place;
  private final String subPath;

  /**
   * An invalid value.
   *
   * @param subPath place within the key's value: {@code "[1]"}, or empty for the whole
   */
  InvalidValue(Node.Place place, String subPath, String message) {
    super(message, null, false, false);
    this.place = place;
    this.subPath = subPath;
  }

  Node.Place place() {
    return place;
  }

  String subPath() {
    return subPath;
  }
}
