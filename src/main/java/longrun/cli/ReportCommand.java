package longrun.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import longrun.report.RunReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun report}. */
@Command(
    name = "report",
    header = "Write report.html of a run again.",
    description = {"", "Works for a run that still trains, too."})
final class ReportCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "RUN_DIR", description = "The folder of the run.")
  private Path folder;

  @Override
  public Integer call() {
    new RunReport().write(folder);
    main.output().out().println("report: " + folder.resolve("report.html"));
    return ExitCode.DONE;
  }
}
