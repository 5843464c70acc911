package longrun.config;

/** How an example is written as tokens; operands are 0..n-1, then op (if written), then "=". */
public enum SequenceFormat {
  /** {@code "a b ="}: 3 tokens over n + 1. */
  A_B_EQUALS("a b ="),
  /** {@code "a op b ="}: 4 tokens over n + 2. */
  A_OP_B_EQUALS("a op b =");

  private final String text;

  SequenceFormat(String text) {
    this.text = text;
  }

  /** As written in a configuration. */
  public String text() {
    return text;
  }
}
