package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SlurmTimeTest {
  private final SlurmTime.Converter converter = new SlurmTime.Converter();

  /** The forms are those of sbatch's manual, in its order. */
  @ParameterizedTest
  @CsvSource({
    "90, 0-01:30:00",
    "90:30, 0-01:30:30",
    "12:00:00, 0-12:00:00",
    "36:05:06, 1-12:05:06",
    "2-12, 2-12:00:00",
    "2-0:5, 2-00:05:00",
    "2-12:30:59, 2-12:30:59",
    "0-00:00:01, 0-00:00:01",
  })
  void everyFormOfSlurmIsRead(String text, String whole) {
    SlurmTime time = converter.convert(text);
    assertEquals(whole, time.toString());
    assertEquals(time, converter.convert(whole));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "12h",
        "-5",
        "1:60",
        "1:2:60",
        "1:60:00",
        "1-24",
        "1-2:60",
        "1-2:3:4:5",
        "1:2:3:4",
        "1-",
        "1.5",
        " 5",
        "UNLIMITED",
        "999999999"
      })
  void whatIsNoTimeIsRefusedWithTheFormsThatAre(String text) {
    String message =
        assertThrows(TypeConversionException.class, () -> converter.convert(text)).getMessage();
    assertTrue(message.contains("\"" + text + "\" is no time"), message);
    assertTrue(message.contains("DAYS-HOURS:MINUTES:SECONDS"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0:00", "0-0", "0-00:00:00"})
  void zeroWhichSlurmTakesForNoLimitIsRefused(String text) {
    String message =
        assertThrows(TypeConversionException.class, () -> converter.convert(text)).getMessage();
    assertTrue(message.contains("leave it out"), message);
  }
}
