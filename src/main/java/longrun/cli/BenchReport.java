package longrun.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import longrun.config.Precision;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.DevicePeaks;
import longrun.cuda.DeviceProfile;
import longrun.cuda.DriverProbe;
import longrun.engine.Engine;
import longrun.measure.Bench;
import longrun.measure.BenchJson;
import longrun.measure.BenchResult;
import longrun.measure.Comparison;
import longrun.measure.Contender;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Subject;

/** What {@code longrun bench} does; apart from the command, so that help loads none of it. */
final class BenchReport {
  private static final List<String> DEFAULT_CONFIGS =
      List.of("nanda-2023", "power-2022", "prieto-2025");
  private static final List<Integer> DEVICE_SLOTS = List.of(1, 8, 64, 256);

  private final Output output;
  private final Request request;

  /** Why cuda is not measured though nobody forbade it. */
  private Optional<String> withoutCuda = Optional.empty();

  /**
   * What was asked for, within its bounds.
   *
   * @param configs empty: those that come with the program
   * @param engines empty: every fast one that is there
   * @param threads of the cpu engine; empty: 1, and one for each core
   * @param slots empty: one run, and as many as suit the engine
   * @param seconds for the samples of each measurement, of all rounds together
   */
  record Request(
      List<Path> configs,
      List<String> overrides,
      List<EngineChoice> engines,
      List<Integer> threads,
      List<Integer> slots,
      List<Precision> precisions,
      double seconds,
      int rounds,
      Optional<Path> json,
      Optional<Path> compare) {}

  BenchReport(Output output, Request request) {
    this.output = output;
    this.request = request;
  }

  /** Measures and prints. Gives the exit code. */
  int run() {
    List<Subject> subjects = subjects();
    Optional<BenchResult> earlier = request.compare.map(BenchJson::read);
    Optional<CudaContext> device = device();
    try {
      List<Contender> contenders = contenders(device);
      earlier.ifPresent(before -> requireComparable(before, subjects, contenders));
      BenchResult result =
          new Bench(request.seconds, request.rounds, device, this::peaks)
              .run(
                  subjects, contenders, next -> output.err().println("longrun: measuring " + next));
      List<String> lines = new ArrayList<>(BenchTable.lines(result, withoutCuda));
      if (earlier.isPresent()) {
        lines.add("");
        lines.addAll(ComparisonText.lines(request.compare.orElseThrow(), earlier.get(), result));
      }
      lines.forEach(output.out()::println);
      request.json.ifPresent(file -> BenchJson.write(result, file));
      return failures(result);
    } finally {
      device.ifPresent(CudaContext::close);
    }
  }

  private List<Subject> subjects() {
    List<Path> files = request.configs.isEmpty() ? defaultConfigs() : request.configs;
    List<Subject> subjects = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (Path file : files) {
      String name = file.getFileName().toString().replaceFirst("\\.(yaml|yml|json)$", "");
      if (!names.add(name)) {
        throw new CommandFailure(
            ExitCode.USAGE, file + ": another configuration is called " + name + ", too");
      }
      subjects.add(new Subject(name, Preparation.of(file, request.overrides, Optional.empty())));
    }
    return subjects;
  }

  private static List<Path> defaultConfigs() {
    Path folder = Launcher.home().resolve("configs");
    List<Path> files =
        DEFAULT_CONFIGS.stream().map(name -> folder.resolve(name + ".yaml")).toList();
    for (Path file : files) {
      if (!Files.exists(file)) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "there is no "
                + file
                + ": start longrun by its launcher, or name configurations: longrun bench CONFIG");
      }
    }
    return files;
  }

  private boolean asked(EngineChoice engine) {
    return request.engines.contains(engine);
  }

  /** The GPU, where it is to be measured. The emulated one has to be asked for. */
  private Optional<CudaContext> device() {
    if (asked(EngineChoice.CUDA)) {
      Engines.requireCuda();
      return Optional.of(CudaContext.open());
    }
    if (!request.engines.isEmpty()) {
      return Optional.empty();
    }
    withoutCuda = Engines.obstacle(DriverProbe.run());
    if (withoutCuda.isPresent()) {
      return Optional.empty();
    }
    try {
      return Optional.of(CudaContext.open());
    } catch (CudaUnavailableException | CudaFailure e) {
      withoutCuda = Optional.of(e.getMessage());
      return Optional.empty();
    }
  }

  private List<Contender> contenders(Optional<CudaContext> device) {
    List<Contender> contenders = new ArrayList<>();
    if (asked(EngineChoice.REFERENCE)) {
      Engine reference = Engines.select(EngineChoice.REFERENCE, OptionalInt.empty()).engine();
      contenders.add(new Contender(reference, OptionalInt.of(1), 1, Precision.FP32, false));
    }
    if (asked(EngineChoice.CPU) || request.engines.isEmpty()) {
      contenders.addAll(processors());
    }
    if (device.isPresent()) {
      Engine cuda = new CudaEngine(device.get());
      boolean emulated = device.get().device().emulated();
      for (Precision precision : new LinkedHashSet<>(request.precisions)) {
        for (int slots : slots(DEVICE_SLOTS)) {
          contenders.add(new Contender(cuda, OptionalInt.empty(), slots, precision, emulated));
        }
      }
    }
    return contenders;
  }

  private Set<Integer> slots(List<Integer> otherwise) {
    return new LinkedHashSet<>(request.slots.isEmpty() ? otherwise : request.slots);
  }

  /**
   * Unless slots are asked for: one run on each number of threads, and with most of them, a run for
   * each, too.
   */
  private List<Contender> processors() {
    List<Integer> wanted =
        request.threads.isEmpty()
            ? List.of(1, Runtime.getRuntime().availableProcessors())
            : request.threads;
    List<Contender> contenders = new ArrayList<>();
    int most = 1;
    for (int threads : new LinkedHashSet<>(wanted)) {
      Engines.tooManyThreads(OptionalInt.of(threads)).ifPresent(output.err()::println);
      for (int slots : slots(List.of(1))) {
        contenders.add(processor(threads, slots));
      }
      most = Math.max(most, threads);
    }
    if (most > 1 && request.slots.isEmpty()) {
      contenders.add(processor(most, most));
    }
    return contenders;
  }

  private static Contender processor(int threads, int slots) {
    OptionalInt count = OptionalInt.of(threads);
    Engine engine = Engines.select(EngineChoice.CPU, count).engine();
    return new Contender(engine, count, slots, Precision.FP32, false);
  }

  private void requireComparable(
      BenchResult before, List<Subject> subjects, List<Contender> contenders) {
    Comparison.obstacle(before, subjects, contenders)
        .ifPresent(
            why -> {
              throw new CommandFailure(
                  ExitCode.USAGE,
                  "cannot compare with " + request.compare.orElseThrow() + ": " + why);
            });
  }

  /** The emulated device's peaks would say nothing; and what was measured is worth keeping. */
  private Optional<DeviceProfile> peaks(CudaContext context) {
    if (context.device().emulated()) {
      return Optional.empty();
    }
    try {
      return Optional.of(DevicePeaks.measure(context));
    } catch (CudaFailure e) {
      output.err().println("longrun: the device's peaks cannot be measured: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The exit code of what was measured; says what failed. */
  private int failures(BenchResult result) {
    int exitCode = ExitCode.DONE;
    for (Measurement measurement : result.measurements()) {
      if (measurement.outcome() instanceof Outcome.Failed(String reason)) {
        output.err().println("longrun: " + measurement.setting() + " failed: " + reason);
        exitCode = ExitCode.FAILED;
      }
    }
    return exitCode;
  }

  /** What {@code --precision} names. */
  static List<Precision> precisions(List<String> names) {
    return names.stream().map(name -> Precision.valueOf(name.toUpperCase(Locale.ROOT))).toList();
  }
}
