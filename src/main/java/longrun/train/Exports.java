package longrun.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.store.Checkpoint;
import longrun.store.RunFolder;
import longrun.store.Safetensors;
import longrun.store.SafetensorsFile;
import longrun.store.StorageException;

/** Safetensors files for other programs. */
public final class Exports {
  private static final String CONTENT = "content";
  private static final String GRADIENTS = "gradients";

  private Exports() {}

  /**
   * Refuses a file that an export could not, or should not, be written to: to be asked before hours
   * of training.
   *
   * @throws StorageException if it exists and may not be replaced, or its folder does not exist
   */
  public static void checkTarget(Path file, boolean overwrite) {
    if (Files.isDirectory(file)) {
      throw new StorageException(file + " is a folder; name a file to export to");
    }
    if (!overwrite && Files.exists(file)) {
      throw new StorageException(file + " exists; name another file, or remove it first");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new StorageException(file + ": there is no folder " + folder);
    }
  }

  /**
   * Writes the parameters of a run's newest usable checkpoint, in the precision they were trained
   * in. Of a run that has ended, these are its final parameters; if it diverged, the last finite
   * ones.
   *
   * @return the step they are of
   */
  public static long parameters(RunFolder folder, Path file, boolean overwrite) {
    checkTarget(file, overwrite);
    PreparedRun run =
        PreparedRun.of(
            ConfigReader.read(folder.configFile(), List.of()), folder.trainIndicesFile());
    Checkpoint checkpoint =
        folder.checkpoints().newest(OpenRun.expectation(run, folder)).checkpoint();
    long step = checkpoint.state().step();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(CONTENT, "parameters");
    metadata.put("step", Long.toString(step));
    Safetensors.write(file, checkpoint.state().parameters(), checkpoint.bits(), metadata);
    return step;
  }

  /**
   * Writes the gradient of the first step's loss at the initial parameters, before any filter and
   * without weight decay, in the engine's precision.
   *
   * @param init as {@link InitialState#of} takes it
   */
  public static void gradients(
      PreparedRun run, Optional<Path> init, Engine engine, Path file, boolean overwrite) {
    checkTarget(file, overwrite);
    Tensors gradients;
    try (Session session = engine.open(run.cohort(), 1)) {
      session.load(0, run.run(), InitialState.of(run, init, engine.parameterBits()));
      gradients = session.gradients(0);
    }
    Safetensors.write(file, gradients, engine.parameterBits(), Map.of(CONTENT, GRADIENTS));
  }

  /** Whether a file says that it holds gradients: their names and shapes are the parameters'. */
  static boolean areGradients(SafetensorsFile content) {
    return GRADIENTS.equals(content.metadata().get(CONTENT));
  }
}
