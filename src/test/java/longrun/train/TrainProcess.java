package longrun.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import longrun.store.StorageException;

/**
 * A process that trains: arguments are the run folder and overrides. It resumes the folder if it
 * exists. It prints each step at which it wrote a checkpoint, and ends with 5 where the disk fails.
 */
final class TrainProcess {
  static final ToyEngine ENGINE = ToyEngine.grokkingAt(20, 50);

  private TrainProcess() {}

  /** The command line; the JVM writes no file but those of the run. */
  static List<String> command(Path folder, String... overrides) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TrainProcess.class.getName(),
                folder.toString()));
    command.addAll(List.of(overrides));
    return command;
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void checkpointed(long step, Path file) {
            System.out.println(step);
          }
        };
    try {
      if (Files.exists(folder)) {
        Trainer.resume(folder, ENGINE, new StopSignal(), listener);
      } else {
        PreparedRun run = Runs.prepare(Arrays.copyOfRange(arguments, 1, arguments.length));
        Trainer.start(folder, run, Optional.empty(), ENGINE, new StopSignal(), listener);
      }
    } catch (StorageException e) {
      System.out.println(e.getMessage());
      System.exit(5);
    }
  }
}
