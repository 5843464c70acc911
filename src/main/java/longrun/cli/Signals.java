package longrun.cli;

import java.util.function.Consumer;
import sun.misc.Signal;

/**
 * Signals of the operating system. Java has no other way to them than {@code sun.misc.Signal}, of
 * which javac warns without a way to say that it is meant: so this class alone touches it.
 *
 * <p>A signal that the process was started to ignore ({@code nohup}) stays ignored: the Java
 * runtime sees to that.
 */
final class Signals {
  private Signals() {}

  /**
   * A signal that arrived.
   *
   * @param name {@code "INT"}
   * @param number 2 for SIGINT
   */
  record Received(String name, int number) {}

  /** Calls the handler, on a thread of its own, whenever the signal arrives. */
  static void handle(String name, Consumer<Received> handler) {
    Signal.handle(
        new Signal(name),
        signal -> handler.accept(new Received(signal.getName(), signal.getNumber())));
  }
}
