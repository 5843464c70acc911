package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import longrun.plan.Operation;
import longrun.plan.RowIndex;
import longrun.plan.Source;

/** Which tables an operation of the backward pass reads from row to reader. */
final class ReaderTables {
  private ReaderTables() {}

  /**
   * A table to be inverted.
   *
   * @param byExample whether its readers are the examples of the batch rather than shared rows
   */
  record Inverted(RowIndex index, boolean byExample) {}

  static List<Inverted> of(Operation operation) {
    List<Inverted> tables = new ArrayList<>();
    if (operation instanceof Operation.KeyGradient keys) {
      for (Operation.KeyReader reader : keys.readers()) {
        add(tables, reader.source(), reader.gradient().attention().out().perExample());
      }
    } else if (operation instanceof Operation.ReaderSum sum) {
      for (Operation.ReaderSum.Reader reader : sum.readers()) {
        add(tables, reader.source(), reader.gradient().perExample());
      }
    } else if (operation instanceof Operation.LookupGradient lookups) {
      for (Operation.LookupGradient.Term term : lookups.terms()) {
        if (term.lookup() instanceof Operation.Lookup.ParameterRow(String name, RowIndex index)) {
          tables.add(new Inverted(index, term.outGradient().perExample()));
        }
      }
    }
    return tables;
  }

  private static void add(List<Inverted> tables, Source source, boolean byExample) {
    if (source instanceof Source.Indexed(var view, RowIndex index)) {
      tables.add(new Inverted(index, byExample));
    }
  }
}
