package longrun.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.cpu.CpuPeaks;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaDevice;
import longrun.cuda.CudaFailure;
import longrun.cuda.DriverStatus;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.store.Machine;
import longrun.store.Version;

/**
 * Measures configurations on engines, one after the other.
 *
 * @param seconds for the samples of each measurement, more than 0
 * @param device that contenders of the cuda engine use; empty if there are none
 * @param meter of the device's peaks
 */
public record Bench(double seconds, Optional<CudaContext> device, DeviceMeter meter) {
  /** Samples of a measurement, however long they take. */
  public static final int FEWEST_BLOCKS = BlockTimer.FEWEST_BLOCKS;

  private static final Path DRIVER_RELEASE = Path.of("/proc/driver/nvidia/version");
  private static final Pattern RELEASE = Pattern.compile("\\b\\d{3}\\.\\d+(\\.\\d+)?\\b");

  public Bench {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("seconds=" + seconds + " must be positive");
    }
  }

  /**
   * Measures every subject with every contender.
   *
   * @param before is told what is about to be measured
   * @throws CudaFailure if the device fails by anything but a lack of memory
   */
  public BenchResult run(
      List<Subject> subjects, List<Contender> contenders, Consumer<Setting> before) {
    Environment environment = environment();
    List<EnginePeaks> peaks = peaks(contenders);
    List<Configuration> configurations = new ArrayList<>();
    List<Measurement> measurements = new ArrayList<>();
    DeviceUse deviceUse = new DeviceUse(device);
    for (Subject subject : subjects) {
      configurations.add(Configuration.of(subject.name(), subject.run()));
      for (Contender contender : contenders) {
        Setting setting = contender.setting(subject.name());
        before.accept(setting);
        measurements.add(
            new Measurement(
                setting,
                contender.engine().description(),
                outcome(subject, contender, deviceUse, UnaryOperator.identity())));
      }
    }
    return new BenchResult(
        environment,
        seconds,
        configurations,
        peaks,
        measurements,
        PeakMemory.now(deviceUse.greatest()));
  }

  /**
   * Measures one subject with one contender.
   *
   * @param watch is given what advances all runs by a number of steps, and gives what is called in
   *     its place; what it throws ends the measurement
   * @throws CudaFailure if the device fails by anything but a lack of memory
   */
  public Outcome measure(Subject subject, Contender contender, UnaryOperator<IntConsumer> watch) {
    return outcome(subject, contender, new DeviceUse(device), watch);
  }

  private Outcome outcome(
      Subject subject, Contender contender, DeviceUse deviceUse, UnaryOperator<IntConsumer> watch) {
    Subject precise = subject.in(contender.precision());
    try (Session session = contender.engine().open(precise.run().cohort(), contender.slots())) {
      precise.loadAll(session, contender.engine().parameterBits());
      Timing timing = new BlockTimer(System::nanoTime, seconds).time(watch.apply(session::advance));
      deviceUse.observe();
      int diverged = Math.toIntExact(session.evaluate().stream().filter(e -> e.diverged()).count());
      return diverged > 0 ? new Outcome.Diverged(diverged) : new Outcome.Measured(timing);
    } catch (UnsupportedCohortException e) {
      return new Outcome.Unsupported(e.getMessage());
    } catch (CudaFailure failure) {
      if (!failure.isOutOfMemory()) {
        throw failure;
      }
      return failure
          .memory()
          .map(
              need ->
                  new Outcome.OutOfMemory(
                      OptionalLong.of(need.neededBytes()),
                      OptionalLong.of(need.freeBytes()),
                      OptionalInt.of(need.fittingSlots())))
          .orElseGet(
              () ->
                  new Outcome.OutOfMemory(
                      OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty()));
    }
  }

  /** Peaks of everything that is about to be measured, as far as they can be. */
  private List<EnginePeaks> peaks(List<Contender> contenders) {
    List<EnginePeaks> peaks = new ArrayList<>();
    contenders.stream()
        .filter(contender -> contender.engine().name().equals("cpu"))
        .mapToInt(contender -> contender.threads().orElseThrow())
        .distinct()
        .forEach(threads -> peaks.add(EnginePeaks.ofThreads(threads, CpuPeaks.measure(threads))));
    device
        .filter(context -> !context.device().emulated())
        .flatMap(meter::measure)
        .ifPresent(profile -> peaks.addAll(EnginePeaks.ofDevice(profile)));
    return peaks;
  }

  /** This machine, with the device that there is, now. */
  public Environment environment() {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Version.current(),
        Machine.current(),
        device.map(CudaContext::device).map(Bench::describe));
  }

  private static Environment.Device describe(CudaDevice device) {
    return new Environment.Device(
        device.name(),
        device.computeCapability(),
        device.multiprocessors(),
        device.totalBytes(),
        device.clockKilohertz(),
        device.memoryClockKilohertz(),
        DriverStatus.versionText(device.driverVersion()),
        device.emulated() ? Optional.empty() : driverRelease(),
        device.emulated());
  }

  /** As the kernel's part of the driver tells it. */
  private static Optional<String> driverRelease() {
    try {
      Matcher release = RELEASE.matcher(Files.readString(DRIVER_RELEASE));
      return release.find() ? Optional.of(release.group()) : Optional.empty();
    } catch (IOException e) {
      // Some containers hide it; the version of CUDA is known all the same.
      return Optional.empty();
    }
  }
}
