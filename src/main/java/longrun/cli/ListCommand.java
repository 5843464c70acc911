package longrun.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun list}. */
@Command(name = "list", header = "List the runs in a folder with their outcome.")
final class ListCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(
      paramLabel = "FOLDER",
      arity = "0..1",
      defaultValue = "runs",
      description = "The folder that holds the runs. Default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Option(names = "--json", description = "Print a JSON array.")
  private boolean json;

  @Override
  public Integer call() {
    Listing.print(folder, json, main.output());
    return ExitCode.DONE;
  }
}
