package longrun.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The script that started this program, for commands that messages suggest and for its files. */
final class Launcher {
  /** Set by the launcher script; without it, the program was started by Java itself. */
  private static final String PROPERTY = "longrun.command";

  /** The folder of the launcher script and of {@code configs/}. */
  private static final String HOME = "longrun.home";

  private Launcher() {}

  /** Where the program lies; started by Java itself, it is taken to be the current folder. */
  static Path home() {
    return Path.of(System.getProperty(HOME, ""));
  }

  /**
   * The script itself, absolute: for commands that another shell is to run in another folder.
   *
   * @throws CommandFailure if the program was started without it, from somewhere else
   */
  static Path script() {
    Path script = home().toAbsolutePath().normalize().resolve("longrun");
    if (!Files.isExecutable(script)) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "there is no launcher at " + script + "; start longrun by its launcher, not by java");
    }
    return script;
  }

  /** As it was typed, ready for a shell: {@code ./longrun}. */
  static String command() {
    return Texts.shellWord(System.getProperty(PROPERTY, "longrun"));
  }

  /** A command with an argument, ready for a shell: {@code ./longrun resume runs/a}. */
  static String command(String name, String argument) {
    return command() + " " + name + " " + Texts.shellWord(argument);
  }
}
