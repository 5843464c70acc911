package longrun.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.engine.RunState;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.store.Checkpoints;
import longrun.store.Safetensors;
import longrun.store.SafetensorsFile;
import longrun.store.StorageException;
import longrun.store.TensorLayout;

/** Where runs start. */
public final class InitialState {
  private InitialState() {}

  /**
   * The state at step 0: drawn from the seed, or read from a file; every moment zero.
   *
   * @param init safetensors file that holds exactly the model's parameters, in any float type; or a
   *     checkpoint, whose optimizer state is left out
   * @param bits of the engine's parameters; for 32 every value is rounded to the nearest float
   *     here, so that what the engine starts from and what the checkpoint of step 0 holds are the
   *     same
   * @throws StorageException if the file does not fit the model, or holds gradients, with what
   *     differs
   */
  public static RunState of(PreparedRun run, Optional<Path> init, int bits) {
    List<ParameterSpec> specs = run.model().parameters();
    Tensors parameters =
        init.isPresent()
            ? read(init.get(), specs)
            : run.model().initialize(run.config().training().seed());
    boolean ema = run.cohort().gradientEma();
    return new RunState(
        0,
        round(parameters, bits),
        Tensors.zeros(specs),
        Tensors.zeros(specs),
        ema ? Optional.of(Tensors.zeros(specs)) : Optional.empty());
  }

  /** A state as an engine with that many bits holds it: for 32, values are rounded to floats. */
  static RunState round(RunState state, int bits) {
    return new RunState(
        state.step(),
        round(state.parameters(), bits),
        round(state.firstMoment(), bits),
        round(state.secondMoment(), bits),
        state.gradientEma().map(ema -> round(ema, bits)));
  }

  private static Tensors round(Tensors tensors, int bits) {
    if (bits == Double.SIZE) {
      return tensors;
    }
    Map<String, Tensor> rounded = new LinkedHashMap<>();
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> {
              double[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) values[i];
              }
              rounded.put(name, new Tensor(tensor.shape(), values));
            });
    return new Tensors(rounded);
  }

  private static Tensors read(Path file, List<ParameterSpec> specs) {
    SafetensorsFile content = Safetensors.read(file);
    if (Exports.areGradients(content)) {
      throw new StorageException(
          file + ": cannot start from these tensors: they are gradients, not parameters");
    }
    Tensors tensors = Checkpoints.parameters(file, content);
    List<String> problems =
        new ArrayList<>(TensorLayout.problems(tensors, TensorLayout.shapes("", specs)));
    List<String> notFinite = new ArrayList<>();
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> {
              int bad = FiniteCheck.firstNonFinite(tensor.values());
              if (bad >= 0) {
                notFinite.add(
                    "tensor " + name + " element=" + bad + " value=" + tensor.values()[bad]);
              }
            });
    problems.addAll(TensorLayout.abridged(notFinite, "with values that are not finite"));
    if (!problems.isEmpty()) {
      throw new StorageException(
          file + ": cannot start from these parameters: " + String.join("; ", problems));
    }
    return TensorLayout.select("", specs, tensors);
  }
}
