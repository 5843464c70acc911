package longrun.cli;

import java.util.Optional;

/**
 * A line of {@code longrun doctor}.
 *
 * @param status how it stands
 * @param subject what was looked at
 * @param value what was found
 * @param remedy what to do, where there is something to do
 */
record Finding(Status status, String subject, String value, Optional<String> remedy) {

  /** How a subject stands. */
  enum Status {
    OK("OK"),
    /** Not there, and not needed to train on the CPU. */
    ABSENT("-"),
    /** Training on the CPU does not work before this is mended. */
    PROBLEM("problem");

    private final String label;

    Status(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  static Finding ok(String subject, String value) {
    return new Finding(Status.OK, subject, value, Optional.empty());
  }

  static Finding absent(String subject, String value, String remedy) {
    return new Finding(Status.ABSENT, subject, value, Optional.of(remedy));
  }

  static Finding problem(String subject, String value, String remedy) {
    return new Finding(Status.PROBLEM, subject, value, Optional.of(remedy));
  }
}
