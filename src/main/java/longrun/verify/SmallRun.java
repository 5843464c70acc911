package longrun.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.model.Model;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.random.Philox;
import longrun.random.Stream;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Labels;
import longrun.task.Split;
import longrun.task.Splits;

/**
 * A run of a few thousand parameters, whole.
 *
 * @param run what a slot computes
 */
record SmallRun(Run run, Dataset dataset, Model model, Cohort cohort) {

  /**
   * A run of {@code a + b mod 11} unless the overrides say otherwise.
   *
   * @param model the section {@code model}
   * @param overrides as after {@code --set}
   */
  static SmallRun of(String model, List<String> overrides) {
    RunConfig config =
        ConfigReader.parse(
            "task: {kind: modular, operation: add, modulus: 11, train_fraction: 0.6}\nmodel: "
                + model
                + "\n",
            "verify.yaml",
            overrides);
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    Model built = Model.of(config.model(), dataset);
    return new SmallRun(
        new Run(config, split, Labels.of(config.task(), dataset, split)),
        dataset,
        built,
        Cohort.of(config, dataset, built, split.train().length));
  }

  /** Step 0 of the run's own seed. */
  RunState initialState() {
    Tensors zeros = Tensors.zeros(model.parameters());
    return new RunState(
        0,
        model.initialize(run.config().training().seed()),
        zeros,
        zeros,
        cohort.gradientEma() ? Optional.of(zeros) : Optional.empty());
  }

  /**
   * A state in mid-training, with parameters off their symmetric beginnings and moments of ordinary
   * size: from zero moments Adam turns the rounding noise of a gradient that is 0 in theory into a
   * whole step. All numbers are floats.
   */
  RunState middleState() {
    Tensors initial = model.initialize(run.config().training().seed());
    Map<String, Tensor> moved = new LinkedHashMap<>();
    Tensors noise = uniform(0, -0.2, 0.2);
    initial
        .asMap()
        .forEach(
            (name, tensor) -> {
              double[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] + noise.get(name).values()[i]);
              }
              moved.put(name, new Tensor(tensor.shape(), values));
            });
    return new RunState(
        5,
        new Tensors(moved),
        uniform(1, -0.1, 0.1),
        uniform(2, 0.01, 0.1),
        cohort.gradientEma() ? Optional.of(uniform(3, -0.05, 0.05)) : Optional.empty());
  }

  /** The same state with each parameter off by one rounding to tf32, up or down. */
  RunState movedByTf32(RunState state) {
    Philox random = new Philox(2000);
    Map<String, Tensor> moved = new LinkedHashMap<>();
    for (int part = 0; part < model.parameters().size(); part++) {
      Tensor tensor = state.parameters().get(model.parameters().get(part).name());
      double[] values = tensor.values().clone();
      for (int i = 0; i < values.length; i++) {
        boolean up = random.below(Stream.INITIALIZATION, part, i, 2) == 1;
        values[i] *= 1 + (up ? 0x1p-11 : -0x1p-11);
      }
      moved.put(model.parameters().get(part).name(), new Tensor(tensor.shape(), values));
    }
    return new RunState(
        state.step(),
        new Tensors(moved),
        state.firstMoment(),
        state.secondMoment(),
        state.gradientEma());
  }

  private Tensors uniform(int seed, double low, double high) {
    Philox random = new Philox(1000L + seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int part = 0; part < model.parameters().size(); part++) {
      var spec = model.parameters().get(part);
      double[] values = new double[spec.elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (low + (high - low) * random.uniform(Stream.INITIALIZATION, part, i));
      }
      tensors.put(spec.name(), new Tensor(spec.shape(), values));
    }
    return new Tensors(tensors);
  }
}
