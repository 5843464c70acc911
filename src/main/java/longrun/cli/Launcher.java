package longrun.cli;

/** The command that started this program, for commands that messages suggest. */
final class Launcher {
  /** Set by the launcher script; without it, the program was started by Java itself. */
  private static final String PROPERTY = "longrun.command";

  private Launcher() {}

  /** As it was typed, ready for a shell: {@code ./longrun}. */
  static String command() {
    return Texts.shellWord(System.getProperty(PROPERTY, "longrun"));
  }

  /** A command with an argument, ready for a shell: {@code ./longrun resume runs/a}. */
  static String command(String name, String argument) {
    return command() + " " + name + " " + Texts.shellWord(argument);
  }
}
