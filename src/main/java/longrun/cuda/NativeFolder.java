package longrun.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import longrun.cuda.MissingPiece.Piece;

/**
 * A private place for JCuda's native libraries.
 *
 * <p>JCuda unpacks a library to a fixed name in the folder of the property {@code java.io.tmpdir},
 * and loads whatever is there already under that name: in a folder that everybody may write to,
 * anybody could plant one. So while JCuda's classes initialise, the property names a new folder
 * that only this user can enter; once a library is loaded its file is not needed any more, and the
 * folder is removed at once.
 *
 * <p>The property is read by JCuda alone in that time: the Java runtime takes its own temporary
 * folder from what the property was when it started.
 */
final class NativeFolder {
  private static final String PROPERTY = "java.io.tmpdir";
  private static final String DRIVER_RESOURCE = "/lib/libJCudaDriver-12.6.0-linux-x86_64.so";

  private NativeFolder() {}

  /** Why JCuda's native library cannot be used on this machine; empty if it can. */
  static Optional<MissingPiece> missing() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.toLowerCase(Locale.ROOT).equals("linux amd64")) {
      return Optional.of(
          new MissingPiece(
              Piece.LIBRARY,
              "JCuda's native library is for x86-64 Linux, this is " + system,
              "use --engine cpu here"));
    }
    if (NativeFolder.class.getResource(DRIVER_RESOURCE) == null) {
      return Optional.of(
          new MissingPiece(
              Piece.LIBRARY,
              "the resource " + DRIVER_RESOURCE + " is not on the class path",
              "build longrun anew, or take its whole lib folder along"));
    }
    return Optional.empty();
  }

  /** What to say if JCuda cannot load its library from the private folder. */
  static MissingPiece refused(LinkageError error) {
    String reason = reason(String.valueOf(error.getMessage()));
    if (reason.startsWith("java.io.")) {
      return unusable("it cannot be written to (" + reason + ")");
    }
    return new MissingPiece(
        Piece.LIBRARY,
        "JCuda's native library cannot be loaded (" + reason + ")",
        "NVIDIA's driver must be of CUDA 12.0 or newer (525 or newer), and "
            + System.getProperty(PROPERTY)
            + " not mounted noexec; LONGRUN_JAVA_OPTS=-D"
            + PROPERTY
            + "=FOLDER names another folder");
  }

  /** What to say if the temporary folder cannot hold JCuda's library. */
  static MissingPiece unusable(String why) {
    return new MissingPiece(
        Piece.LIBRARY,
        "JCuda's native library is unpacked into the temporary folder "
            + System.getProperty(PROPERTY)
            + ", and "
            + why,
        "make that folder writable with 10 MB free, or name another with LONGRUN_JAVA_OPTS=-D"
            + PROPERTY
            + "=FOLDER");
  }

  /**
   * The one line that matters of JCuda's message, which holds the stack traces of two attempts: the
   * first looks for an installed library, the second unpacks its own.
   */
  private static String reason(String message) {
    List<String> lines = message.lines().toList();
    for (int i = 0; i + 1 < lines.size(); i++) {
      if (lines.get(i).endsWith("as a resource:")) {
        return lines.get(i + 1);
      }
    }
    return lines.getFirst();
  }

  /**
   * Runs what makes JCuda load a native library.
   *
   * @throws UncheckedIOException if the private folder cannot be made or removed
   */
  static synchronized void during(Runnable initialisation) {
    String before = System.getProperty(PROPERTY);
    Path folder = create();
    try {
      System.setProperty(PROPERTY, folder.toString());
      initialisation.run();
    } finally {
      System.setProperty(PROPERTY, before);
      remove(folder);
    }
  }

  /** Fails if the name is taken, whoever took it: names are drawn anew until one is free. */
  private static Path create() {
    try {
      return Files.createTempDirectory(
          "longrun-natives-",
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException("no folder can be made in it", e);
    }
  }

  private static void remove(Path folder) {
    try {
      List<Path> files;
      try (Stream<Path> children = Files.list(folder)) {
        files = children.toList();
      }
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("what was unpacked cannot be removed", e);
    }
  }
}
