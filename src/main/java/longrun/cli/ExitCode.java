package longrun.cli;

/** What the process says to the shell that started it. */
final class ExitCode {
  static final int DONE = 0;

  /** A verification or a run failed; a run that diverged is one. */
  static final int FAILED = 1;

  static final int USAGE = 2;
  static final int INVALID_CONFIGURATION = 3;
  static final int DEVICE_UNAVAILABLE = 4;
  static final int STORAGE = 5;

  /** Added to a signal's number, as shells do: SIGINT 130, SIGTERM 143. */
  static final int INTERRUPTED_BASE = 128;

  private ExitCode() {}
}
