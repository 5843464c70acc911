package longrun.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * SIGINT, SIGTERM and SIGHUP while a command runs. Before training there is nothing to save: a
 * signal ends the process at once. During training the first one asks the run to stop and the
 * second ends the process at once.
 */
final class Interrupts {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  /** A terminal that is stopped may not hold up the end of the process. */
  private static final long LEAVE_MILLIS = 300;

  private final IntConsumer halt;
  private final AtomicReference<Optional<Signals.Received>> received =
      new AtomicReference<>(Optional.empty());
  private volatile Optional<Consumer<String>> stop = Optional.empty();
  private volatile Runnable leave = () -> {};

  /**
   * @param halt ends the process at once, with an exit code
   */
  Interrupts(IntConsumer halt) {
    this.halt = halt;
  }

  /** Begins to listen. */
  static Interrupts listen() {
    Interrupts interrupts = new Interrupts(Runtime.getRuntime()::halt);
    for (String name : NAMES) {
      Signals.handle(name, interrupts::handle);
    }
    return interrupts;
  }

  /**
   * From now on a first signal asks the run to stop instead of ending the process.
   *
   * @param request gets the signal's name, {@code SIGINT}, on a thread of its own
   * @param leave tidies the screen before the process ends at once
   */
  void stopBy(Consumer<String> request, Runnable leave) {
    this.leave = leave;
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

  /** A signal arrived. */
  void handle(Signals.Received signal) {
    boolean first = received.compareAndSet(Optional.empty(), Optional.of(signal));
    Optional<Consumer<String>> request = stop;
    if (!first || request.isEmpty()) {
      tidyUp();
      halt.accept(exitCode(signal));
    } else {
      request.get().accept("SIG" + signal.name());
    }
  }

  private void tidyUp() {
    Thread leaving = Thread.ofPlatform().daemon().name("leaving").start(leave);
    try {
      leaving.join(LEAVE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int exitCode(Signals.Received signal) {
    return ExitCode.INTERRUPTED_BASE + signal.number();
  }
}
