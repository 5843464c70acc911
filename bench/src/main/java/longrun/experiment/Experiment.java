package longrun.experiment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import longrun.config.Activation;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.config.Positional;
import longrun.config.RunConfig;
import longrun.engine.BatchOrder;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Session;
import longrun.measure.Work;
import longrun.plan.Planner;
import longrun.reference.SinusoidalPositions;
import longrun.store.Safetensors;
import longrun.train.InitialState;
import longrun.train.PreparedRun;

/**
 * Runs of a configuration that differ in their seed, for other programs to train.
 *
 * <pre>
 *   experiment.json       configuration, sizes, hyperparameters; losses to arrive at
 *   examples.safetensors  tokens I32 [examples, positions], labels I32 [examples]: what trains
 *                         batches I32 [runs, steps, batch]: which examples a step reads, −1 where
 *                         the last batch of an epoch has no more; not there if all are read
 *                         positional F32 [positions, d_model], where positions are fixed
 *   init-0000.safetensors initial parameters of each run, F32, by their names in longrun
 * </pre>
 *
 * @param name of the configuration
 * @param runs at least one; the first has the configuration's own seed
 */
record Experiment(String name, List<PreparedRun> runs) {
  private static final String FORMAT = "longrun experiment 1";
  private static final List<Integer> EVALUATED_STEPS = List.of(0, 1, 2, 5, 10, 20, 50);
  private static final double NORMALIZATION_EPSILON = 1e-5;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException if it is none that other programs are written for
   */
  static Experiment of(Path config, List<String> overrides, int runs) {
    RunConfig first = ConfigReader.read(config, overrides);
    if (!(first.model() instanceof ModelConfig.Transformer model)) {
      throw new IllegalArgumentException(config + ": model.kind must be transformer");
    }
    if (model.activation() == Activation.SQUARE) {
      throw new IllegalArgumentException(
          config + ": model.activation=square: the others know relu and gelu alone");
    }
    OptimizerConfig optimizer = first.optimizer();
    if (optimizer.kind() != OptimizerKind.ADAMW
        || optimizer.grokfastEma().isPresent()
        || optimizer.orthogonalGradient()
        || first.training().loss() != Loss.CROSS_ENTROPY) {
      throw new IllegalArgumentException(
          config + ": the others know adamw, without filters, and cross_entropy alone");
    }
    long seed = first.training().seed();
    return new Experiment(
        config.getFileName().toString().replaceFirst("\\.(yaml|yml|json)$", ""),
        IntStream.range(0, runs)
            .mapToObj(run -> List.of("training.seed=" + (seed + run)))
            .map(change -> PreparedRun.of(ConfigReader.override(first, change), Optional.empty()))
            .toList());
  }

  /**
   * Writes the folder, which must not exist; if that fails, it does not exist afterwards either.
   *
   * @param engine computes the losses
   */
  void write(Path folder, Engine engine) throws IOException {
    Files.createDirectories(folder.toAbsolutePath().getParent());
    Files.createDirectory(folder);
    boolean done = false;
    try {
      writeFiles(folder, engine);
      done = true;
    } finally {
      if (!done) {
        remove(folder);
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(folder)) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  private void writeFiles(Path folder, Engine engine) throws IOException {
    examples().write(folder.resolve("examples.safetensors"));
    for (int run = 0; run < runs.size(); run++) {
      Safetensors.write(
          folder.resolve(String.format(Locale.ROOT, "init-%04d.safetensors", run)),
          InitialState.of(runs.get(run), Optional.empty(), Float.SIZE).parameters(),
          Float.SIZE,
          Map.of());
    }
    // Last, so that a folder that has it is whole.
    Files.write(
        folder.resolve("experiment.json"), JSON.writeValueAsBytes(description(losses(engine))));
  }

  private PreparedRun first() {
    return runs.getFirst();
  }

  private ModelConfig.Transformer model() {
    return (ModelConfig.Transformer) first().config().model();
  }

  private ExampleTensors examples() {
    PreparedRun run = first();
    int[] train = run.split().train();
    int positions = run.dataset().context();
    int[] tokens = new int[train.length * positions];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = run.dataset().token(train[i / positions], i % positions);
    }
    int[] labels = Arrays.stream(train).map(example -> run.labels()[example]).toArray();
    ExampleTensors tensors =
        new ExampleTensors()
            .add("tokens", List.of(train.length, positions), tokens)
            .add("labels", List.of(train.length), labels);
    if (!run.cohort().fullBatch()) {
      int batch = run.cohort().batchExamples();
      tensors.add("batches", List.of(runs.size(), EVALUATED_STEPS.getLast(), batch), batches());
    }
    if (model().positional() == Positional.SINUSOIDAL) {
      tensors.add("positional", List.of(positions, model().dModel()), positional(positions));
    }
    return tensors;
  }

  private int[] batches() {
    int examples = first().cohort().batchExamples();
    int steps = EVALUATED_STEPS.getLast();
    int[] all = new int[runs.size() * steps * examples];
    Arrays.fill(all, -1);
    int[] batch = new int[examples];
    for (int run = 0; run < runs.size(); run++) {
      BatchOrder order =
          new BatchOrder(
              runs.get(run).config().training().seed(), first().cohort().trainExamples(), examples);
      for (int step = 0; step < steps; step++) {
        int count = order.batch(step, batch);
        System.arraycopy(batch, 0, all, (run * steps + step) * examples, count);
      }
    }
    return all;
  }

  private float[] positional(int positions) {
    int d = model().dModel();
    float[] values = new float[positions * d];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) SinusoidalPositions.value(i / d, i % d, d);
    }
    return values;
  }

  /** double[runs][evaluated steps]: loss over all training examples. */
  private List<List<Double>> losses(Engine engine) {
    List<List<Double>> losses = runs.stream().<List<Double>>map(_ -> new ArrayList<>()).toList();
    try (Session session = engine.open(first().cohort(), runs.size())) {
      for (int run = 0; run < runs.size(); run++) {
        PreparedRun prepared = runs.get(run);
        session.load(run, prepared.run(), InitialState.of(prepared, Optional.empty(), Float.SIZE));
      }
      int done = 0;
      for (int step : EVALUATED_STEPS) {
        session.advance(step - done);
        done = step;
        for (Evaluation evaluation : session.evaluate()) {
          losses.get(evaluation.slot()).add(evaluation.trainLoss());
        }
      }
    }
    return losses;
  }

  private ObjectNode description(List<List<Double>> losses) {
    RunConfig config = first().config();
    Work work = Work.of(Planner.plan(first().cohort()));
    int train = first().cohort().trainExamples();
    int batch = first().cohort().batchExamples();
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT)
        .put("name", name)
        .put("yaml", ConfigWriter.toYaml(config))
        .put("useful_flops_per_step", work.usefulFlops())
        .put("naive_flops_per_step", work.naiveFlops())
        .put("bytes_per_step", work.bytes());
    put(root.putObject("model"));
    OptimizerConfig optimizer = config.optimizer();
    root.putObject("optimizer")
        .put("learning_rate", optimizer.learningRate())
        .put("weight_decay", optimizer.weightDecay())
        .put("beta1", optimizer.beta1())
        .put("beta2", optimizer.beta2())
        .put("epsilon", optimizer.epsilon())
        .put("warmup_steps", optimizer.warmupSteps());
    root.put("train_examples", train)
        .put("batch_examples", batch)
        .put("steps", EVALUATED_STEPS.getLast())
        .put("steps_per_epoch", Math.ceilDiv(train, batch));
    ArrayNode seeds = root.putArray("seeds");
    runs.forEach(run -> seeds.add(run.config().training().seed()));
    root.set("evaluated_steps", JSON.valueToTree(EVALUATED_STEPS));
    root.set("train_losses", JSON.valueToTree(losses));
    return root;
  }

  private void put(ObjectNode node) {
    ModelConfig.Transformer model = model();
    node.put("layers", model.layers())
        .put("d_model", model.dModel())
        .put("heads", model.heads())
        .put("d_head", model.dHead())
        .put("d_mlp", model.dMlp())
        .put("activation", model.activation().name().toLowerCase(Locale.ROOT))
        .put("normalization", model.normalization().name().toLowerCase(Locale.ROOT))
        .put("normalization_epsilon", NORMALIZATION_EPSILON)
        .put("vocabulary", first().dataset().vocabulary())
        .put("positions", first().dataset().context())
        .put("outputs", first().model().outputs());
  }
}
