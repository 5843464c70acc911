package longrun.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Refuses a {@code --set} that sets nothing: a mistake in the command line. */
final class KeyValue implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    if (text.indexOf('=') < 0 || text.substring(0, text.indexOf('=')).isBlank()) {
      throw new TypeConversionException(
          "\"" + text + "\" is not of the form KEY=VALUE, as in optimizer.learning_rate=3e-4");
    }
    return text;
  }
}
