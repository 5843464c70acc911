package longrun.libtorch;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.measure.BenchResult;
import longrun.measure.BlockTimer;
import longrun.measure.Environment;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.PeakMemory;
import longrun.measure.Setting;
import longrun.measure.Timing;
import longrun.store.Machine;

/** Checks runs of an experiment and measures them, as {@code longrun bench} does its engines. */
record Peer(Experiment experiment, Request request) {
  static final String ENGINE = "libtorch-jvm";

  /** Losses of the runs beside those of longrun. */
  Curve check() {
    try (Training training = new Training(experiment, request.device())) {
      return Curve.follow(
          experiment, training, request.runs(), Curve.Tolerance.of(request.precision()));
    }
  }

  /** Times steps, whose losses have been found to be right. */
  BenchResult measure() {
    Instant startedAt = now();
    try (Training training = new Training(experiment, request.device())) {
      training.load(request.runs());
      Timing timing =
          new BlockTimer(System::nanoTime, request.seconds(), experiment.stepsPerEpoch())
              .time(training::advance);
      // Of training alone, before losses over all examples take theirs.
      PeakMemory memory = memory();
      int diverged =
          Math.toIntExact(
              Arrays.stream(training.trainLosses()).filter(loss -> !Double.isFinite(loss)).count());
      return result(
          startedAt,
          diverged > 0 ? new Outcome.Diverged(diverged) : new Outcome.Measured(timing),
          memory);
    }
  }

  /** What is to be told of runs that the device has too little memory for. */
  BenchResult outOfMemory() {
    return result(
        now(),
        new Outcome.OutOfMemory(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty()),
        memory());
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  private PeakMemory memory() {
    if (!request.cuda()) {
      return PeakMemory.now(OptionalLong.empty());
    }
    try (CudaDriver driver = new CudaDriver()) {
      return PeakMemory.now(OptionalLong.of(driver.usedBytes()));
    }
  }

  private Optional<Environment.Device> device() {
    if (!request.cuda()) {
      return Optional.empty();
    }
    try (CudaDriver driver = new CudaDriver()) {
      return Optional.of(driver.describe());
    }
  }

  private BenchResult result(Instant startedAt, Outcome outcome, PeakMemory memory) {
    Optional<Environment.Device> device = device();
    String on =
        device
            .map(gpu -> gpu.name() + ", " + request.precision().name().toLowerCase(Locale.ROOT))
            .orElseGet(this::threads);
    return new BenchResult(
        new Environment(startedAt, Libtorch.version(), Machine.current(), device),
        request.seconds(),
        List.of(experiment.configuration()),
        List.of(),
        List.of(new Measurement(setting(), Libtorch.version() + ", " + on, outcome)),
        memory);
  }

  private Setting setting() {
    return new Setting(
        experiment.configuration().name(),
        ENGINE,
        // As with longrun's own engines: on a device there is nothing to choose.
        request.cuda()
            ? OptionalInt.empty()
            : OptionalInt.of(Math.max(request.threads(), request.blasThreads())),
        request.runs(),
        request.precision(),
        false);
  }

  private String threads() {
    return "CPU, "
        + count(request.threads(), "OpenMP")
        + ", "
        + count(request.blasThreads(), "BLAS");
  }

  private static String count(int threads, String what) {
    return threads + " " + what + (threads == 1 ? " thread" : " threads");
  }
}
