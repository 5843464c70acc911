package longrun.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * SIGINT, SIGTERM and SIGHUP while a command runs. Before training there is nothing to save: a
 * signal ends the process at once. During training the first one asks the run to stop and the second
 * ends the process at once.
 */
final class Interrupts {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  private final Consumer<String> say;
  private final AtomicReference<Optional<Signals.Received>> received =
      new AtomicReference<>(Optional.empty());
  private volatile Optional<Runnable> stop = Optional.empty();

  private Interrupts(Consumer<String> say) {
    this.say = say;
  }

  /**
   * Begins to listen.
   *
   * @param say shows a line to the person who interrupts
   */
  static Interrupts listen(Consumer<String> say) {
    Interrupts interrupts = new Interrupts(say);
    for (String name : NAMES) {
      Signals.handle(name, interrupts::handle);
    }
    return interrupts;
  }

  /** From now on a first signal runs this instead of ending the process. */
  void stopBy(Runnable request) {
    stop = Optional.of(request);
  }

  /** From now on every signal ends the process at once, for all that matters is on disk. */
  void endAtOnce() {
    stop = Optional.empty();
  }

  /** The exit code of the signal that came first, if one came. */
  Optional<Integer> exitCode() {
    return received.get().map(signal -> ExitCode.INTERRUPTED_BASE + signal.number());
  }

  private void handle(Signals.Received signal) {
    boolean first = received.compareAndSet(Optional.empty(), Optional.of(signal));
    Optional<Runnable> request = stop;
    if (!first || request.isEmpty()) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED_BASE + signal.number());
    }
    say.accept(
        "SIG"
            + signal.name()
            + ": finishing the block of steps and writing a checkpoint; once more ends at once");
    request.get().run();
  }
}
