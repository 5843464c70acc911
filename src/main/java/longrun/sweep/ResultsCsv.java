package longrun.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Tables as CSV: a header, a line per row, LF, quotes where RFC 4180 asks for them. A cell without
 * a value, or with one that is not finite, is empty, so that a column of numbers is read as one.
 *
 * @param <R> what a row is of
 */
public final class ResultsCsv<R> {
  private final List<Column.Field<R>> fields = new ArrayList<>();
  private final Appendable target;

  /** A table with these columns; {@link #header} comes first. */
  public ResultsCsv(List<Column<R>> columns, Appendable target) {
    columns.forEach(column -> fields.addAll(column.fields()));
    this.target = target;
  }

  /** Writes the names of the columns. */
  public void header() throws IOException {
    line(fields.stream().map(Column.Field::name).toList());
  }

  /** Writes a row. */
  public void row(R row) throws IOException {
    line(fields.stream().map(field -> field.cell().apply(row).plain()).toList());
  }

  private void line(List<String> cells) throws IOException {
    for (int i = 0; i < cells.size(); i++) {
      target.append(i == 0 ? "" : ",").append(quoted(cells.get(i)));
    }
    target.append('\n');
  }

  /** A cell as the file has it. */
  static String quoted(String cell) {
    boolean needed = false;
    for (int i = 0; i < cell.length() && !needed; i++) {
      needed = ",\"\n\r".indexOf(cell.charAt(i)) >= 0;
    }
    return needed ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
