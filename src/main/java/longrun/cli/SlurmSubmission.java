package longrun.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import longrun.store.DurableFiles;
import longrun.store.StorageException;

/** Takes the jobs of a sweep to Slurm: writes their scripts and submits them. */
final class SlurmSubmission {
  private final SlurmScripts scripts;
  private final Path array;
  private final Path merge;

  private SlurmSubmission(SlurmScripts scripts, Path array, Path merge) {
    this.scripts = scripts;
    this.array = array;
    this.merge = merge;
  }

  /** Writes the scripts into the folder of the sweep, in the place of earlier ones. */
  static SlurmSubmission write(SlurmScripts scripts) {
    Path folder = scripts.sweepFolder().resolve(SlurmScripts.FOLDER);
    SlurmSubmission submission =
        new SlurmSubmission(
            scripts, folder.resolve("sweep.sbatch"), folder.resolve("merge.sbatch"));
    try {
      Files.createDirectories(folder);
      write(submission.array, scripts.array());
      write(submission.merge, scripts.merge());
    } catch (IOException e) {
      throw StorageException.writing("scripts for Slurm", folder, "nothing was submitted", e);
    }
    return submission;
  }

  private static void write(Path file, String text) throws IOException {
    DurableFiles.DISK.write(file, output -> output.write(StandardCharsets.UTF_8.encode(text)));
  }

  /** Shows what would be submitted. */
  void show(Output output) {
    output.out().print(scripts.array());
    output.out().flush();
    output.err().println("longrun: not submitted. These are " + array);
    output.err().println("and " + merge + ", for the job that joins the results");
  }

  /**
   * Submits both and says what to look at.
   *
   * @param environment of this process
   * @throws CommandFailure if there is no sbatch, or it refuses; the scripts stay where they are
   */
  void submit(Map<String, String> environment, PrintStream out) {
    Sbatch sbatch =
        Sbatch.find(environment)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        ExitCode.DEVICE_UNAVAILABLE,
                        "there is no sbatch on the PATH, so nothing was submitted: this has to run"
                            + " where Slurm's commands are, usually on a cluster's login node; or"
                            + " submit by hand what was written: sbatch "
                            + Texts.shellWord(array.toString())));
    String job;
    try {
      job = sbatch.submit(array, List.of());
    } catch (Sbatch.Refusal refusal) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "sbatch refuses " + array + ", so nothing was submitted:\n" + refusal.getMessage());
    }
    String merging;
    try {
      merging = sbatch.submit(merge, List.of("--dependency=afterany:" + job));
    } catch (Sbatch.Refusal refusal) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "job "
              + job
              + " is submitted and will train the sweep, but sbatch refuses "
              + merge
              + ", so join the results yourself when it has ended: "
              + joining()
              + "\n"
              + refusal.getMessage());
    }
    int shards = scripts.shards();
    out.println(
        "Submitted job "
            + job
            + (shards == 1 ? ", 1 task" : ", " + shards + " tasks")
            + ", and job "
            + merging
            + " to join the results when all have ended");
    out.println();
    out.println("What waits and runs:   squeue --jobs " + job + "," + merging);
    out.println("What task 1 says:      tail -F " + quoted(array.resolveSibling(job + "_1.log")));
    out.println("Results by now:        " + Launcher.command("results", folder()));
    out.println("Stop:                  scancel " + job + " " + merging);
  }

  private String joining() {
    return Launcher.command() + " sweep --merge " + Texts.shellWord(folder());
  }

  private String folder() {
    return scripts.sweepFolder().toString();
  }

  private static String quoted(Path path) {
    return Texts.shellWord(path.toString());
  }
}
