package longrun.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * Measures configurations on engines, one after the other, and then again: between the rounds of a
 * setting all others are measured, so that what changes within minutes (clock, neighbours, where an
 * array lies) shows in its spread.
 *
 * @param seconds for the samples of each measurement, all rounds together; more than 0
 * @param rounds at least 1
 * @param device that contenders of the cuda engine use; empty if there are none
 * @param meter of the device's peaks
 */
public record Bench(double seconds, int rounds, Optional<CudaContext> device, DeviceMeter meter) {
  /** Samples of a measurement, however long they take. */
  public static final int FEWEST_BLOCKS = BlockTimer.FEWEST_BLOCKS;

  private static final long MEBI = 1 << 20;
  private static final Path DRIVER_RELEASE = Path.of("/proc/driver/nvidia/version");
  private static final Pattern RELEASE = Pattern.compile("\\b\\d{3}\\.\\d+(\\.\\d+)?\\b");

  public Bench {
    if (!(seconds > 0) || rounds < 1) {
      throw new IllegalArgumentException(
          "seconds=" + seconds + " rounds=" + rounds + " must be positive");
    }
  }

  /**
   * Measures every subject with every contender. What fails is an outcome: the others are kept.
   *
   * @param before is told what is about to be measured
   */
  public BenchResult run(
      List<Subject> subjects, List<Contender> contenders, Consumer<Setting> before) {
    Environment environment = environment();
    DeviceUse deviceUse = new DeviceUse(device);
    Map<Setting, Measurement> measurements = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Subject subject : subjects) {
        for (Contender contender : contenders) {
          Setting setting = contender.setting(subject.name());
          Optional<Outcome> soFar =
              Optional.ofNullable(measurements.get(setting)).map(Measurement::outcome);
          if (soFar.isEmpty() || soFar.get() instanceof Outcome.Measured) {
            before.accept(setting);
            measurements.put(
                setting,
                new Measurement(
                    setting,
                    contender.engine().description(),
                    outcome(subject, contender, deviceUse, UnaryOperator.identity(), soFar)));
          }
        }
      }
    }
    // Before peaks are measured: their arrays are no part of what training needs.
    PeakMemory memory = PeakMemory.now(deviceUse.greatest());
    return new BenchResult(
        environment,
        seconds,
        subjects.stream().map(each -> Configuration.of(each.name(), each.run())).toList(),
        peaks(contenders),
        List.copyOf(measurements.values()),
        memory);
  }

  /**
   * Measures one subject with one contender for a round.
   *
   * @param watch is given what advances all runs by a number of steps, and gives what is called in
   *     its place; what it throws ends the measurement
   * @param before the rounds so far; empty for the first
   */
  public Outcome measure(
      Subject subject,
      Contender contender,
      UnaryOperator<IntConsumer> watch,
      Optional<Outcome.Measured> before) {
    return outcome(subject, contender, new DeviceUse(device), watch, before.map(each -> each));
  }

  private Outcome outcome(
      Subject subject,
      Contender contender,
      DeviceUse deviceUse,
      UnaryOperator<IntConsumer> watch,
      Optional<Outcome> before) {
    Subject precise = subject.in(contender.precision());
    try (Session session = contender.engine().open(precise.run().cohort(), contender.slots())) {
      precise.loadAll(session, contender.engine().parameterBits());
      BlockTimer timer =
          new BlockTimer(System::nanoTime, seconds, precise.stepsPerEpoch()).forRoundOf(rounds);
      IntConsumer advance = watch.apply(session::advance);
      Timing timing =
          before.isPresent() && before.get() instanceof Outcome.Measured(Timing earlier)
              ? timer.timeAgain(advance, earlier)
              : timer.time(advance);
      deviceUse.observe();
      int diverged = Math.toIntExact(session.evaluate().stream().filter(e -> e.diverged()).count());
      return diverged > 0 ? new Outcome.Diverged(diverged) : new Outcome.Measured(timing);
    } catch (UnsupportedCohortException e) {
      return new Outcome.Unsupported(e.getMessage());
    } catch (OutOfMemoryError e) {
      // Arrays are all that a session of the processor takes, and it has given them back by now.
      return new Outcome.Failed(
          "the Java heap of "
              + Runtime.getRuntime().maxMemory() / MEBI
              + " MiB is too small; LONGRUN_JAVA_OPTS=-Xmx8g, say, makes it larger");
    } catch (CudaFailure failure) {
      return failure.isOutOfMemory()
          ? outOfMemory(failure)
          : new Outcome.Failed(failure.getMessage());
    }
  }

  private static Outcome outOfMemory(CudaFailure failure) {
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

  /** Peaks of everything that was measured, as far as they can be. */
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
