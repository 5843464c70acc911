package longrun.cli;

/**
 * A line that fits into so many columns of a terminal, in colours where those are wanted. What does
 * not fit is cut off; one character stands in one column.
 */
final class ColumnLine {
  /** Colours, by their code. */
  enum Tint {
    NONE(""),
    BOLD("1"),
    FAINT("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33");

    private final String code;

    Tint(String code) {
      this.code = code;
    }
  }

  private final int columns;
  private final Terminal screen;
  private final StringBuilder line = new StringBuilder();
  private int used;

  ColumnLine(int columns, Terminal screen) {
    this.columns = columns;
    this.screen = screen;
  }

  ColumnLine add(String text) {
    return add(text, Tint.NONE);
  }

  ColumnLine add(String text, Tint tint) {
    String fitting = cut(Texts.printable(text), columns - used, screen.unicode());
    if (fitting.isEmpty()) {
      return this;
    }
    used += length(fitting);
    boolean tinted = screen.color() && tint != Tint.NONE;
    line.append(tinted ? "\u001b[" + tint.code + "m" + fitting + "\u001b[0m" : fitting);
    return this;
  }

  /** Spaces up to a column. */
  ColumnLine to(int column) {
    return add(" ".repeat(Math.max(0, column - used)));
  }

  int used() {
    return used;
  }

  @Override
  public String toString() {
    return line.toString().stripTrailing();
  }

  /** Columns that a text takes. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** As much of a text as fits, with an ellipsis where something is missing. */
  static String cut(String text, int columns, boolean unicode) {
    if (length(text) <= columns) {
      return text;
    }
    String ellipsis = ellipsis(unicode);
    int kept = columns - ellipsis.length();
    return kept <= 0
        ? ellipsis.substring(0, Math.clamp(columns, 0, ellipsis.length()))
        : text.substring(0, text.offsetByCodePoints(0, kept)) + ellipsis;
  }

  static String ellipsis(boolean unicode) {
    return unicode ? "…" : "..";
  }
}
