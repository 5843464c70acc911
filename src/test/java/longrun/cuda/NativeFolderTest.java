package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class NativeFolderTest {
  private static final String PROPERTY = "java.io.tmpdir";
  private static final String LIBRARY = "libJCudaDriver-12.6.0-linux-x86_64.so";

  @TempDir private Path folder;

  @Test
  void theFolderIsPrivateAndGoneAfterwards() {
    String before = System.getProperty(PROPERTY);
    Path[] used = new Path[1];
    NativeFolder.during(
        () -> {
          used[0] = Path.of(System.getProperty(PROPERTY));
          try {
            assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(used[0])));
            Files.writeString(used[0].resolve(LIBRARY), "unpacked");
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    assertNotEquals(Path.of(before), used[0]);
    assertEquals(before, System.getProperty(PROPERTY));
    assertFalse(Files.exists(used[0]));
  }

  @Test
  void aFailureLeavesNothingBehindEither() {
    String before = System.getProperty(PROPERTY);
    Path[] used = new Path[1];
    assertThrows(
        IllegalStateException.class,
        () ->
            NativeFolder.during(
                () -> {
                  used[0] = Path.of(System.getProperty(PROPERTY));
                  throw new IllegalStateException("planned");
                }));
    assertEquals(before, System.getProperty(PROPERTY));
    assertFalse(Files.exists(used[0]));
  }

  @Test
  void aPlantedLibraryIsNotLoaded() throws Exception {
    Emulator.require();
    Files.writeString(folder.resolve(LIBRARY), "planted");
    // What JCuda does by itself: it loads the planted file, which is none.
    String unguarded = load("unguarded");
    assertTrue(unguarded.contains(LIBRARY), unguarded);
    assertFalse(unguarded.lines().toList().contains("loaded"), unguarded);
    assertEquals("loaded", load("guarded").lines().toList().getLast());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve(LIBRARY)), left.toList());
    }
  }

  @Test
  void ofTheStackTracesInJcudasMessageOneLineIsTold() {
    String traces =
        """
        Error while loading native library "JCudaDriver"
        Stack trace from the attempt to load the library as a file:
        java.lang.UnsatisfiedLinkError: no JCudaDriver in java.library.path: /lib
        \tat java.base/java.lang.ClassLoader.loadLibrary(ClassLoader.java:2285)
        Stack trace from the attempt to load the library as a resource:
        %s
        \tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
        """;
    MissingPiece full = refused(traces.formatted("java.io.IOException: No space left on device"));
    assertTrue(full.what().contains(System.getProperty(PROPERTY) + ", and it"), full.what());
    assertTrue(full.what().endsWith("(java.io.IOException: No space left on device)"), full.what());
    assertTrue(full.remedy().contains("-Djava.io.tmpdir=FOLDER"), full.remedy());
    String link = "java.lang.UnsatisfiedLinkError: x.so: failed to map segment";
    MissingPiece refused = refused(traces.formatted(link));
    assertTrue(refused.what().endsWith("(" + link + ")"), refused.what());
    assertTrue(refused.remedy().contains("noexec"), refused.remedy());
    assertTrue(refused("undefined symbol").what().endsWith("(undefined symbol)"));
  }

  private static MissingPiece refused(String message) {
    MissingPiece piece = NativeFolder.refused(new UnsatisfiedLinkError(message));
    assertEquals(MissingPiece.Piece.LIBRARY, piece.piece());
    assertEquals(1, piece.sentence().lines().count());
    return piece;
  }

  private String load(String how) throws Exception {
    Path out = Files.createTempFile("longrun-test-", ".out");
    try {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "--enable-native-access=ALL-UNNAMED",
                  "-D" + PROPERTY + "=" + folder,
                  "-cp",
                  System.getProperty("java.class.path"),
                  Loading.class.getName(),
                  how)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      return Files.readString(out);
    } finally {
      Files.deleteIfExists(out);
    }
  }

  /** Loads JCuda's native library, in a process of its own. */
  static final class Loading {
    private Loading() {}

    public static void main(String[] arguments) {
      try {
        if (arguments[0].equals("guarded")) {
          Driver.load();
        } else {
          JCudaDriver.setExceptionsEnabled(false);
        }
        System.out.println("loaded");
      } catch (LinkageError | CudaUnavailableException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
