package longrun.cli;

import java.util.Optional;
import java.util.OptionalInt;
import longrun.cpu.CpuEngine;
import longrun.engine.Engine;
import longrun.reference.ReferenceEngine;

/** The engines of this version. */
final class Engines {
  private Engines() {}

  /**
   * An engine and why it was taken.
   *
   * @param reason for people: {@code "asked for"}
   */
  record Selection(Engine engine, String reason) {}

  /** Why an engine cannot be had here and what to do; empty if it can. */
  static Optional<String> missing(EngineChoice choice) {
    return switch (choice) {
      case REFERENCE -> Optional.empty();
      case AUTO, CPU ->
          VectorModule.isLoaded()
              ? Optional.empty()
              : Optional.of(
                  "the cpu engine needs the Java module "
                      + VectorModule.NAME
                      + "; start longrun by its launcher, or java with --add-modules "
                      + VectorModule.NAME);
      case CUDA ->
          Optional.of(
              "this version of longrun has no CUDA engine; use --engine cpu or --engine auto");
    };
  }

  /**
   * The engine that was asked for.
   *
   * @param threads how many threads it may use; empty: one per core
   * @throws CommandFailure if this version or this machine does not have it, or the threads do not
   *     suit it
   */
  static Selection select(EngineChoice choice, OptionalInt threads) {
    Optional<String> missing = missing(choice);
    if (missing.isPresent()) {
      throw new CommandFailure(
          ExitCode.DEVICE_UNAVAILABLE, "--engine " + choice + ": " + missing.get());
    }
    return switch (choice) {
      case AUTO -> new Selection(cpu(threads), "the fastest here");
      case CPU -> new Selection(cpu(threads), "asked for");
      case REFERENCE -> new Selection(reference(threads), "asked for");
      case CUDA -> throw new IllegalStateException("choice=" + choice);
    };
  }

  /** What to say if more threads were asked for than can run at once; empty if all can. */
  static Optional<String> tooManyThreads(OptionalInt threads) {
    int cores = Runtime.getRuntime().availableProcessors();
    return threads.orElse(1) <= cores
        ? Optional.empty()
        : Optional.of(
            "longrun: --threads "
                + threads.getAsInt()
                + " is more than the "
                + cores
                + (cores == 1 ? " core" : " cores")
                + " here: threads will wait for each other, and training is slower than with"
                + " --threads "
                + cores);
  }

  private static Engine cpu(OptionalInt threads) {
    return new CpuEngine(threads.orElseGet(() -> Runtime.getRuntime().availableProcessors()));
  }

  private static Engine reference(OptionalInt threads) {
    if (threads.orElse(1) != 1) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--threads "
              + threads.getAsInt()
              + ": the reference engine runs on 1 thread; leave --threads out or use --engine cpu");
    }
    return new ReferenceEngine();
  }
}
