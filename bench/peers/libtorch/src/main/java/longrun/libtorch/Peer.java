package longrun.libtorch;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
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
          experiment, training, request.runs(), Curve.tolerance(request.precision()));
    }
  }

  /** Times steps, whose losses have been found to be right. */
  BenchResult measure() {
    Instant startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Outcome outcome = outcome();
    Optional<Environment.Device> device = Optional.empty();
    OptionalLong deviceUsedBytes = OptionalLong.empty();
    if (request.cuda()) {
      try (CudaDriver driver = new CudaDriver()) {
        device = Optional.of(driver.describe());
        deviceUsedBytes = OptionalLong.of(driver.usedBytes());
      }
    }
    return new BenchResult(
        new Environment(startedAt, Libtorch.version(), Machine.current(), device),
        request.seconds(),
        List.of(experiment.configuration()),
        List.of(),
        List.of(
            new Measurement(
                setting(),
                device.map(gpu -> Libtorch.version() + ", " + gpu.name()).orElseGet(this::onCpu),
                outcome)),
        PeakMemory.now(deviceUsedBytes));
  }

  private Outcome outcome() {
    try (Training training = new Training(experiment, request.device())) {
      training.load(request.runs());
      Timing timing =
          new BlockTimer(System::nanoTime, request.seconds()).time(training::advance);
      long diverged =
          Arrays.stream(training.trainLosses()).filter(loss -> !Double.isFinite(loss)).count();
      return diverged > 0
          ? new Outcome.Diverged(Math.toIntExact(diverged))
          : new Outcome.Measured(timing);
    } catch (RuntimeException e) {
      if (!Libtorch.isOutOfMemory(e)) {
        throw e;
      }
      return new Outcome.OutOfMemory(
          OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty());
    }
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

  private String onCpu() {
    return String.format(
        "%s, CPU, %s, %s",
        Libtorch.version(),
        count(request.threads(), "OpenMP"),
        count(request.blasThreads(), "BLAS"));
  }

  private static String count(int threads, String what) {
    return threads + " " + what + (threads == 1 ? " thread" : " threads");
  }
}
