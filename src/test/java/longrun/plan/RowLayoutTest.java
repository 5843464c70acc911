package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import longrun.task.Dataset;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

class RowLayoutTest {
  private final Dataset dataset = SmallRuns.addition(5, 25);

  @Test
  void fewerValuesThanTheBatchAreShared() {
    RowLayout layout = tokens(dataset, 6, List.of());
    assertEquals(List.of(0, 1, 2), layout.sharedPositions());
    assertEquals(List.of(), layout.examplePositions());
    assertEquals(5 + 5 + 1, layout.sharedRows());
    assertEquals(0, layout.sharedOffset(0));
    assertEquals(5, layout.sharedOffset(1));
    assertEquals(10, layout.sharedOffset(2));
  }

  @Test
  void asManyValuesAsTheBatchAreNotShared() {
    RowLayout layout = tokens(dataset, 5, List.of());
    assertEquals(List.of(2), layout.sharedPositions());
    assertEquals(List.of(0, 1), layout.examplePositions());
    assertEquals(1, layout.sharedRows());
    assertFalse(layout.isShared(0));
    assertTrue(layout.isShared(2));
  }

  @Test
  void aPositionCanBeKeptFromBeingShared() {
    RowLayout layout = tokens(dataset, 25, List.of(2));
    assertEquals(List.of(0, 1), layout.sharedPositions());
    assertEquals(List.of(2), layout.examplePositions());
  }

  @Test
  void aRestrictionStacksItsRowsAnew() {
    RowLayout layout = tokens(dataset, 6, List.of()).restrictedTo(List.of(1, 2));
    assertEquals(List.of(1, 2), layout.positions());
    assertEquals(0, layout.sharedOffset(1));
    assertEquals(5, layout.sharedOffset(2));
    assertEquals(6, layout.sharedRows());
  }

  @Test
  void examplesFindTheRowOfTheirToken() {
    RowLayout layout = tokens(dataset, 6, List.of());
    for (int position = 0; position < 3; position++) {
      RowIndex index = layout.byExample(position);
      assertEquals(25, index.readers());
      for (int example = 0; example < 25; example++) {
        int representative = layout.representative(position, index.rowOf(example));
        assertEquals(dataset.token(example, position), dataset.token(representative, position));
      }
    }
  }

  @Test
  void sharedRowsFindTheRowsTheyAttendTo() {
    RowLayout input = tokens(dataset, 26, List.of());
    RowLayout prefixes = prefixes(dataset, 26);
    assertEquals(5 + 25 + 25, prefixes.sharedRows());
    for (int reader = 0; reader < 3; reader++) {
      for (int read = 0; read <= reader; read++) {
        RowIndex index = input.byReader(prefixes, reader, read);
        assertEquals(prefixes.classes(reader), index.readers());
        assertEquals(input.classes(read), index.rows());
        for (int row = 0; row < index.readers(); row++) {
          int example = prefixes.representative(reader, row);
          int found = input.representative(read, index.rowOf(row));
          assertEquals(dataset.token(example, read), dataset.token(found, read));
        }
      }
    }
  }

  @Test
  void aTableCannotLeadOutOfItsRows() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> new RowIndex("tokens", new int[] {0, 3}, 3));
    assertEquals("index=tokens row=3 rows=3", refusal.getMessage());
    Buffer buffer = new Buffer(0, "keys", new Rows.Shared(4), 2);
    RowIndex index = new RowIndex("tokens", new int[] {0, 2}, 3);
    assertThrows(IllegalArgumentException.class, () -> new Source.Indexed(buffer.all(), index));
  }

  @Test
  void aMatrixHasABufferForEachKindOfRow() {
    Buffers buffers = new Buffers();
    Matrix matrix = buffers.matrix("x", tokens(dataset, 5, List.of()), 8);
    assertEquals(Optional.of(new Buffer(0, "x.shared", new Rows.Shared(1), 8)), matrix.shared());
    assertEquals(
        Optional.of(new Buffer(1, "x.examples", new Rows.PerExample(2), 8)), matrix.examples());
    assertEquals("x.examples[1..1]", matrix.at(1).toString());
    assertEquals("x.shared[0..0]", matrix.at(2).toString());
    Matrix whole = buffers.matrix("y", tokens(dataset, 6, List.of()), 8);
    assertEquals(Optional.empty(), whole.examples());
    assertEquals("y.shared[5..9]", whole.at(1).toString());
  }

  @Test
  void rowsThatTwoMatricesHaveInCommonArePaired() {
    Buffers buffers = new Buffers();
    RowLayout layout = tokens(dataset, 6, List.of());
    Matrix whole = buffers.matrix("x", layout, 8);
    Matrix same = buffers.matrix("k", layout, 8);
    assertEquals(
        List.of(new Matrix.Pair(whole.shared().get().all(), same.shared().get().all())),
        Matrix.common(whole, same, false));
    assertEquals(List.of(), Matrix.common(whole, same, true));
    Matrix part = buffers.matrix("q", layout.restrictedTo(List.of(0, 2)), 8);
    assertEquals(
        List.of(new Matrix.Pair(whole.at(0), part.at(0)), new Matrix.Pair(whole.at(2), part.at(2))),
        Matrix.common(whole, part, false));
  }

  @Test
  void rowsOfAViewAreEvenlySpaced() {
    Buffer examples = new Buffer(0, "x", new Rows.PerExample(3), 8);
    assertEquals(3, new View(examples, 1, 1).rowStride());
    assertEquals(1, examples.all().rowStride());
    assertEquals(7, new View(examples, 1, 1).rows(7));
    assertEquals(21, examples.all().rows(7));
    assertThrows(IllegalArgumentException.class, () -> new View(examples, 0, 2));
    assertThrows(IllegalArgumentException.class, () -> new View(examples, 3, 1));
    Buffer shared = new Buffer(1, "y", new Rows.Shared(3), 8);
    assertEquals(2, new View(shared, 1, 2).rows(7));
    assertThrows(IllegalArgumentException.class, () -> new View(shared, 2, 2));
  }

  @Test
  void tablesAreCopiedOut() {
    RowIndex index = new RowIndex("tokens", new int[] {0, 2}, 3);
    index.toArray()[0] = 1;
    assertArrayEquals(new int[] {0, 2}, index.toArray());
  }

  private static RowLayout tokens(Dataset dataset, int batch, List<Integer> neverShared) {
    Map<Integer, ValueNumbering> numberings = new TreeMap<>();
    for (int position = 0; position < dataset.context(); position++) {
      numberings.put(position, ValueNumbering.ofToken(dataset, position));
    }
    return new RowLayout("tokens", numberings, batch, neverShared);
  }

  private static RowLayout prefixes(Dataset dataset, int batch) {
    ValueNumbering[] numbered = ValueNumbering.ofPrefixes(dataset, dataset.context());
    Map<Integer, ValueNumbering> numberings = new TreeMap<>();
    for (ValueNumbering numbering : numbered) {
      numberings.put(numbering.position(), numbering);
    }
    return new RowLayout("prefixes", numberings, batch, List.of());
  }
}
