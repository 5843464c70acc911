package longrun.libtorch;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.Normalization;
import longrun.measure.Configuration;
import longrun.measure.Work;

/**
 * What {@code bench/export-experiment} wrote: what to train on, from where, and the curve that has
 * to come out. All of it is looked at before libtorch is loaded.
 *
 * @param folder where it lies
 * @param configuration name, YAML and work of a step
 * @param model its sizes
 * @param optimizer its settings
 * @param trainExamples N
 * @param stepsPerEpoch of which the last may read fewer examples than the others
 * @param runs R, which differ in their seed
 * @param tokens [N · positions]
 * @param labels [N]
 * @param batches [R][K] of indices into the examples; empty where every step reads all examples
 * @param positional [positions · d_model], added to the embedding; empty where positions are
 *     learned or absent
 * @param curve losses that longrun arrives at
 */
record Experiment(
    Path folder,
    Configuration configuration,
    ModelShape model,
    AdamWSettings optimizer,
    int trainExamples,
    int stepsPerEpoch,
    int runs,
    long[] tokens,
    long[] labels,
    Optional<long[][][]> batches,
    Optional<float[]> positional,
    ExpectedCurve curve) {
  private static final String FORMAT = "longrun experiment 1";

  /** A decoder-only transformer. Which biases there are follows from the initial parameters. */
  record ModelShape(
      int layers,
      int dModel,
      int heads,
      int dHead,
      int dMlp,
      Activation activation,
      Normalization normalization,
      double normalizationEpsilon,
      int vocabulary,
      int positions,
      int outputs) {}

  /** AdamW as PyTorch's. */
  record AdamWSettings(
      double learningRate,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      int warmupSteps) {

    /** Learning rate of a step counted from 1: linear warm-up, then constant. */
    double learningRateAt(long step) {
      return warmupSteps == 0
          ? learningRate
          : learningRate * Math.min(1.0, (double) step / warmupSteps);
    }
  }

  /**
   * Mean cross entropies over all training examples.
   *
   * @param steps after so many updates; ascending
   * @param losses [R][steps]
   */
  record ExpectedCurve(int[] steps, double[][] losses) {}

  /**
   * Reads a folder, but for the initial parameters.
   *
   * @throws ExperimentException if it is no experiment
   */
  static Experiment read(Path folder) {
    Path path = folder.resolve("experiment.json");
    if (!Files.isRegularFile(path)) {
      throw new ExperimentException(
          folder + " is no experiment: it has no experiment.json; " + Fields.HOW);
    }
    Fields fields = new Fields(path, "", json(path));
    if (!fields.text("format").equals(FORMAT)) {
      throw fields.wrong("format", "\"" + FORMAT + "\"; " + Fields.HOW);
    }
    ModelShape model = model(fields.object("model"));
    int examples = fields.integer("train_examples", 1);
    int runs = fields.integers("seeds").length;
    int[] steps = fields.integers("evaluated_steps");
    for (int i = 0; i < steps.length; i++) {
      if (i > 0 && steps[i] <= steps[i - 1]) {
        throw fields.wrong("evaluated_steps", "ascending steps");
      }
    }
    if (runs == 0 || steps.length < 2) {
      throw fields.wrong(runs == 0 ? "seeds" : "evaluated_steps", "more of them");
    }
    TensorFile file = TensorFile.read(folder.resolve("examples.safetensors"));
    long[] tokens = file.integers("tokens", examples, model.positions);
    long[] labels = file.integers("labels", examples);
    requireRange(file, "tokens", tokens, 0, model.vocabulary);
    requireRange(file, "labels", labels, 0, model.outputs);
    return new Experiment(
        folder,
        new Configuration(
            fields.text("name"),
            fields.text("yaml"),
            new Work(
                fields.number("useful_flops_per_step"),
                fields.number("naive_flops_per_step"),
                fields.number("bytes_per_step"))),
        model,
        optimizer(fields.object("optimizer")),
        examples,
        fields.integer("steps_per_epoch", 1),
        runs,
        tokens,
        labels,
        batches(fields, file, runs, examples),
        file.names().contains("positional")
            ? Optional.of(file.floats("positional", model.positions, model.dModel))
            : Optional.empty(),
        new ExpectedCurve(steps, fields.rows("train_losses", runs, steps.length)));
  }

  /**
   * Initial parameters of a run.
   *
   * @throws ExperimentException if they cannot be read
   */
  TensorFile initial(int run) {
    return TensorFile.read(
        folder.resolve(String.format(Locale.ROOT, "init-%04d.safetensors", run)));
  }

  private static JsonNode json(Path path) {
    try {
      return new JsonMapper().readTree(Files.readAllBytes(path));
    } catch (JacksonException e) {
      throw new ExperimentException(
          path + ":" + e.getLocation().getLineNr() + ": no valid JSON from here on");
    } catch (IOException e) {
      throw new ExperimentException(path + ": cannot be read (" + e + ")");
    }
  }

  private static ModelShape model(Fields fields) {
    return new ModelShape(
        fields.integer("layers", 1),
        fields.integer("d_model", 1),
        fields.integer("heads", 1),
        fields.integer("d_head", 1),
        fields.integer("d_mlp", 1),
        fields.choice("activation", List.of(Activation.RELU, Activation.GELU)),
        fields.choice("normalization", List.of(Normalization.values())),
        fields.number("normalization_epsilon"),
        fields.integer("vocabulary", 1),
        fields.integer("positions", 1),
        fields.integer("outputs", 1));
  }

  private static AdamWSettings optimizer(Fields fields) {
    return new AdamWSettings(
        fields.number("learning_rate"),
        fields.number("weight_decay"),
        fields.number("beta1"),
        fields.number("beta2"),
        fields.number("epsilon"),
        fields.integer("warmup_steps", 0));
  }

  private static Optional<long[][][]> batches(
      Fields fields, TensorFile file, int runs, int examples) {
    int batch = fields.integer("batch_examples", 1);
    int steps = fields.integer("steps", 1);
    if (batch > examples || file.names().contains("batches") == (batch == examples)) {
      throw fields.wrong(
          "batch_examples", "train_examples, or less and batches in examples.safetensors");
    }
    if (batch == examples) {
      return Optional.empty();
    }
    long[] all = file.integers("batches", runs, steps, batch);
    requireRange(file, "batches", all, -1, examples);
    long[][][] batches = new long[runs][steps][];
    for (int row = 0; row < runs * steps; row++) {
      long[] padded = Arrays.copyOfRange(all, row * batch, (row + 1) * batch);
      // The last batch of an epoch holds what is left, and then -1.
      int count = Math.toIntExact(Arrays.stream(padded).takeWhile(index -> index >= 0).count());
      if (count == 0 || Arrays.stream(padded).skip(count).anyMatch(index -> index >= 0)) {
        throw new ExperimentException(
            file.path()
                + ": batches["
                + row / steps
                + "]["
                + row % steps
                + "] must be examples, then -1");
      }
      batches[row / steps][row % steps] = Arrays.copyOf(padded, count);
    }
    return Optional.of(batches);
  }

  private static void requireRange(
      TensorFile file, String name, long[] values, long least, long end) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] < least || values[i] >= end) {
        throw new ExperimentException(
            file.path()
                + ": "
                + name
                + " holds "
                + values[i]
                + " at element "
                + i
                + ", expected "
                + least
                + " to "
                + (end - 1));
      }
    }
  }
}
