package longrun.engine;

/** An engine cannot train what is asked of it; the message says what and which engine can. */
public final class UnsupportedCohortException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnsupportedCohortException(String message) {
    super(message);
  }
}
