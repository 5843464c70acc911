package longrun.cli;

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

  /** As it was typed, ready for a shell: {@code ./longrun}. */
  static String command() {
    return Texts.shellWord(System.getProperty(PROPERTY, "longrun"));
  }

  /** A command with an argument, ready for a shell: {@code ./longrun resume runs/a}. */
  static String command(String name, String argument) {
    return command() + " " + name + " " + Texts.shellWord(argument);
  }
}
