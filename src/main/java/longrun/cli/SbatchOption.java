package longrun.cli;

import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An option of sbatch that is handed on as it is.
 *
 * @param name without its dashes: {@code mem}
 * @param value empty for one that takes none
 */
record SbatchOption(String name, Optional<String> value) {
  /** What the scripts decide themselves, and how to have a say in it. */
  private static final Map<String, String> DECIDED =
      Map.ofEntries(
          Map.entry("account", "use --account"),
          Map.entry("array", "use --shards and --gpus"),
          Map.entry("cpus-per-task", "use --cpus-per-task"),
          Map.entry("no-requeue", "a task whose time is up has to be requeued"),
          Map.entry("nodes", "a task trains on one node; use --shards for more of them"),
          Map.entry("ntasks", "a shard is one task; use --shards for more of them"),
          Map.entry("parsable", "the scripts are submitted with it"),
          Map.entry("partition", "use --partition"),
          Map.entry("requeue", "the array is submitted with it"),
          Map.entry("signal", "use --signal-seconds"),
          Map.entry("test-only", "use --dry-run"),
          Map.entry("time", "use --time"),
          Map.entry("wrap", "what a job does stands in the scripts"));

  private static final String FORM = "[a-z][a-z0-9-]*[a-z0-9]";

  /** As a line of a script has it, after {@code #SBATCH}. */
  String directive() {
    return "--" + name + value.map(text -> "=" + word(text)).orElse("");
  }

  /** Whether it asks for GPUs or says something of them; joining results needs none. */
  boolean isAboutGpus() {
    return name.startsWith("gpu") || name.equals("gres") || name.startsWith("tres-per");
  }

  /** A word in such a line: sbatch knows quotes there, but no variables. */
  static String word(String text) {
    return text.matches("[A-Za-z0-9_./:=+,@%*-]+")
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** Whether a line of a script can hold it. */
  static boolean fits(String text) {
    return !text.isBlank() && text.chars().noneMatch(Character::isISOControl);
  }

  /** Takes it with its two dashes or without. */
  static final class Converter implements ITypeConverter<SbatchOption> {
    @Override
    public SbatchOption convert(String text) {
      String plain = text.startsWith("--") ? text.substring(2) : text;
      int equals = plain.indexOf('=');
      String name = equals < 0 ? plain : plain.substring(0, equals);
      Optional<String> value =
          equals < 0 ? Optional.empty() : Optional.of(plain.substring(equals + 1));
      if (!name.matches(FORM) || !value.map(SbatchOption::fits).orElse(true)) {
        throw new TypeConversionException(
            "\""
                + text
                + "\" is no option of sbatch in its long form, NAME or NAME=VALUE, as in mem=16G");
      }
      if (DECIDED.containsKey(name)) {
        throw new TypeConversionException(
            "sbatch's --" + name + " is not yours to give: " + DECIDED.get(name));
      }
      return new SbatchOption(name, value);
    }
  }
}
