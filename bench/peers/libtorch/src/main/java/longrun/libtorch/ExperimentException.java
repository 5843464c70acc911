package longrun.libtorch;

/** A folder that is no experiment; the message says where it is wrong and what to do. */
final class ExperimentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ExperimentException(String message) {
    super(message);
  }
}
