package longrun.documents;

import java.util.Collections;
import java.util.List;

/** A table in Markdown, row by row. */
final class MarkdownTable {
  private final StringBuilder text = new StringBuilder();

  MarkdownTable(List<String> headings) {
    row(headings);
    row(Collections.nCopies(headings.size(), "---"));
  }

  void row(List<String> cells) {
    // The separator is written without blanks, as the rest of the README does.
    String between = cells.getFirst().equals("---") ? "|" : " | ";
    String edge = cells.getFirst().equals("---") ? "" : " ";
    text.append('|').append(edge).append(String.join(between, cells)).append(edge).append("|\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
