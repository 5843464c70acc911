package longrun.libtorch;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import longrun.config.Precision;
import longrun.measure.BenchResult;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.PeakMemory;
import longrun.measure.Timing;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code bench/peers/libtorch_jvm}: the options of every peer. */
@Command(
    name = "libtorch_jvm",
    description = "Trains an exported experiment: its loss curve is checked, then steps are timed.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "2:wrong command line or experiment",
      "3:libtorch failed",
      "4:libtorch or the device is missing",
      "5:another curve",
      "130:interrupted"
    })
final class Main implements Callable<Integer> {
  private static final int DONE = 0;
  // Not 1, with which Java itself ends when a program cannot even start.
  private static final int USAGE = 2;
  private static final int FAILED = 3;
  private static final int UNAVAILABLE = 4;
  private static final int DIFFERS = 5;
  private static final double LONGEST_SECONDS = 1e6;
  private static final double NANOS_PER_MILLISECOND = 1e6;
  private static final double BYTES_PER_MEGABYTE = 1e6;

  /** Devices by the names that libtorch has for them, too. */
  enum DeviceName {
    cpu,
    cuda
  }

  /** Precisions that libtorch has. */
  enum PrecisionName {
    fp32(Precision.FP32),
    tf32(Precision.TF32);

    private final Precision precision;

    PrecisionName(Precision precision) {
      this.precision = precision;
    }
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "EXPERIMENT",
      description = "A folder that bench/export-experiment wrote.")
  private Optional<Path> folder = Optional.empty();

  @Option(names = "--runs", paramLabel = "N", defaultValue = "1", description = "Default 1.")
  private int runs;

  @Option(names = "--threads", paramLabel = "T", description = "OpenMP's. Default: all cores.")
  private Optional<Integer> threads = Optional.empty();

  @Option(names = "--blas-threads", paramLabel = "B", description = "Default: as --threads.")
  private Optional<Integer> blasThreads = Optional.empty();

  @Option(names = "--device", defaultValue = "cpu", description = "${COMPLETION-CANDIDATES}")
  private DeviceName device;

  @Option(names = "--precision", defaultValue = "fp32", description = "${COMPLETION-CANDIDATES}")
  private PrecisionName precision;

  @Option(names = "--seconds", paramLabel = "S", defaultValue = "5", description = "Default 5.")
  private double seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Instead of standard output.")
  private Optional<Path> json = Optional.empty();

  @ArgGroup(exclusive = true)
  private Checking checking = new Checking();

  @Option(names = "--probe", description = "Only say whether it could run here.")
  private boolean probe;

  /** Whether the curve is checked, steps are timed, or both. */
  private static final class Checking {
    @Option(
        names = "--check-only",
        description = "Time nothing; prints the check as one line of JSON.")
    private boolean checkOnly;

    @Option(names = "--unchecked", description = "Only time: for who has checked just before.")
    private boolean unchecked;
  }

  @Spec private CommandSpec specification;

  private final PrintStream out;
  private final PrintStream err;

  Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  /** Runs the command; returns its exit code. */
  static int run(PrintStream out, PrintStream err, String... arguments) {
    CommandLine command = new CommandLine(new Main(out, err));
    command.setOut(writer(out)).setErr(writer(err));
    return command.execute(arguments);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  @Override
  public Integer call() throws IOException {
    if (probe) {
      out.println(probed());
      return DONE;
    }
    try {
      Request request = request();
      Experiment experiment = experiment();
      Libtorch.load();
      Libtorch.configure(request);
      return run(new Peer(experiment, request));
    } catch (ExperimentException e) {
      return fail(USAGE, e.getMessage());
    } catch (UnavailableException e) {
      return fail(UNAVAILABLE, e.getMessage());
    } catch (ParameterException e) {
      throw e; // picocli tells it, with the usage
    } catch (RuntimeException e) {
      e.printStackTrace(err);
      return fail(FAILED, "failed as told above: " + firstLine(e));
    }
  }

  private int run(Peer peer) throws IOException {
    Optional<Curve> curve = Optional.empty();
    BenchResult result;
    try {
      if (!checking.unchecked) {
        curve = Optional.of(peer.check());
        if (!curve.get().passes()) {
          return differs(curve.get());
        }
        say(
            String.format(
                Locale.ROOT,
                "largest relative difference of a loss %.1e",
                curve.get().largestRelativeDifference()));
      }
      if (checking.checkOnly) {
        out.println(ResultFile.check(curve));
        return DONE;
      }
      result = peer.measure();
    } catch (RuntimeException e) {
      if (!Libtorch.isOutOfMemory(e)) {
        throw e;
      }
      if (checking.checkOnly) {
        out.println(ResultFile.check(Optional.empty()));
        say("out of memory: nothing was checked");
        return DONE;
      }
      result = peer.outOfMemory();
    }
    String text = ResultFile.text(result, curve);
    if (json.isPresent()) {
      ResultFile.write(text, json.get());
    } else {
      out.print(text);
    }
    say(summary(result));
    return DONE;
  }

  private int differs(Curve curve) {
    err.print(curve.table());
    return fail(
        DIFFERS,
        String.format(
            Locale.ROOT,
            "its losses differ from longrun's by up to %.1e, more than rounding explains; nothing"
                + " was timed",
            curve.largestRelativeDifference()));
  }

  private static String probed() {
    ObjectNode answer = new JsonMapper().createObjectNode();
    try {
      Libtorch.load();
      answer.put("available", true).put("version", Libtorch.version());
      Libtorch.devices().forEach(answer.putArray("devices")::add);
      answer.put("separate_blas", true); // OpenBLAS with threads of its own
    } catch (UnavailableException e) {
      answer.put("available", false).put("why", e.getMessage());
    }
    return answer.toString();
  }

  private Request request() {
    // The launcher has counted the cores; in a container Java may count others.
    int openMpThreads =
        threads.orElseGet(
            () ->
                inEnvironment("OMP_NUM_THREADS")
                    .orElse(Runtime.getRuntime().availableProcessors()));
    int ofBlas =
        blasThreads.orElseGet(
            () ->
                threads.isPresent()
                    ? openMpThreads
                    : inEnvironment("OPENBLAS_NUM_THREADS").orElse(openMpThreads));
    requirePositive("--runs", runs);
    requirePositive("--threads", openMpThreads);
    requirePositive("--blas-threads", ofBlas);
    if (!(seconds > 0 && seconds < LONGEST_SECONDS)) {
      throw wrong("--seconds " + seconds + ": a number of seconds above 0");
    }
    if (precision == PrecisionName.tf32 && device == DeviceName.cpu) {
      throw wrong("--precision tf32: only CUDA devices have it; add --device cuda");
    }
    return new Request(runs, openMpThreads, ofBlas, device.name(), precision.precision, seconds);
  }

  private static Optional<Integer> inEnvironment(String variable) {
    return Optional.ofNullable(System.getenv(variable))
        .filter(value -> value.matches("[1-9]\\d{0,5}"))
        .map(Integer::valueOf);
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw wrong(option + " " + value + ": at least 1");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(specification.commandLine(), message);
  }

  private Experiment experiment() {
    Path path =
        folder.orElseThrow(
            () -> wrong("EXPERIMENT is missing: a folder that bench/export-experiment wrote"));
    Experiment experiment = Experiment.read(path);
    if (runs > experiment.runs()) {
      throw wrong(
          String.format(
              "--runs %d: %s has %d; bench/export-experiment CONFIG --runs %d FOLDER writes more",
              runs, path, experiment.runs(), runs));
    }
    if (json.isPresent() && Files.isDirectory(json.get())) {
      throw wrong("--json " + json.get() + ": is a folder; name a file");
    }
    if (json.isPresent() && !Files.isDirectory(json.get().toAbsolutePath().getParent())) {
      throw wrong("--json " + json.get() + ": there is no such folder");
    }
    return experiment;
  }

  /** One line for people. */
  private static String summary(BenchResult result) {
    Measurement measurement = result.measurements().getFirst();
    String what =
        measurement.setting().configuration()
            + ", "
            + measurement.setting().slots()
            + (measurement.setting().slots() == 1 ? " run, " : " runs, ")
            + measurement.on();
    return what
        + switch (measurement.outcome()) {
          case Outcome.Measured(Timing timing) ->
              String.format(
                  Locale.ROOT,
                  ": median %.4g ms, least %.4g ms, %.4g run-steps/s, peak %s%s",
                  timing.nanosPerStep().median() / NANOS_PER_MILLISECOND,
                  timing.nanosPerStep().least() / NANOS_PER_MILLISECOND,
                  measurement.runStepsPerSecond().orElseThrow(),
                  peak(result.memory()),
                  timing.warmUp().settled() ? "" : " (warm-up did not settle)");
          case Outcome.OutOfMemory _ -> ": out of memory";
          case Outcome.Unsupported(String reason) -> ": " + reason;
          case Outcome.Failed(String reason) -> ": " + reason;
          case Outcome.Diverged(int diverged) -> ": " + diverged + " diverged";
        };
  }

  private static String peak(PeakMemory memory) {
    String resident =
        memory.residentBytes().isPresent()
            ? Math.round(memory.residentBytes().getAsLong() / BYTES_PER_MEGABYTE) + " MB"
            : "unknown";
    return memory.deviceUsedBytes().isEmpty()
        ? resident
        : resident
            + ", device "
            + Math.round(memory.deviceUsedBytes().getAsLong() / BYTES_PER_MEGABYTE)
            + " MB";
  }

  private static String firstLine(Throwable failure) {
    return failure.toString().lines().findFirst().orElse("");
  }

  private void say(String message) {
    err.println(Peer.ENGINE + ": " + message);
  }

  private int fail(int code, String message) {
    say(message);
    return code;
  }
}
