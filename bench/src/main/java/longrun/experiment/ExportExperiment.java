package longrun.experiment;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import longrun.config.ConfigException;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.engine.UnsupportedCohortException;
import longrun.store.StorageException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command: {@code bench/export-experiment CONFIG OUT}. */
@Command(
    name = "export-experiment",
    description = "Writes what another program needs to train the same runs.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "2:wrong command line",
      "3:invalid configuration",
      "4:the device is missing or has too little memory",
      "5:storage"
    })
final class ExportExperiment implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int USAGE = 2;
  private static final int CONFIGURATION = 3;
  private static final int DEVICE = 4;
  private static final int STORAGE = 5;

  /** Engines that losses may come from, by longrun's names for them. */
  enum LossEngine {
    cpu,
    cuda
  }

  @Parameters(index = "0", paramLabel = "CONFIG", description = "A configuration.")
  private Path config;

  @Parameters(index = "1", paramLabel = "OUT", description = "The folder to create.")
  private Path folder;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Runs, with seeds that follow one another. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Changes the configuration.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--engine",
      defaultValue = "cpu",
      description =
          "Of longrun, that computes the losses: ${COMPLETION-CANDIDATES}. Default:"
              + " ${DEFAULT-VALUE}; cuda to compare both.")
  private LossEngine engine;

  private final PrintStream err;

  private ExportExperiment(PrintStream err) {
    this.err = err;
  }

  public static void main(String[] args) {
    System.exit(run(System.err, args));
  }

  /** Runs the command; returns its exit code. */
  static int run(PrintStream err, String... args) {
    CommandLine command = new CommandLine(new ExportExperiment(err));
    command.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    return command.execute(args);
  }

  @Override
  public Integer call() {
    if (runs < 1) {
      return failed(USAGE, "--runs " + runs + ": at least 1");
    }
    try {
      write(Experiment.of(config, overrides, runs));
      return DONE;
    } catch (ConfigException | IllegalArgumentException | UnsupportedCohortException e) {
      return failed(CONFIGURATION, e.getMessage());
    } catch (CudaUnavailableException | CudaFailure e) {
      return failed(DEVICE, "--engine " + engine + ": " + e.getMessage());
    } catch (FileAlreadyExistsException e) {
      return failed(STORAGE, e.getFile() + ": exists; name another folder, or remove it");
    } catch (FileSystemException e) {
      // Its message may be the path alone: what is wrong with it is in the exception's name.
      return failed(STORAGE, e.getClass().getSimpleName() + ": " + e.getMessage());
    } catch (StorageException | IOException e) {
      return failed(STORAGE, e.getMessage());
    }
  }

  private void write(Experiment experiment) throws IOException {
    switch (engine) {
      case cpu ->
          experiment.write(folder, new CpuEngine(Runtime.getRuntime().availableProcessors()));
      case cuda -> {
        try (CudaContext context = CudaContext.open()) {
          experiment.write(folder, new CudaEngine(context));
        }
      }
    }
  }

  private int failed(int code, String message) {
    err.println("export-experiment: " + message);
    return code;
  }
}
