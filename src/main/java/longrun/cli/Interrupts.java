package longrun.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * SIGINT, SIGTERM and SIGHUP while a command runs. Before training there is nothing to save: a
 * signal ends the process at once. During training the first one asks the run to stop and the
 * second ends the process at once.
 */
final class Interrupts {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  private final AtomicReference<Optional<Signals.Received>> received =
      new AtomicReference<>(Optional.empty());
  private volatile Optional<Consumer<String>> stop = Optional.empty();

  private Interrupts() {}

  /** Begins to listen. */
  static Interrupts listen() {
    Interrupts interrupts = new Interrupts();
    for (String name : NAMES) {
      Signals.handle(name, interrupts::handle);
    }
    return interrupts;
  }

  /**
   * From now on a first signal asks the run to stop instead of ending the process.
   *
   * @param request gets the signal's name, {@code SIGINT}, on a thread of its own
   */
  void stopBy(Consumer<String> request) {
    stop = Optional.of(request);
  }

  /** From now on every signal ends the process at once, for all that matters is on disk. */
  void endAtOnce() {
    stop = Optional.empty();
  }

  /** The exit code of the signal that came first, if one came. */
  Optional<Integer> exitCode() {
    return received.get().map(Interrupts::exitCode);
  }

  private void handle(Signals.Received signal) {
    boolean first = received.compareAndSet(Optional.empty(), Optional.of(signal));
    Optional<Consumer<String>> request = stop;
    if (!first || request.isEmpty()) {
      Runtime.getRuntime().halt(exitCode(signal));
    } else {
      request.get().accept("SIG" + signal.name());
    }
  }

  private static int exitCode(Signals.Received signal) {
    return ExitCode.INTERRUPTED_BASE + signal.number();
  }
}
