package longrun.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time limit as Slurm takes it: {@code 90}, {@code 90:00}, {@code 12:00:00}, {@code 2-12}. */
record SlurmTime(long seconds) {
  private static final int MINUTE = 60;
  private static final int HOUR = 60 * MINUTE;
  private static final int DAY = 24 * HOUR;

  /** The first part may be any number; those after it are parts of an hour or a day. */
  private static final List<Pattern> FORMS =
      List.of(
          Pattern.compile("(?<m>\\d{1,8})(:(?<s>[0-5]?\\d))?(?<h>)(?<d>)"),
          Pattern.compile("(?<h>\\d{1,6}):(?<m>[0-5]?\\d):(?<s>[0-5]?\\d)(?<d>)"),
          Pattern.compile(
              "(?<d>\\d{1,5})-(?<h>[01]?\\d|2[0-3])(:(?<m>[0-5]?\\d)(:(?<s>[0-5]?\\d))?)?"));

  private static final String ALLOWED =
      "MINUTES, MINUTES:SECONDS, HOURS:MINUTES:SECONDS, DAYS-HOURS, DAYS-HOURS:MINUTES and"
          + " DAYS-HOURS:MINUTES:SECONDS, as in 12:00:00 for twelve hours";

  /** The form with all its parts: {@code 0-12:00:00}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d-%02d:%02d:%02d",
        seconds / DAY,
        seconds % DAY / HOUR,
        seconds % HOUR / MINUTE,
        seconds % MINUTE);
  }

  /** Refuses what is no time, and zero, which Slurm takes for no limit at all. */
  static final class Converter implements ITypeConverter<SlurmTime> {
    @Override
    public SlurmTime convert(String text) {
      Matcher form =
          FORMS.stream()
              .map(pattern -> pattern.matcher(text))
              .filter(Matcher::matches)
              .findFirst()
              .orElseThrow(
                  () ->
                      new TypeConversionException(
                          "\"" + text + "\" is no time; allowed: " + ALLOWED));
      long seconds =
          part(form, "d") * DAY
              + part(form, "h") * HOUR
              + part(form, "m") * MINUTE
              + part(form, "s");
      if (seconds == 0) {
        throw new TypeConversionException(
            "\"" + text + "\" is no time; leave it out for the partition's own limit");
      }
      return new SlurmTime(seconds);
    }

    private static long part(Matcher form, String name) {
      return Optional.ofNullable(form.group(name))
          .filter(digits -> !digits.isEmpty())
          .map(Long::parseLong)
          .orElse(0L);
    }
  }
}
