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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    try (MetricsLog log = open(0, -1)) {
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
    try (MetricsLog log = open(0, -1)) {
      log.append(row);
      log.append(infinite);
    }
    assertEquals(List.of(row, infinite), MetricsLog.read(file));
  }

  @Test
  void stepsAscend() {
    try (MetricsLog log = open(0, -1)) {
      log.append(row(10));
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> log.append(row(10)));
      assertEquals("step=10 after step=10", e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "9, 1", "10, 2", "19, 2", "20, 3", "1000, 3"})
  void laterRowsAreDroppedAndTheOthersStayByteForByte(long step, int kept) throws IOException {
    String[] rows = {
      // Numbers as another program might have written them.
      "0,1,0.50,nan,nan,2,1e-3,0.1\n",
      "10,1.0,0.5,0.1,0.1,2.0,0.001,0.200\n",
      "20,1.0,0.5,0.1,0.1,2.0,0.001,0.300\n"
    };
    Files.writeString(file, HEADER + String.join("", rows) + "30,1.0,0.5");
    String expected = HEADER + String.join("", List.of(rows).subList(0, kept));
    try (MetricsLog log = open(step, 10L * (kept - 1))) {
      assertEquals(expected, Files.readString(file));
      assertEquals(kept, log.rows().size());
      log.append(row(2000));
    }
    assertEquals(expected + row(2000).toLine() + "\n", Files.readString(file));
  }

  @Test
  void damagePastTheCheckpointIsDropped() throws IOException {
    String good = HEADER + row(0).toLine() + "\n" + row(10).toLine() + "\n";
    Files.writeString(file, good + "\0\0\0\0\n\0\0");
    open(15, 10).close();
    assertEquals(good, Files.readString(file));
  }

  @Test
  void damageBeforeTheCheckpointIsAnErrorWithItsLine() throws IOException {
    String text = HEADER + row(0).toLine() + "\n10,x,0,0,0,0,0,0\n" + row(20).toLine() + "\n";
    Files.writeString(file, text);
    StorageException e = assertThrows(StorageException.class, () -> open(20, 20));
    assertEquals(file + ":3: train_loss=x is no number", e.getMessage());
    assertEquals(text, Files.readString(file), "nothing is changed");
  }

  @Test
  void aMissingRowIsAnError() throws IOException {
    Files.writeString(file, HEADER + row(0).toLine() + "\n");
    StorageException e = assertThrows(StorageException.class, () -> open(20, 20));
    assertTrue(
        e.getMessage().contains("the row of step=20 is missing before the checkpoint of step=20"),
        e.getMessage());
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
    try (MetricsLog log = MetricsLog.resume(file, FaultyFiles.fullAt(0), 0, -1)) {
      StorageException e = assertThrows(StorageException.class, () -> log.append(row(0)));
      assertTrue(
          e.getMessage().startsWith("cannot write the metrics of step 0 to " + file),
          e.getMessage());
      assertTrue(e.getMessage().contains("No space left on device; free some space"));
    }
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  private MetricsLog open(long step, long requiredRow) {
    return MetricsLog.resume(file, DurableFiles.DISK, step, requiredRow);
  }

  private static MetricsRow row(long step) {
    return new MetricsRow(step, 1.25, 0.5, 2.5, 0.25, 3, 1e-3, 0.5);
  }
}
