package longrun.scaling;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.cpu.CpuPeaks;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.DevicePeaks;
import longrun.cuda.DriverProbe;
import longrun.measure.Bench;
import longrun.measure.DeviceMeter;
import longrun.measure.Subject;
import longrun.store.DurableFiles;
import longrun.store.StorageException;
import longrun.train.PreparedRun;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench/scaling}. */
@Command(
    name = "bench/scaling",
    description = {
      "Measures how the time of a training step grows with runs, d_model, modulus, sequence length"
          + " and threads, from nanda-2023, and draws it beside the ledger's prediction. Writes"
          + " scaling.json and a drawing for each axis into the folder of this machine's results."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a device failed",
      "2:wrong command line",
      "3:invalid configuration",
      "4:device unavailable",
      "5:storage"
    })
final class ScalingCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int CONFIGURATION = 3;
  private static final int DEVICE = 4;
  private static final int STORAGE = 5;

  private static final String BASE = "nanda-2023";

  /** What may be measured. */
  private enum Choice {
    CPU,
    CUDA
  }

  @Parameters(paramLabel = "FOLDER", hidden = true, description = "Of the results.")
  private Path folder;

  @Option(names = "--draw", description = "Measure nothing: draw again what scaling.json has.")
  private boolean draw;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      split = ",",
      description =
          "cpu, cuda or both with a comma between them. Default: cpu, and cuda where a real device"
              + " works.")
  private List<Choice> engines = List.of();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description =
          "Time for the samples of each point, all rounds together; warming up takes from half of"
              + " it to twice as long, and a slow point has five samples however long they take."
              + " Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measure all points so many times, to and fro. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--point-seconds",
      paramLabel = "S",
      defaultValue = "60",
      description =
          "A point that would take longer, its warm-ups included, is skipped, and the file and the"
              + " drawing say so. Default: ${DEFAULT-VALUE}.")
  private double pointSeconds;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "10",
      description =
          "When they are over, the points that are left are skipped: the dearest ones. Default:"
              + " ${DEFAULT-VALUE}.")
  private double minutes;

  private ScalingCommand() {}

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new ScalingCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() {
    for (double value : new double[] {seconds, pointSeconds, minutes}) {
      if (!(value > 0 && Double.isFinite(value))) {
        return failed(USAGE, "--seconds, --point-seconds and --minutes must be above 0: " + value);
      }
    }
    if (rounds < 1) {
      return failed(USAGE, "--rounds must be at least 1: " + rounds);
    }
    try {
      Path file = folder.resolve(ScalingJson.FILE_NAME);
      if (!draw) {
        Files.createDirectories(folder);
        ScalingJson.write(measured(), file);
      }
      drawings(ScalingJson.read(file));
      System.err.println("results in " + folder);
      return DONE;
    } catch (ConfigException e) {
      return failed(CONFIGURATION, e.getMessage());
    } catch (CudaUnavailableException e) {
      return failed(DEVICE, "CUDA cannot be had here: " + e.getMessage());
    } catch (CudaFailure e) {
      return failed(FAILED, "CUDA: " + e.getMessage());
    } catch (StorageException | IOException e) {
      return failed(STORAGE, e.getMessage());
    }
  }

  private void drawings(ScalingResult result) throws IOException {
    for (Axis axis : result.axes()) {
      Optional<String> drawing = AxisPlot.of(result, axis);
      if (drawing.isEmpty()) {
        System.err.println("nothing to draw over " + axis.words());
        continue;
      }
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(drawing.get());
      DurableFiles.DISK.write(folder.resolve(axis.fileName()), output -> output.write(bytes));
    }
  }

  private ScalingResult measured() {
    Optional<CudaContext> device = device();
    try {
      boolean processor = engines.isEmpty() || engines.contains(Choice.CPU);
      Subject base =
          new Subject(
              BASE,
              PreparedRun.of(
                  ConfigReader.read(Path.of("configs", BASE + ".yaml"), List.of()),
                  Optional.empty()));
      Design design =
          new Design(base, processor ? Runtime.getRuntime().availableProcessors() : 0, device);
      Predictor predictor =
          new Predictor(
              CpuPeaks::measure,
              device.filter(own -> !own.device().emulated()).map(DevicePeaks::measure));
      return new Measuring(
              new Bench(seconds, rounds, device, DeviceMeter.NONE),
              predictor,
              new Measuring.Limits(pointSeconds, 60 * minutes, Runtime.getRuntime().maxMemory()),
              System::nanoTime,
              System.err::println)
          .run(design.points());
    } finally {
      device.ifPresent(CudaContext::close);
    }
  }

  /** The emulated one has to be asked for. */
  private Optional<CudaContext> device() {
    if (engines.contains(Choice.CUDA)) {
      return Optional.of(CudaContext.open());
    }
    DriverProbe probe = DriverProbe.run();
    if (!engines.isEmpty() || probe.isEmulated() || !probe.missing().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(CudaContext.open());
    } catch (CudaUnavailableException | CudaFailure e) {
      System.err.println("bench/scaling: cuda is left out: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static int failed(int code, String message) {
    System.err.println("bench/scaling: " + message);
    return code;
  }
}
