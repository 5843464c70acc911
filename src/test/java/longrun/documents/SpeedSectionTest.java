package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The README's figures are those of {@code bench/results}. After new measurements: {@code mvn test
 * -Dtest=SpeedSectionTest -Dlongrun.readme=write}.
 */
class SpeedSectionTest {
  private static final Path README = Path.of("README.md");

  @Test
  void theReadmeSaysWhatWasMeasured() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(SpeedSection.BEGIN);
    int end = readme.indexOf(SpeedSection.END) + SpeedSection.END.length();
    assertTrue(begin >= 0 && end > begin, "README.md has lost the markers of its figures");
    String wanted = SpeedSection.text();
    if ("write".equals(System.getProperty("longrun.readme"))) {
      Files.writeString(README, readme.substring(0, begin) + wanted + readme.substring(end));
    } else {
      assertEquals(wanted, readme.substring(begin, end));
    }
  }
}
