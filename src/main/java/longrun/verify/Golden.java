package longrun.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.model.Model;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.store.Safetensors;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Labels;
import longrun.task.Split;
import longrun.task.Splits;

/**
 * A run that PyTorch's autograd computed in float64, outside this project: its configuration, split
 * and initial parameters, and what came out. Everything is read from files; nothing is computed.
 *
 * @param name of the fixture's folder
 * @param config its spec.json
 * @param initialParameters in the model's order, as all tensors here
 * @param gradientsAtInit of the loss over the whole training set, without decay or filters
 * @param parametersAfter1 after one step
 * @param parametersAfter20 after twenty
 * @param rows steps 0 to 20
 */
public record Golden(
    String name,
    RunConfig config,
    Dataset dataset,
    Split split,
    Model model,
    Cohort cohort,
    Tensors initialParameters,
    Tensors gradientsAtInit,
    Tensors parametersAfter1,
    Tensors parametersAfter20,
    List<Row> rows) {

  /** All there are. */
  public static final List<String> NAMES =
      List.of(
          "mlp_square_mse",
          "mlp_stablemax_orthogonal",
          "one_layer_grokfast",
          "one_layer_no_norm",
          "two_layer_post_norm",
          "two_layer_pre_norm_biases");

  private static final int STEPS = 20;

  /** What was seen after {@code step} updates. */
  public record Row(
      long step,
      double trainLoss,
      double trainAccuracy,
      double validationLoss,
      double validationAccuracy,
      double weightNorm) {}

  public Golden {
    rows = List.copyOf(rows);
    if (rows.size() != STEPS + 1) {
      throw new IllegalArgumentException(name + " has rows=" + rows.size());
    }
  }

  /** Reads a fixture, which the program carries with it. */
  public static Golden load(String name) {
    Path folder = folder(name);
    RunConfig config = ConfigReader.read(folder.resolve("spec.json"), List.of());
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.readIndices(folder.resolve("train_indices.txt"), dataset);
    Model model = Model.of(config.model(), dataset);
    return new Golden(
        name,
        config,
        dataset,
        split,
        model,
        Cohort.of(config, dataset, model, split.train().length),
        tensors(folder.resolve("init.safetensors"), model),
        tensors(folder.resolve("gradients_at_init.safetensors"), model),
        tensors(folder.resolve("parameters_after_1.safetensors"), model),
        tensors(folder.resolve("parameters_after_20.safetensors"), model),
        rows(folder.resolve("expected.json")));
  }

  /** What a slot computes. */
  public Run run() {
    return new Run(config, split, Labels.of(config.task(), dataset, split));
  }

  /** Step 0. */
  public RunState initialState() {
    return new RunState(
        0,
        initialParameters,
        Tensors.zeros(model.parameters()),
        Tensors.zeros(model.parameters()),
        cohort.gradientEma() ? Optional.of(Tensors.zeros(model.parameters())) : Optional.empty());
  }

  /** The folder of a fixture, in the class folder or in the jar. */
  public static Path folder(String name) {
    URL url = Golden.class.getResource("/golden/" + name + "/spec.json");
    if (url == null) {
      throw new IllegalArgumentException("no golden fixture name=" + name);
    }
    try {
      URI uri = url.toURI();
      if (uri.getScheme().equals("jar")) {
        openJar(uri);
      }
      return Path.of(uri).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("url=" + url, e);
    }
  }

  /** Makes paths into the jar possible; it stays open as long as the program runs. */
  private static void openJar(URI uri) {
    try {
      FileSystems.newFileSystem(uri, Map.of());
    } catch (FileSystemAlreadyExistsException e) {
      // Opened for a fixture before.
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(uri.toString(), e);
    }
  }

  /** A file's tensors, put into the model's order; names and shapes must be the model's. */
  private static Tensors tensors(Path file, Model model) {
    Tensors read = Safetensors.read(file).tensors();
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    for (ParameterSpec spec : model.parameters()) {
      Tensor tensor = read.get(spec.name());
      if (!tensor.shape().equals(spec.shape())) {
        throw new IllegalStateException(
            file + " " + spec.name() + " shape=" + tensor.shape() + " model=" + spec.shape());
      }
      ordered.put(spec.name(), tensor);
    }
    if (!read.asMap().keySet().equals(ordered.keySet())) {
      throw new IllegalStateException(
          file + " has " + read.asMap().keySet() + ", the model " + ordered.keySet());
    }
    return new Tensors(ordered);
  }

  private static List<Row> rows(Path file) {
    try {
      List<Row> rows = new ArrayList<>();
      for (JsonNode row : new ObjectMapper().readTree(Files.readString(file)).required("rows")) {
        rows.add(
            new Row(
                row.required("step").longValue(),
                number(row, "train_loss"),
                number(row, "train_accuracy"),
                number(row, "validation_loss"),
                number(row, "validation_accuracy"),
                number(row, "weight_norm")));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** A number that is there: a missing one would otherwise read as 0. */
  private static double number(JsonNode row, String key) {
    JsonNode value = row.required(key);
    if (!value.isNumber()) {
      throw new IllegalStateException(key + "=" + value + " in " + row);
    }
    return value.doubleValue();
  }
}
