package longrun.libtorch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/**
 * Runs of an experiment, which take their steps one after the other, on the thread that made it.
 */
final class Training implements AutoCloseable {
  private final Experiment experiment;
  private final PointerScope whole;
  private final Device device;
  private final Examples examples;
  private final List<Run> runs = new ArrayList<>();
  private Optional<PointerScope> loaded = Optional.empty();

  /**
   * @param deviceName {@code "cpu"} or {@code "cuda"}
   */
  Training(Experiment experiment, String deviceName) {
    this.experiment = experiment;
    whole = new PointerScope();
    device = new Device(deviceName);
    examples = new Examples(experiment, device);
  }

  /** Puts the first so many runs at step 0: initial parameters, empty optimizer state. */
  void load(int count) {
    unload();
    loaded = Optional.of(new PointerScope());
    IntStream.range(0, count).forEach(run -> runs.add(new Run(experiment, run, examples, device)));
  }

  /** Trains every run for so many steps; returns when they are done. */
  void advance(int steps) {
    for (int i = 0; i < steps; i++) {
      runs.forEach(Run::step);
    }
    if (device.is_cuda()) {
      torch.cuda_synchronize();
    }
  }

  /** Mean cross entropy of each run over all training examples. */
  double[] trainLosses() {
    return runs.stream().mapToDouble(Run::trainLoss).toArray();
  }

  private void unload() {
    runs.clear();
    loaded.ifPresent(PointerScope::close);
    loaded = Optional.empty();
  }

  @Override
  public void close() {
    unload();
    whole.close();
  }
}
