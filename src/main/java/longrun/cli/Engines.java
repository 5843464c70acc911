package longrun.cli;

import java.util.Optional;
import java.util.OptionalInt;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.DriverProbe;
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

  /** Why the cpu engine cannot be had here and what to do; empty if it can. */
  static Optional<String> missingForCpu() {
    return VectorModule.isLoaded()
        ? Optional.empty()
        : Optional.of(
            "the cpu engine needs the Java module "
                + VectorModule.NAME
                + "; start longrun by its launcher, or java with --add-modules "
                + VectorModule.NAME);
  }

  /** Why the cuda engine cannot be had here and what to do; empty if it can. */
  static Optional<String> missingForCuda(DriverProbe probe) {
    return probe.missing().stream()
        .findFirst()
        .map(missing -> "the cuda engine needs a " + missing.sentence());
  }

  /**
   * The engine that was asked for.
   *
   * @param threads how many threads it may use; empty: one per core
   * @throws CommandFailure if this machine does not have it, or the threads do not suit it
   */
  static Selection select(EngineChoice choice, OptionalInt threads) {
    return switch (choice) {
      case AUTO -> threads.isPresent() ? forThreads(threads) : fastest(DriverProbe.run());
      case CPU -> new Selection(cpu(choice, threads), "asked for");
      case REFERENCE -> new Selection(reference(threads), "asked for");
      case CUDA -> new Selection(cuda(threads), "asked for");
    };
  }

  /** Threads are the cpu engine's alone: who names them asks for it. */
  private static Selection forThreads(OptionalInt threads) {
    return new Selection(cpu(EngineChoice.AUTO, threads), "asked for by --threads");
  }

  /** CUDA where a real device works, else the processor, and why. */
  private static Selection fastest(DriverProbe probe) {
    Optional<String> obstacle = obstacle(probe);
    if (obstacle.isPresent()) {
      return new Selection(
          cpu(EngineChoice.AUTO, OptionalInt.empty()), "the fastest here; " + obstacle.get());
    }
    try {
      return new Selection(new CudaEngine(CudaContext.open()), "the fastest here");
    } catch (CudaUnavailableException | CudaFailure e) {
      return new Selection(
          cpu(EngineChoice.AUTO, OptionalInt.empty()),
          "the fastest that works here; CUDA does not: " + e.getMessage());
    }
  }

  /** Why auto does not take CUDA; empty if it does. */
  static Optional<String> obstacle(DriverProbe probe) {
    if (!probe.missing().isEmpty()) {
      return Optional.of("CUDA lacks its " + probe.missing().getFirst().piece().label());
    }
    return probe.isEmulated()
        ? Optional.of("the CUDA driver is the emulated one, for tests")
        : Optional.empty();
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

  private static Engine cpu(EngineChoice choice, OptionalInt threads) {
    missingForCpu().ifPresent(missing -> refuse(choice, missing));
    return new CpuEngine(threads.orElseGet(() -> Runtime.getRuntime().availableProcessors()));
  }

  private static Engine cuda(OptionalInt threads) {
    if (threads.isPresent()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--threads "
              + threads.getAsInt()
              + ": the cuda engine has no threads to choose; leave --threads out or use"
              + " --engine cpu");
    }
    missingForCuda(DriverProbe.run()).ifPresent(missing -> refuse(EngineChoice.CUDA, missing));
    return new CudaEngine(CudaContext.open());
  }

  /**
   * Returns if there is a device for CUDA, be it the emulated one.
   *
   * @throws CommandFailure naming what is missing
   */
  static void requireCuda() {
    missingForCuda(DriverProbe.run())
        .ifPresent(
            missing -> {
              throw new CommandFailure(ExitCode.DEVICE_UNAVAILABLE, missing);
            });
  }

  private static void refuse(EngineChoice choice, String missing) {
    throw new CommandFailure(ExitCode.DEVICE_UNAVAILABLE, "--engine " + choice + ": " + missing);
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
