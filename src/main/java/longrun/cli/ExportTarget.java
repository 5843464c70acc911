package longrun.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Finds out before a run starts whether a file can be written when it has ended. */
final class ExportTarget {
  private ExportTarget() {}

  /**
   * Checks a file to be written later.
   *
   * @param option that names the file, {@code --export}
   * @param runFolder a folder that will exist by then
   * @throws CommandFailure if something is there already, or nothing can be written there
   */
  static void check(String option, Path file, Path runFolder) {
    Path target = file.toAbsolutePath().normalize();
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw refused(option, file, "exists already; remove it, or choose another file");
    }
    Path folder = target.getParent();
    if (folder == null) {
      throw refused(option, file, "is no file");
    }
    if (folder.equals(runFolder.toAbsolutePath().normalize())) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw refused(option, file, "its folder does not exist; create it, or choose another file");
    }
    try {
      Files.delete(Files.createTempFile(folder, ".longrun-export-", ".tmp"));
    } catch (IOException e) {
      throw refused(
          option,
          file,
          "its folder cannot be written to; change its permissions or choose another");
    }
  }

  private static CommandFailure refused(String option, Path file, String reason) {
    return new CommandFailure(ExitCode.STORAGE, option + " " + file + ": " + reason);
  }
}
