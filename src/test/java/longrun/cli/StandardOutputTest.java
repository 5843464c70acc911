package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandardOutputTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @Test
  void whatIsLostIsAFailureAndSaidOnce() throws IOException {
    assertEquals(5, end(0, broken(), "/tmp/full.txt"));
    assertEquals(1, said.toString(StandardCharsets.UTF_8).lines().count());
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("could not be written: no room"));
  }

  @Test
  void aFailureOfTheCommandItselfComesFirst() throws IOException {
    assertEquals(3, end(3, broken(), "/tmp/full.txt"));
  }

  @Test
  void whereNobodyReadsNothingIsLost() throws IOException {
    assertEquals(0, end(0, broken(), "pipe:[4711]"));
    assertEquals(0, end(0, broken(), "/dev/pts/777777"));
    assertEquals("", said.toString(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsPrintedArrivesAndIsNoFailure() throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    assertEquals(0, end(0, target, "/tmp/out.txt"));
    assertEquals("a line", target.toString(StandardCharsets.UTF_8).stripTrailing());
  }

  private int end(int exitCode, OutputStream target, String name) throws IOException {
    Path link = Files.createTempDirectory(folder, "fd").resolve("1");
    Files.createSymbolicLink(link, Path.of(name));
    StandardOutput output = StandardOutput.of(target, link, StandardCharsets.UTF_8);
    output.stream().println("a line");
    return output.end(exitCode, new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  private static OutputStream broken() {
    return new OutputStream() {
      @Override
      public void write(int octet) throws IOException {
        throw new IOException("no room");
      }
    };
  }
}
