package longrun.store;

import java.nio.file.Path;
import java.util.List;
import longrun.model.ParameterSpec;

/**
 * What a checkpoint has to agree with to belong to a run.
 *
 * @param parameters of the model, in order
 * @param gradientEma whether the optimizer keeps Grokfast's average
 * @param configFile config.yaml of the run folder, for messages
 * @param configYaml its content, to the byte
 * @param dataDigest identifies split and labels
 */
public record CheckpointExpectation(
    List<ParameterSpec> parameters,
    boolean gradientEma,
    Path configFile,
    String configYaml,
    String dataDigest) {
  public CheckpointExpectation {
    parameters = List.copyOf(parameters);
  }
}
