package longrun.store;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.engine.RunState;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;

/** Small checkpoints for tests. */
final class Checkpointing {
  static final String CONFIG = "task:\n  kind: modular\ntraining:\n  seed: 3\n";
  static final Path CONFIG_FILE = Path.of("run/config.yaml");
  static final String DATA_DIGEST = "00ff";
  static final List<ParameterSpec> PARAMETERS =
      List.of(
          new ParameterSpec("layers.0.W", List.of(2, 3), new ParameterSpec.Fill.Constant(0)),
          new ParameterSpec("layers.0.b", List.of(3), new ParameterSpec.Fill.Constant(0)));

  static final Provenance PROVENANCE =
      new Provenance(
          List.of(new EngineSpan(0, "cpu"), new EngineSpan(7, "reference")), Optional.empty());

  private Checkpointing() {}

  static CheckpointExpectation expectation(boolean ema) {
    return new CheckpointExpectation(PARAMETERS, ema, CONFIG_FILE, CONFIG, DATA_DIGEST);
  }

  static Checkpoint checkpoint(long step, boolean ema, int bits) {
    RunState state =
        new RunState(
            step,
            tensors((double) step),
            tensors(step + 0.25),
            tensors(step + 0.5),
            ema ? Optional.of(tensors(step + 0.75)) : Optional.empty());
    return new Checkpoint(
        state,
        CONFIG,
        DATA_DIGEST,
        bits,
        new Timing(1.5, 0.25, 0.125, 2.0),
        WrittenRows.NONE,
        PROVENANCE);
  }

  private static Tensors tensors(double base) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (ParameterSpec spec : PARAMETERS) {
      double[] values = new double[spec.elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = base + i * 0.0625;
      }
      tensors.put(spec.name(), new Tensor(spec.shape(), values));
    }
    return new Tensors(tensors);
  }
}
