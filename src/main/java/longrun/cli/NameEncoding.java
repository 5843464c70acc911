package longrun.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Refuses to work where Java cannot name the current folder or the files it was given: it would
 * read and write others, whose names have question marks.
 */
final class NameEncoding {
  private static final char UNREADABLE = '\uFFFD';

  private NameEncoding() {}

  /**
   * Checks what this process was started with.
   *
   * @throws CommandFailure if a name is not what Java takes it for
   */
  static void check(List<String> arguments) {
    check(
        arguments,
        System.getProperty("user.dir"),
        Path.of("/proc/self/cwd"),
        System.getProperty("sun.jnu.encoding"));
  }

  /**
   * The same of any process.
   *
   * @param folder the current folder as Java reads its name
   * @param link to the current folder
   * @param encoding that Java takes names for
   */
  static void check(List<String> arguments, String folder, Path link, String encoding) {
    for (String argument : arguments) {
      if (argument.indexOf(UNREADABLE) >= 0) {
        throw new CommandFailure(ExitCode.USAGE, refusal("\"" + argument + "\"", encoding));
      }
    }
    if (Files.exists(link) && !isSame(folder, link)) {
      throw new CommandFailure(
          ExitCode.STORAGE, refusal("the name of the current folder, " + folder + ",", encoding));
    }
  }

  private static boolean isSame(String folder, Path link) {
    try {
      return Files.isSameFile(Path.of(folder), link);
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }

  private static String refusal(String name, String encoding) {
    return name
        + " cannot be expressed in the encoding of this locale, "
        + encoding
        + "; set LC_ALL=C.UTF-8, or rename what is not UTF-8";
  }
}
