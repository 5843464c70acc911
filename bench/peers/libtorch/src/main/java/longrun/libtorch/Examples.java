package longrun.libtorch;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Training examples on a device: tokens [count, positions], labels [count]. */
final class Examples {
  private final Experiment experiment;
  private final Device device;
  private final Tensor tokens;
  private final Tensor labels;

  /** What native memory it holds is freed with the scope in which it is made. */
  Examples(Experiment experiment, Device device) {
    this.experiment = experiment;
    this.device = device;
    int count = experiment.trainExamples();
    tokens = onDevice(AbstractTensor.create(experiment.tokens(), count, positions(experiment)));
    labels = onDevice(AbstractTensor.create(experiment.labels(), count));
  }

  private static int positions(Experiment experiment) {
    return experiment.model().positions();
  }

  Tensor tokens() {
    return tokens;
  }

  Tensor labels() {
    return labels;
  }

  long count() {
    return experiment.trainExamples();
  }

  /** Examples of the largest batch. */
  long batch() {
    return experiment
        .batches()
        .map(runs -> Arrays.stream(runs[0]).mapToInt(batch -> batch.length).max().orElseThrow())
        .orElse(experiment.trainExamples());
  }

  /** Indices of each exported step of a run; empty where a step reads all examples. */
  Optional<Tensor[]> batches(int run) {
    return experiment
        .batches()
        .map(
            runs ->
                Arrays.stream(runs[run])
                    .map(batch -> onDevice(AbstractTensor.create(batch, batch.length)))
                    .toArray(Tensor[]::new));
  }

  private Tensor onDevice(Tensor tensor) {
    return tensor.to(device, ScalarType.Long);
  }
}
