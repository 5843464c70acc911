package longrun.store;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Folders that come into being in one instant, with all that belongs in them: filled under another
 * name beside their place, then renamed. A crash leaves at most {@code .NAME.creating-…}, which is
 * never read.
 */
final class NewFolder {
  private static final String CREATING = ".creating-";

  private NewFolder() {}

  /** Puts into a folder what belongs there. */
  @FunctionalInterface
  interface Filling {
    void fill(Path folder) throws IOException;
  }

  /** Throws a {@link StorageException} if something at the target is in the way. */
  @FunctionalInterface
  interface Refusal {
    /**
     * @param asGiven the target as the user wrote it, for the message
     */
    void check(Path target, Path asGiven);
  }

  /**
   * Creates a folder. Missing parents are made; an existing empty folder is used.
   *
   * @param what it is, for messages: {@code "run folder"}
   * @return its real path
   * @throws StorageException if something is in the way, or it cannot be written; nothing is left
   *     behind then
   */
  static Path create(
      Path folder, String what, Refusal refusal, Filling filling, DurableFiles files) {
    Path target = folder.toAbsolutePath().normalize();
    refusal.check(target, folder);
    try {
      if (Files.exists(target)) {
        target = target.toRealPath();
      }
      Path parent = target.getParent();
      if (parent == null) {
        throw new StorageException(folder + " cannot be a " + what);
      }
      Files.createDirectories(parent);
      Path building =
          parent.resolve(
              "."
                  + target.getFileName()
                  + CREATING
                  + ProcessHandle.current().pid()
                  + "-"
                  + System.nanoTime());
      try {
        filling.fill(building);
        moveIntoPlace(building, target, folder, refusal, files);
      } catch (IOException | RuntimeException e) {
        deleteTree(building, e);
        throw e;
      }
      files.syncFolder(parent);
      return target.toRealPath();
    } catch (IOException e) {
      throw StorageException.writing(what, folder, "nothing was created", e);
    }
  }

  /** Whether a crash left this name behind, of the folder of that name. */
  static boolean isUnfinished(Path path, String name) {
    return path.getFileName().toString().startsWith("." + name + CREATING);
  }

  /** Removes a folder that a crash left behind. */
  static void delete(Path unfinished) throws IOException {
    try (Stream<Path> paths = Files.walk(unfinished)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Another process may have been quicker: a folder that is not empty is never replaced. */
  private static void moveIntoPlace(
      Path building, Path target, Path asGiven, Refusal refusal, DurableFiles files)
      throws IOException {
    try {
      files.rename(building, target);
    } catch (FileSystemException e) {
      refusal.check(target, asGiven);
      throw e;
    }
  }

  private static void deleteTree(Path root, Exception cause) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      delete(root);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
