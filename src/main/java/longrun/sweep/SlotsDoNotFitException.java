package longrun.sweep;

/**
 * There is not the memory for the slots that were asked for, or for any. The message says what is
 * needed, what is free and how many would fit; it is meant for the user as it stands.
 */
public final class SlotsDoNotFitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SlotsDoNotFitException(String message) {
    super(message);
  }
}
