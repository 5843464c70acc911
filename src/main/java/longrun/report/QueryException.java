package longrun.report;

/** A question about results that cannot be answered as it stands; the message is for the user. */
public final class QueryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public QueryException(String message) {
    super(message);
  }
}
