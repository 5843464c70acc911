package longrun.experiment;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import longrun.config.ConfigException;
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
    exitCodeList = {"0:done", "2:wrong command line", "3:invalid configuration", "5:storage"})
final class ExportExperiment implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int USAGE = 2;
  private static final int CONFIGURATION = 3;
  private static final int STORAGE = 5;

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

  private ExportExperiment() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new ExportExperiment()).execute(args));
  }

  @Override
  public Integer call() {
    if (runs < 1) {
      return failed(USAGE, "--runs " + runs + ": at least 1");
    }
    try {
      Experiment.of(config, overrides, runs)
          .write(folder, Runtime.getRuntime().availableProcessors());
      return DONE;
    } catch (ConfigException | IllegalArgumentException e) {
      return failed(CONFIGURATION, e.getMessage());
    } catch (FileAlreadyExistsException e) {
      return failed(STORAGE, folder + ": exists; name another folder, or remove it");
    } catch (StorageException | IOException e) {
      return failed(STORAGE, e.getMessage());
    }
  }

  private static int failed(int code, String message) {
    System.err.println("export-experiment: " + message);
    return code;
  }
}
