package longrun.libtorch;

/** The device or library is not here; the message says what to install. */
final class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnavailableException(String message) {
    super(message);
  }
}
