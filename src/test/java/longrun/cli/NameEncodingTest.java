package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NameEncodingTest {
  @TempDir private Path folder;

  @Test
  void theFolderThatTheProcessIsInIsAccepted() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("cwd"), folder);
    assertDoesNotThrow(() -> NameEncoding.check(List.of("a"), folder.toString(), link, "UTF-8"));
    Path absent = folder.resolve("absent");
    assertDoesNotThrow(() -> NameEncoding.check(List.of("a"), "/nowhere", absent, "UTF-8"));
  }

  @Test
  void anotherFolderIsRefused() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("cwd"), folder);
    Path other = Files.createDirectory(folder.resolve("c__"));
    for (String name : List.of(other.toString(), "/nowhere/c\ufffd\ufffd", "/nul\0")) {
      CommandFailure failure =
          assertThrows(
              CommandFailure.class,
              () -> NameEncoding.check(List.of(), name, link, "ANSI_X3.4-1968"));
      assertEquals(ExitCode.STORAGE, failure.exitCode());
      assertTrue(failure.getMessage().contains(name), failure.getMessage());
      assertTrue(failure.getMessage().contains("ANSI_X3.4-1968"), failure.getMessage());
    }
  }
}
