package longrun.report;

import java.util.regex.Pattern;

/** Writes a word so that a POSIX shell reads it as it is. */
final class Shell {
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9_./:=+,@%][A-Za-z0-9_./:=+,@%-]*");

  private Shell() {}

  static String quote(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
