package longrun.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import longrun.report.RunReport;
import longrun.report.SweepReport;
import longrun.store.SweepFolder;
import longrun.sweep.Sweep;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code longrun report}. */
@Command(
    name = "report",
    header = "Write report.html of a run, or of a sweep, again.",
    description = {"", "Works for one that still trains, too."})
final class ReportCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "DIR", description = "The folder of the run or the sweep.")
  private Path folder;

  @Override
  public Integer call() {
    if (SweepFolder.isSweepFolder(folder)) {
      SweepFolder sweepFolder = SweepFolder.open(folder);
      SweepReport.write(sweepFolder, Sweep.of(sweepFolder));
    } else {
      new RunReport().write(folder);
    }
    main.output().out().println("report: " + folder.resolve("report.html"));
    return ExitCode.DONE;
  }
}
