package longrun.cli;

import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import longrun.report.RunListing;
import longrun.report.RunRow;
import longrun.report.RunTable;

/** Prints the runs in a folder. */
final class Listing {
  private Listing() {}

  static void print(Path folder, boolean json, Output output) {
    List<RunRow> rows = RunListing.of(folder);
    if (json) {
      output.out().println(Texts.json(RunTable.json(rows), output.out().charset()));
    } else if (rows.isEmpty()) {
      output.out().println("no runs in " + folder);
    } else {
      Terminal terminal = Terminal.ofStandardOutput();
      // Only a screen has an edge; a file or a pipe gets every column.
      int columns = terminal.interactive() ? terminal.columns() : Integer.MAX_VALUE;
      RunTable.text(rows, columns, ZoneId.systemDefault()).forEach(output.out()::println);
    }
  }
}
