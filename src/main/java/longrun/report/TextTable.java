package longrun.report;

import java.util.ArrayList;
import java.util.List;

/** An aligned table of text. */
final class TextTable {
  /** The narrowest width of a column that is never cut. */
  static final int WHOLE = Integer.MAX_VALUE;

  private static final String GAP = "  ";

  private TextTable() {}

  /**
   * A column.
   *
   * @param right whether cells are flush right
   * @param sacrifice which columns are left out first where there is little room: the highest; 0
   *     stays
   * @param narrowest to what its cells may be cut where leaving columns out is not enough; {@link
   *     #WHOLE}: never
   * @param cells from the top, each one line
   */
  record Column(String title, boolean right, int sacrifice, int narrowest, List<String> cells) {
    Column {
      cells = List.copyOf(cells);
    }

    private int width() {
      int width = length(title);
      for (String cell : cells) {
        width = Math.max(width, length(cell));
      }
      return width;
    }
  }

  /**
   * The table, a line each, the titles first. Where it would be wider than asked for, columns are
   * left out, and at last cells are cut; if that is not enough, lines are longer.
   *
   * @param columns at least one, with equally many cells
   * @param width characters in a line; lines are never padded to it
   */
  static List<String> lines(List<Column> columns, int width) {
    List<Column> kept = new ArrayList<>(columns);
    int[] widths = fit(kept, width);
    List<String> lines = new ArrayList<>();
    lines.add(line(kept, widths, -1));
    for (int row = 0; row < columns.getFirst().cells().size(); row++) {
      lines.add(line(kept, widths, row));
    }
    return lines;
  }

  /** The widths of the columns that are left. */
  private static int[] fit(List<Column> kept, int width) {
    int[] widths = kept.stream().mapToInt(Column::width).toArray();
    while (total(widths) > width) {
      int least = 0;
      for (int i = 1; i < widths.length; i++) {
        least = kept.get(i).sacrifice() > kept.get(least).sacrifice() ? i : least;
      }
      if (kept.get(least).sacrifice() == 0) {
        break;
      }
      kept.remove(least);
      widths = kept.stream().mapToInt(Column::width).toArray();
    }
    for (int i = 0; i < widths.length; i++) {
      int excess = Math.max(0, total(widths) - width);
      widths[i] = Math.min(widths[i], Math.max(kept.get(i).narrowest(), widths[i] - excess));
    }
    return widths;
  }

  private static int total(int[] widths) {
    int total = GAP.length() * (widths.length - 1);
    for (int each : widths) {
      total += each;
    }
    return total;
  }

  /** A row; -1 is that of the titles. */
  private static String line(List<Column> columns, int[] widths, int row) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      Column column = columns.get(i);
      String text = cut(row < 0 ? column.title() : column.cells().get(row), widths[i]);
      String padding = " ".repeat(widths[i] - length(text));
      line.append(i == 0 ? "" : GAP);
      line.append(column.right() ? padding + text : text + padding);
    }
    return line.toString().stripTrailing();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String cut(String text, int width) {
    return length(text) <= width
        ? text
        : text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
  }

  /** On one line, without anything that a terminal would obey. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(
            character ->
                printable.appendCodePoint(
                    character == '\n' ? ' ' : Character.isISOControl(character) ? '?' : character));
    return printable.toString();
  }
}
