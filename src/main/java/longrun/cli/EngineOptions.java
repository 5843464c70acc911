package longrun.cli;

import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code --engine} and {@code --threads}, for the commands that train. */
final class EngineOptions {
  private static final int MAX_THREADS = 1024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "What executes the steps: ${COMPLETION-CANDIDATES}.")
  private Optional<EngineChoice> engine = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads of the cpu engine; one per core if left out. Results do not depend on it.")
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
}
