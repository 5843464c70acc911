package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The README's figures, and each machine's page, are those of {@code bench/results}. After new
 * measurements {@code bench/tables} writes them.
 */
class SpeedSectionTest {
  private static final Path README = Path.of("README.md");
  private static final boolean WRITE = "write".equals(System.getProperty("longrun.readme"));

  @Test
  void theReadmeSaysWhatWasMeasured() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(SpeedSection.BEGIN);
    int end = readme.indexOf(SpeedSection.END) + SpeedSection.END.length();
    assertTrue(begin >= 0 && end > begin, "README.md has lost the markers of its figures");
    String wanted = SpeedSection.text();
    if (WRITE) {
      Files.writeString(README, readme.substring(0, begin) + wanted + readme.substring(end));
    } else {
      assertEquals(wanted, readme.substring(begin, end));
    }
  }

  @Test
  void everyMachinesPageSaysWhatWasMeasured() throws IOException {
    List<MachineResults> machines = MachineResults.all();
    assertFalse(machines.isEmpty());
    for (MachineResults machine : machines) {
      Path page = machine.folder().resolve("README.md");
      String wanted = MachinePage.text(machine);
      if (WRITE) {
        Files.writeString(page, wanted);
      } else {
        assertEquals(wanted, Files.readString(page), page::toString);
      }
    }
  }
}
