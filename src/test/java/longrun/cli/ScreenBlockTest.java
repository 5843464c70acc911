package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenBlockTest {
  private final ScreenModel terminal = new ScreenModel(12, 5);
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final ScreenBlock block =
      new ScreenBlock(new PrintStream(bytes, true, StandardCharsets.UTF_8));

  @Test
  void whatIsDrawnIsDrawnOver() {
    draw(List.of(), "one", "two", "three");
    draw(List.of(), "1", "", "3");
    assertEquals(List.of("1", "", "3"), terminal.text());
    draw(List.of(), "fewer");
    assertEquals(List.of("fewer"), terminal.text());
    draw(List.of(), "a", "b", "c", "d");
    assertEquals(List.of("a", "b", "c", "d"), terminal.text());
    assertRestingAt(0);
  }

  @Test
  void notesStayAboveAndScrollAway() {
    write("$ command\n");
    draw(List.of(), "one", "two", "three", "four");
    draw(List.of("a note that is longer", "b"), "1", "2", "3", "4");
    draw(List.of("c"), "1", "2", "3", "4");
    assertEquals(
        List.of("$ command", "a note that", "is longer", "b", "c", "1", "2", "3", "4"),
        terminal.text().stream().map(String::strip).toList());
    assertRestingAt(5);
  }

  @Test
  void aWindowThatHasJustBecomeNarrowerCutsLines() {
    draw(List.of(), "0123456789abcdef", "x");
    assertEquals(List.of("0123456789af", "x"), terminal.text());
    assertRestingAt(0);
  }

  @Test
  void whenItIsLeftTheCursorIsBelow() {
    write("$ command\n");
    draw(List.of(), "one", "two");
    block.leave();
    block.leave();
    draw(List.of("late"), "never");
    flush();
    assertEquals(List.of("$ command", "one", "two"), terminal.text());
    assertRestingAt(3);
  }

  @Test
  void whenItIsErasedItsPlaceIsFree() {
    write("$ command\n");
    draw(List.of("note"), "one", "two");
    block.erase();
    block.leave();
    write("outcome\n");
    assertEquals(List.of("$ command", "note", "outcome"), terminal.text());
    assertTrue(terminal.cursorShown());
  }

  @Test
  void whatWasNeverDrawnLeavesNothing() {
    block.leave();
    flush();
    assertEquals(List.of(), terminal.text());
    assertRestingAt(0);
  }

  private void assertRestingAt(int line) {
    assertEquals(line, terminal.cursorLine());
    assertEquals(0, terminal.cursorColumn());
    assertTrue(terminal.cursorShown());
    assertTrue(terminal.wrapping());
  }

  private void draw(List<String> above, String... lines) {
    block.draw(above, List.of(lines));
    flush();
  }

  private void write(String text) {
    flush();
    terminal.write(text.replace("\n", "\r\n"));
  }

  private void flush() {
    terminal.write(bytes.toString(StandardCharsets.UTF_8));
    bytes.reset();
  }
}
