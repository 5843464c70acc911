package longrun.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Slurm's command that takes a script into the queue. */
final class Sbatch {
  private static final String NAME = "sbatch";

  /**
   * Variables that are stronger than what stands in a script. What tasks rely on comes from the
   * script alone.
   */
  private static final List<String> STRONGER =
      List.of(
          "SBATCH_ARRAY_INX",
          "SBATCH_NO_REQUEUE",
          "SBATCH_OPEN_MODE",
          "SBATCH_SIGNAL",
          "SBATCH_TIMELIMIT",
          "SBATCH_WAIT");

  private final Path program;

  private Sbatch(Path program) {
    this.program = program;
  }

  /** It cannot be had, or did not take a script; the message is its own where it said something. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  /** That of the PATH; empty if there is none. */
  static Optional<Sbatch> find(Map<String, String> environment) {
    return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, NAME))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .map(Sbatch::new);
  }

  /**
   * Submits a script.
   *
   * @param options of sbatch, beyond those in the script
   * @return the job's number
   */
  String submit(Path script, List<String> options) throws Refusal {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--parsable"));
    command.addAll(options);
    command.add(script.toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(STRONGER);
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new Refusal(said.isBlank() ? program + " exited with " + exitCode : said.strip());
      }
      return number(said);
    } catch (IOException e) {
      throw new Refusal(program + " cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal("interrupted while " + program + " ran");
    }
  }

  /** {@code 123} or {@code 123;cluster}, on a line of its own: warnings may stand before it. */
  private static String number(String said) throws Refusal {
    return said.lines()
        .filter(line -> line.matches("[0-9]+(;.*)?"))
        .reduce((_, last) -> last)
        .map(line -> line.split(";", 2)[0])
        .orElseThrow(() -> new Refusal("sbatch named no job, but said: " + said.strip()));
  }
}
