package longrun.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import longrun.store.RunFolder;
import longrun.store.StorageException;

/** Finds out before a run starts whether its folder can be made, as far as the path tells. */
final class RunTarget {
  private RunTarget() {}

  /**
   * Checks the folder of a run that is about to start.
   *
   * @throws CommandFailure if it holds a run, or lies in something that is no folder
   */
  static void check(Path folder) {
    if (RunFolder.isRunFolder(folder)) {
      throw refused(
          folder
              + " already holds a run"
              + (hasEnded(folder)
                  ? ", which has ended; choose another --run-dir"
                  : ": go on with it by `"
                      + Launcher.command("resume", folder.toString())
                      + "`, or choose another --run-dir"));
    }
    checkParents(folder, "--run-dir");
  }

  /**
   * Checks that a folder could be made where it is to be.
   *
   * @param option that names it
   * @throws CommandFailure if it lies in something that is no folder
   */
  static void checkParents(Path folder, String option) {
    for (Path above = folder.getParent(); above != null; above = above.getParent()) {
      if (Files.exists(above)) {
        if (!Files.isDirectory(above)) {
          throw refused(
              folder + ": " + above + " is a file, not a folder; choose another " + option);
        }
        return;
      }
    }
  }

  private static boolean hasEnded(Path folder) {
    try {
      return RunFolder.open(folder).summary().isPresent();
    } catch (StorageException e) {
      // Damaged: resume says how.
      return false;
    }
  }

  private static CommandFailure refused(String message) {
    return new CommandFailure(ExitCode.STORAGE, message);
  }
}
