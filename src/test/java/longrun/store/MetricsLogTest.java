package longrun.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {
  private static final String HEADER =
      "step,train_loss,train_accuracy,validation_loss,validation_accuracy,weight_norm,"
          + "learning_rate,seconds\n";

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void create() throws IOException {
    file = folder.resolve("metrics.csv");
    DurableFiles.DISK.write(file, MetricsLog.empty());
  }

  @Test
  void rowsAreThereAsSoonAsTheyAreAppended() throws IOException {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try (MetricsLog log = open(WrittenRows.NONE)) {
      assertEquals(HEADER, Files.readString(file));
      log.append(new MetricsRow(0, 4.75, 1.0 / 3, Double.NaN, Double.NaN, 1e-7, 1e-3, 1234.5678));
      assertEquals(
          HEADER + "0,4.75,0.3333333333333333,nan,nan,1.0E-7,0.001,1234.568\n",
          Files.readString(file));
      log.append(
          new MetricsRow(
              10, Double.POSITIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, 1, 2, 0.5, 2000));
      assertEquals("10,inf,0.0,-inf,1.0,2.0,0.5,2000.000", Files.readAllLines(file).get(2));
      log.sync();
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void rowsReadBackAsTheSameDoubles() {
    MetricsRow row =
        new MetricsRow(
            7, Math.PI, 1.0 / 3, Double.NaN, Double.MIN_VALUE, Double.MAX_VALUE, -0.0, 1.5);
    MetricsRow infinite =
        new MetricsRow(8, Double.POSITIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, 0, 0, 0, 2);
    try (MetricsLog log = open(WrittenRows.NONE)) {
      log.append(row);
      log.append(infinite);
    }
    assertEquals(List.of(row, infinite), MetricsLog.read(file));
  }

  @Test
  void stepsAscend() {
    try (MetricsLog log = open(WrittenRows.NONE)) {
      log.append(row(10));
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> log.append(row(10)));
      assertEquals("step=10 after step=10", e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void rowsTheCheckpointDoesNotKnowAreDroppedAndTheOthersStayByteForByte(int kept)
      throws IOException {
    String[] rows = {
      // Numbers as another program might have written them.
      "0,1,0.50,nan,nan,2,1e-3,0.1\n",
      "10,1.0,0.5,0.1,0.1,2.0,0.001,0.200\r\n",
      "20,1.0,0.5,0.1,0.1,2.0,0.001,0.300\n"
    };
    Files.writeString(file, HEADER + String.join("", rows) + "30,1.0,0.5");
    WrittenRows expected = WrittenRows.of(MetricsLog.read(file).subList(0, kept));
    String left = HEADER + String.join("", List.of(rows).subList(0, kept));
    try (MetricsLog log = open(expected)) {
      assertEquals(left, Files.readString(file));
      assertEquals(kept, log.rows().size());
      assertEquals(expected, log.written());
      log.append(row(2000));
    }
    assertEquals(left + row(2000).toLine() + "\n", Files.readString(file));
  }

  /** Neither how a number is written nor how long it took tells one run from another. */
  @Test
  void theDigestIsOfTheValues() throws IOException {
    write("0,1,0.50,nan,nan,2,1e-3,0.1", "10,1,0.5,nan,nan,2,1e-3,0.2");
    WrittenRows written = WrittenRows.of(MetricsLog.read(file, 10));
    write("0,1.0,0.5,nan,nan,2.0,0.001,7", "10,1,0.5,nan,nan,2,1e-3,8");
    assertEquals(written, WrittenRows.of(MetricsLog.read(file, 10)));
    open(written).close();
    for (String changed :
        List.of(
            "10,2,0.5,nan,nan,2,1e-3,8",
            "10,1,0.6,nan,nan,2,1e-3,8",
            "10,1,0.5,0,nan,2,1e-3,8",
            "10,1,0.5,nan,0,2,1e-3,8",
            "10,1,0.5,nan,nan,3,1e-3,8",
            "10,1,0.5,nan,nan,2,2e-3,8")) {
      write("0,1.0,0.5,nan,nan,2.0,0.001,7", changed);
      StorageException e = assertThrows(StorageException.class, () -> open(written), changed);
      assertTrue(
          e.getMessage()
              .startsWith(
                  file
                      + ": the first 2 rows are not those that were written: a number was changed;"
                      + " restore the file from a copy, or start a new run: longrun train "
                      + folder.resolve("config.yaml")),
          e.getMessage());
    }
  }

  /** A last step at which none was due has a row that is written again when it is resumed. */
  @Test
  void aRowOffTheGridIsNotPartOfACheckpoint() throws IOException {
    WrittenRows due;
    try (MetricsLog log = open(WrittenRows.NONE)) {
      log.append(row(0));
      log.append(row(10));
      due = log.written();
      log.append(row(15));
      assertEquals(due, log.written());
    }
    assertEquals(3, MetricsLog.read(file, 10).size());
    try (MetricsLog log = open(due)) {
      assertEquals(List.of(row(0), row(10)), log.rows());
    }
  }

  @Test
  void damageTheCheckpointDoesNotKnowIsDropped() throws IOException {
    String good = HEADER + row(0).toLine() + "\n" + row(10).toLine() + "\n";
    Files.writeString(file, good + "\0\0\0\0\n\0\0");
    open(WrittenRows.of(List.of(row(0), row(10)))).close();
    assertEquals(good, Files.readString(file));
  }

  @Test
  void damageBeforeTheCheckpointIsAnErrorWithItsLine() throws IOException {
    write(row(0).toLine(), "10,x,0,0,0,0,0,0", row(20).toLine());
    String text = Files.readString(file);
    StorageException e = assertThrows(StorageException.class, () -> open(rows(0, 10, 20)));
    assertTrue(
        e.getMessage().startsWith(file + ":3: train_loss=x is no number; restore the file"),
        e.getMessage());
    assertEquals(text, Files.readString(file), "nothing is changed");
  }

  @Test
  void missingRowsAreAnErrorWithTheirLine() throws IOException {
    write(row(0).toLine(), row(10).toLine(), row(40).toLine(), row(50).toLine());
    StorageException e =
        assertThrows(StorageException.class, () -> open(rows(0, 10, 20, 30, 40, 50)));
    assertTrue(e.getMessage().startsWith(file + ":4: expected step 20, found 40; restore"));
    e = assertThrows(StorageException.class, () -> MetricsLog.read(file, 10));
    assertEquals(file + ":4: expected step 20, found 40", e.getMessage());

    write(row(0).toLine());
    e = assertThrows(StorageException.class, () -> open(rows(0, 10)));
    assertTrue(
        e.getMessage()
            .startsWith(file + ": has rows=1, but the checkpoint was written after rows=2; "),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10|:2: expected step 0, found 10",
        "5|:2: expected step 0, found 5",
        "0,20|:3: expected step 10, found 20",
        "0,5,10|:3: expected step 10, found 5",
        "0,10,15,20|:4: expected step 20, found 15",
        "0,10,10|:4: expected step 20, found 10",
        "0,10,20,10|:5: expected step 30, found 10",
        "0,10,31|:4: expected step 20, found 31"
      })
  void stepsAreOnTheGrid(String steps, String expected) throws IOException {
    write(
        Stream.of(steps.split(",", -1))
            .map(step -> row(Long.parseLong(step)).toLine())
            .toArray(String[]::new));
    StorageException e = assertThrows(StorageException.class, () -> MetricsLog.read(file, 10));
    assertEquals(file + expected, e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 9, 10})
  void theLastStepMayBeOffTheGrid(long last) throws IOException {
    write(row(0).toLine(), row(last).toLine());
    assertEquals(List.of(row(0), row(last)), MetricsLog.read(file, 10));
  }

  @Test
  void linesMayEndInCarriageReturns() throws IOException {
    write(row(0).toLine(), row(10).toLine());
    List<MetricsRow> rows = MetricsLog.read(file, 10);
    Files.writeString(file, Files.readString(file).replace("\n", "\r\n"));
    assertEquals(rows, MetricsLog.read(file, 10));
    try (MetricsLog log = open(rows(0, 10))) {
      log.append(row(20));
    }
    assertEquals(3, MetricsLog.read(file, 10).size());
  }

  @Test
  void aMissingFileHasARemedy() throws IOException {
    Files.delete(file);
    String expected =
        file
            + " is missing; restore the file from a copy, or start a new run: longrun train "
            + folder.resolve("config.yaml");
    assertEquals(
        expected, assertThrows(StorageException.class, () -> open(WrittenRows.NONE)).getMessage());
    assertEquals(
        expected,
        assertThrows(StorageException.class, () -> MetricsLog.read(file, 10)).getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2,3|:3: columns=3 expected=8",
        "x,1,1,1,1,1,1,1|:3: step=x is no step number",
        "-5,1,1,1,1,1,1,1|:3: step=-5 is no step number",
        "07,1,1,1,1,1,1,1|:3: step=07 is no step number",
        "99999999999999999999,1,1,1,1,1,1,1|:3: step=99999999999999999999 is no step",
        "5,1,1,1,1,1,1,1|:3: step=5 after step=5",
        "4,1,1,1,1,1,1,1|:3: step=4 after step=5",
        "6,1,1,1,1,1,1,|:3: seconds= is no number",
        "6,1,1,1d,1,1,1,1|:3: validation_loss=1d is no number",
        "6,1,1,NaN,1,1,1,1|:3: validation_loss=NaN is no number",
        "6,0x1p3,1,1,1,1,1,1|:3: train_loss=0x1p3 is no number",
        "6,1,1,1,1,1,1,1,1|:3: columns=9 expected=8",
      })
  void aDamagedLineIsNamed(String line, String expected) throws IOException {
    Files.writeString(file, HEADER + "5,1,1,1,1,1,1,1\n" + line + "\n");
    StorageException e = assertThrows(StorageException.class, () -> MetricsLog.read(file));
    assertTrue(e.getMessage().startsWith(file + expected), e.getMessage());
  }

  @Test
  void anotherHeaderIsRefused() throws IOException {
    for (String text :
        List.of("", "step,loss\n", HEADER.strip(), HEADER.toUpperCase(Locale.ROOT))) {
      Files.writeString(file, text);
      StorageException e = assertThrows(StorageException.class, () -> MetricsLog.read(file));
      assertTrue(e.getMessage().startsWith(file + ":1: expected the header"), e.getMessage());
    }
  }

  @Test
  void aTornLastLineIsIgnored() throws IOException {
    Files.writeString(file, HEADER + "5,1,1,1,1,1,1,1\n6,1,1,1,1,1,1,1");
    assertEquals(List.of(5L), MetricsLog.read(file).stream().map(MetricsRow::step).toList());
  }

  @Test
  void aFullDiskIsSaid() throws IOException {
    byte[] before = Files.readAllBytes(file);
    try (MetricsLog log = MetricsLog.resume(file, FaultyFiles.fullAt(0), 10, WrittenRows.NONE)) {
      StorageException e = assertThrows(StorageException.class, () -> log.append(row(0)));
      assertTrue(
          e.getMessage().startsWith("cannot write the metrics of step 0 to " + file),
          e.getMessage());
      assertTrue(e.getMessage().contains("No space left on device; free some space"));
    }
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  private MetricsLog open(WrittenRows expected) {
    return MetricsLog.resume(file, DurableFiles.DISK, 10, expected);
  }

  private void write(String... lines) throws IOException {
    Files.writeString(file, HEADER + String.join("\n", lines) + "\n");
  }

  private static WrittenRows rows(long... steps) {
    return WrittenRows.of(LongStream.of(steps).mapToObj(MetricsLogTest::row).toList());
  }

  private static MetricsRow row(long step) {
    return new MetricsRow(step, 1.25, 0.5, 2.5, 0.25, 3, 1e-3, 0.5);
  }
}
