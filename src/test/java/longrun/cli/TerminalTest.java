package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminalTest {
  private static final Map<String, String> XTERM = Map.of("TERM", "xterm-256color");

  @TempDir private Path folder;

  @Test
  void aTerminalIsDrawnOn() throws IOException {
    Terminal terminal = Terminal.of(link("/dev/pts/777777"), "UTF-8", XTERM);
    assertTrue(terminal.interactive());
    assertTrue(terminal.unicode());
    assertTrue(terminal.color());
  }

  @Test
  void aFileOrPipeIsNot() throws IOException {
    assertFalse(Terminal.of(link("/tmp/log"), "UTF-8", XTERM).interactive());
    assertFalse(Terminal.of(link("pipe:[4711]"), "UTF-8", XTERM).interactive());
    assertFalse(Terminal.of(folder.resolve("absent"), "UTF-8", XTERM).interactive());
  }

  @Test
  void aTerminalThatCannotMoveItsCursorIsNot() throws IOException {
    assertFalse(
        Terminal.of(link("/dev/pts/777777"), "UTF-8", Map.of("TERM", "dumb")).interactive());
    assertFalse(Terminal.of(link("/dev/pts/777777"), "UTF-8", Map.of()).interactive());
  }

  @Test
  void noColorIsRespected() throws IOException {
    Map<String, String> noColor = Map.of("TERM", "xterm", "NO_COLOR", "1");
    assertFalse(Terminal.of(link("/dev/pts/777777"), "UTF-8", noColor).color());
    Map<String, String> empty = Map.of("TERM", "xterm", "NO_COLOR", "");
    assertTrue(Terminal.of(link("/dev/pts/777777"), "UTF-8", empty).color());
  }

  @Test
  void anAsciiStreamGetsNoBlocks() throws IOException {
    assertFalse(Terminal.of(link("/dev/tty777"), "ANSI_X3.4-1968", XTERM).unicode());
  }

  @Test
  void theWidthOfAPipeIsTheCustomaryOne() {
    assertEquals(80, Terminal.plain().columns());
  }

  @Test
  void theSizeIsRowsThenColumns() {
    assertEquals(new Terminal.Size(132, 50), Terminal.parse("50 132\n"));
    assertEquals(new Terminal.Size(80, 24), Terminal.parse("0 0"));
    assertEquals(new Terminal.Size(80, 24), Terminal.parse(""));
    assertEquals(new Terminal.Size(80, 24), Terminal.plain().size());
  }

  private Path link(String target) throws IOException {
    Path link = Files.createTempFile(folder, "fd", "");
    Files.delete(link);
    return Files.createSymbolicLink(link, Path.of(target));
  }
}
