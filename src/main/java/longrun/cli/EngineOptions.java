package longrun.cli;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code --engine} and {@code --threads}, for the commands that train. */
final class EngineOptions {
  private static final int MAX_THREADS = 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = Converter.class,
      description =
          "What executes the steps: "
              + EngineChoice.ALLOWED
              + ". auto takes cuda where a real GPU works, else cpu. If left out, a new run takes"
              + " auto, and a resumed one the engine that trained it.")
  private Optional<EngineChoice> engine = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads of the cpu engine, which auto takes then; one per core if left out. Results do"
              + " not depend on it.")
  private Optional<Integer> threads = Optional.empty();

  /** What was asked for; empty if nothing was. */
  Optional<EngineChoice> engine() {
    return engine;
  }

  /** How many threads were asked for; empty if the engine may decide. */
  OptionalInt threads() {
    if (threads.isEmpty()) {
      return OptionalInt.empty();
    }
    int count = threads.get();
    if (count < 1 || count > MAX_THREADS) {
      throw new ParameterException(
          command.commandLine(),
          "--threads " + count + " is out of range; allowed are 1 to " + MAX_THREADS);
    }
    return OptionalInt.of(count);
  }

  /** Says what is allowed in the words that are typed. */
  static final class Converter implements ITypeConverter<EngineChoice> {
    @Override
    public EngineChoice convert(String text) {
      return Arrays.stream(EngineChoice.values())
          .filter(choice -> choice.toString().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "\"" + text + "\" is no engine; allowed: " + EngineChoice.ALLOWED));
    }
  }
}
