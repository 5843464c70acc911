package longrun.config;

import static longrun.config.ValueTypes.Bound.excluding;
import static longrun.config.ValueTypes.Bound.including;
import static longrun.config.ValueTypes.choice;
import static longrun.config.ValueTypes.constant;
import static longrun.config.ValueTypes.flag;
import static longrun.config.ValueTypes.list;
import static longrun.config.ValueTypes.number;
import static longrun.config.ValueTypes.whole;
import static longrun.config.ValueTypes.wholeLong;
import static longrun.config.ValueTypes.wholeOr;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.config.Key.Kind;
import longrun.config.ModelConfig.Mlp;
import longrun.config.ModelConfig.Transformer;
import longrun.config.TaskConfig.Modular;
import longrun.config.TaskConfig.Permutation;

/**
 * Every key of the configuration, each described once. Reading, error texts, the nearest key and
 * the written form all come from here; the order here is the order in which configurations are
 * written.
 *
 * <p>The upper bounds are far above what anyone trains here; they are there so that a slip of the
 * finger is an error and not an afternoon of swapping.
 */
public final class ConfigSchema {
  private static final int MAX_WIDTH = 16_384;
  private static final long MAX_STEPS = 1_000_000_000L;
  private static final List<Key<?>> KEYS = new ArrayList<>();

  static final Key<Kind> TASK_KIND =
      key(
          "task.kind",
          choice(List.of(Kind.MODULAR, Kind.PERMUTATION), Kind::value),
          Kind.MODULAR,
          c ->
              switch (c.task()) {
                case Modular _ -> Kind.MODULAR;
                case Permutation _ -> Kind.PERMUTATION;
              },
          "which family of tasks");
  static final Key<ModularOperation> MODULAR_OPERATION =
      modular(
          "operation",
          constant(ModularOperation.class),
          ModularOperation.ADD,
          Modular::operation,
          "operation on the integers modulo p");
  static final Key<Integer> MODULUS =
      modular("modulus", whole(2, 2000), 113, Modular::modulus, "p; operands are 0..p-1");
  static final Key<PermutationOperation> PERMUTATION_OPERATION =
      permutation(
          "operation",
          constant(PermutationOperation.class),
          PermutationOperation.COMPOSE,
          Permutation::operation,
          "operation on the permutations of degree things");
  static final Key<Integer> DEGREE =
      permutation("degree", whole(3, 6), 5, Permutation::degree, "5 is S5, of 120 elements");
  static final Key<SequenceFormat> FORMAT =
      key(
          "task.format",
          choice(List.of(SequenceFormat.values()), SequenceFormat::text),
          SequenceFormat.A_B_EQUALS,
          c -> c.task().format(),
          "tokens of an example");
  static final Key<Double> TRAIN_FRACTION =
      key(
          "task.train_fraction",
          number(excluding(0), including(1)),
          0.3,
          c -> c.task().trainFraction(),
          "floor(fraction * examples) train, the rest validate");
  static final Key<Long> SPLIT_SEED =
      key(
          "task.split_seed",
          wholeLong(Long.MIN_VALUE, Long.MAX_VALUE),
          0L,
          c -> c.task().splitSeed(),
          "which examples train, and which answers are noisy");
  static final Key<Double> LABEL_NOISE =
      key(
          "task.label_noise",
          number(including(0), including(1)),
          0.0,
          c -> c.task().labelNoise(),
          "share of the training answers made uniformly random");

  static final Key<Kind> MODEL_KIND =
      key(
          "model.kind",
          choice(List.of(Kind.TRANSFORMER, Kind.MLP), Kind::value),
          Kind.TRANSFORMER,
          c ->
              switch (c.model()) {
                case Transformer _ -> Kind.TRANSFORMER;
                case Mlp _ -> Kind.MLP;
              },
          "which family of models");
  static final Key<Integer> LAYERS =
      transformer("layers", whole(1, 64), 1, Transformer::layers, "blocks");
  static final Key<Integer> D_MODEL =
      transformer("d_model", whole(1, 4096), 128, Transformer::dModel, "residual width");
  static final Key<Integer> HEADS =
      transformer("heads", whole(1, 128), 4, Transformer::heads, "attention heads per layer");
  static final Key<Integer> D_HEAD =
      transformer("d_head", whole(1, 1024), 32, Transformer::dHead, "width of a head");
  static final Key<Integer> D_MLP =
      transformer("d_mlp", whole(1, MAX_WIDTH), 512, Transformer::dMlp, "hidden width per block");
  static final Key<List<Integer>> HIDDEN =
      mlp(
          "hidden",
          list(whole(1, MAX_WIDTH), 1, 64),
          List.of(200, 200),
          Mlp::hidden,
          "widths of the hidden layers");

  /** False, as in both MLPs that are published for these tasks; PyTorch's default would be true. */
  static final Key<Boolean> BIAS = mlp("bias", flag(), false, Mlp::bias, "biases in every layer");

  static final Key<Activation> ACTIVATION =
      key(
          "model.activation",
          constant(Activation.class),
          Activation.RELU,
          c -> c.model().activation(),
          "gelu is exact (erf)");
  static final Key<Normalization> NORMALIZATION =
      transformer(
          "normalization",
          constant(Normalization.class),
          Normalization.NONE,
          Transformer::normalization,
          "layer norm: pre (with a final one) or post");
  static final Key<Positional> POSITIONAL =
      transformer(
          "positional",
          constant(Positional.class),
          Positional.LEARNED,
          Transformer::positional,
          "position embedding");
  static final Key<Boolean> ATTENTION_BIAS =
      transformer(
          "attention_bias", flag(), false, Transformer::attentionBias, "b_Q, b_K, b_V, b_O");
  static final Key<Boolean> MLP_BIAS =
      transformer("mlp_bias", flag(), true, Transformer::mlpBias, "b_in, b_out");
  static final Key<Boolean> UNEMBED_BIAS =
      transformer("unembed_bias", flag(), false, Transformer::unembedBias, "b_U");
  static final Key<Boolean> UNEMBED_ALL_TOKENS =
      transformer(
          "unembed_all_tokens",
          flag(),
          true,
          Transformer::unembedAllTokens,
          "logits over the whole vocabulary, not only the answers");
  static final Key<Initialization> INITIALIZATION =
      key(
          "model.initialization",
          constant(Initialization.class),
          Initialization.NORMAL_FAN_IN,
          c -> c.model().initialization(),
          "uniform_fan_in is PyTorch's, normal_d_model Nanda et al.'s");
  static final Key<Double> INITIALIZATION_SCALE =
      key(
          "model.initialization_scale",
          number(excluding(0), including(1e6)),
          1.0,
          c -> c.model().initializationScale(),
          "multiplies every initial weight and embedding");

  static final Key<OptimizerKind> OPTIMIZER_KIND =
      optimizer(
          "kind",
          constant(OptimizerKind.class),
          OptimizerKind.ADAMW,
          OptimizerConfig::kind,
          "adamw: decoupled weight decay; adam: L2 in the gradient");
  static final Key<Double> LEARNING_RATE =
      optimizer(
          "learning_rate",
          number(excluding(0), including(1e3)),
          1e-3,
          OptimizerConfig::learningRate,
          "after warm-up");
  static final Key<Double> WEIGHT_DECAY =
      optimizer(
          "weight_decay",
          number(including(0), including(1e6)),
          1.0,
          OptimizerConfig::weightDecay,
          "of every parameter");
  static final Key<List<Double>> BETAS =
      optimizer(
          "betas",
          list(number(including(0), excluding(1)), 2, 2),
          List.of(0.9, 0.98),
          o -> List.of(o.beta1(), o.beta2()),
          "decay of the first and the second moment");

  /** Below 1e-37 an fp32 engine would divide zero by zero. */
  static final Key<Double> EPSILON =
      optimizer(
          "epsilon",
          number(including(1e-37), including(1)),
          1e-8,
          OptimizerConfig::epsilon,
          "added to the root of the second moment");

  static final Key<Integer> WARMUP_STEPS =
      optimizer(
          "warmup_steps",
          whole(0, (int) MAX_STEPS),
          10,
          OptimizerConfig::warmupSteps,
          "learning_rate * min(1, step / warmup_steps); 0: none");
  static final Key<Double> GROKFAST_ALPHA =
      key(
          "optimizer.grokfast_ema.alpha",
          number(including(0), excluding(1)),
          0.98,
          Optional.empty(),
          c -> c.optimizer().grokfastEma().map(OptimizerConfig.GrokfastEma::alpha),
          "decay of the average of the gradient");
  static final Key<Double> GROKFAST_LAMBDA =
      key(
          "optimizer.grokfast_ema.lambda",
          number(including(0), including(1e6)),
          2.0,
          Optional.empty(),
          c -> c.optimizer().grokfastEma().map(OptimizerConfig.GrokfastEma::lambda),
          "how much of the average is added to the gradient");
  static final Key<Boolean> ORTHOGONAL_GRADIENT =
      optimizer(
          "orthogonal_gradient",
          flag(),
          false,
          OptimizerConfig::orthogonalGradient,
          "remove each tensor's gradient along its weights, keep the norm");

  static final Key<Long> SEED =
      key(
          "training.seed",
          wholeLong(Long.MIN_VALUE, Long.MAX_VALUE),
          0L,
          c -> c.training().seed(),
          "of the initialisation and the batch order");
  static final Key<Long> STEPS =
      key("training.steps", wholeLong(0, MAX_STEPS), 40_000L, c -> c.training().steps(), "updates");
  static final Key<OptionalInt> BATCH_SIZE =
      key(
          "training.batch_size",
          wholeOr("full", 1, 10_000_000),
          OptionalInt.empty(),
          c -> c.training().batchSize(),
          "training examples per step; each epoch a fresh permutation");
  static final Key<Loss> LOSS =
      key(
          "training.loss",
          constant(Loss.class),
          Loss.CROSS_ENTROPY,
          c -> c.training().loss(),
          "mse: mean over examples and classes, one-hot targets");
  static final Key<Precision> PRECISION =
      key(
          "training.precision",
          constant(Precision.class),
          Precision.FP32,
          c -> c.training().precision(),
          "of the matrix products, where the engine has it");

  static final Key<Integer> EVALUATE_EVERY =
      key(
          "evaluation.every",
          whole(1, (int) MAX_STEPS),
          10,
          c -> c.evaluation().every(),
          "steps between evaluations");
  static final Key<Double> ACCURACY_THRESHOLD =
      key(
          "evaluation.accuracy_threshold",
          number(excluding(0), including(1)),
          0.99,
          c -> c.evaluation().accuracyThreshold(),
          "accuracy that counts as memorised (train) or grokked (validation)");
  static final Key<Integer> CONSECUTIVE =
      key(
          "evaluation.consecutive",
          whole(1, 10_000),
          3,
          c -> c.evaluation().consecutive(),
          "evaluations in a row that have to reach it");
  static final Key<Integer> CHECKPOINT_EVERY =
      key(
          "checkpoint.every",
          whole(1, (int) MAX_STEPS),
          1000,
          c -> c.checkpoint().every(),
          "steps between checkpoints");
  static final Key<Integer> KEEP =
      key("checkpoint.keep", whole(1, 10_000), 3, c -> c.checkpoint().keep(), "newest kept");
  static final Key<Long> AFTER_GROKKING_STEPS =
      key(
          "stop.after_grokking_steps",
          wholeLong(0, MAX_STEPS),
          500L,
          Optional.empty(),
          c -> c.stop().map(StopConfig::afterGrokkingSteps),
          "go on this long after grokking, then end the run");

  /** Sections that are absent unless written. */
  static final List<String> OPTIONAL_SECTIONS = List.of("optimizer.grokfast_ema", "stop");

  private ConfigSchema() {}

  /** Paths that an axis can have: every key, and the sections that may be absent as a whole. */
  public static List<String> paths() {
    return Stream.concat(KEYS.stream().map(Key::path), OPTIONAL_SECTIONS.stream())
        .distinct()
        .toList();
  }

  /** Every key in the order in which they are written. */
  static List<Key<?>> keys() {
    return List.copyOf(KEYS);
  }

  /** Keys with that path: none, one, or one for each kind that has it. */
  static List<Key<?>> keysAt(String path) {
    return Lookup.KEYS_BY_PATH.getOrDefault(path, List.of());
  }

  /** Whether keys stand below that path. */
  static boolean isSection(String path) {
    return Lookup.SECTIONS.contains(path);
  }

  /** Made once all keys are there: sweeps read thousands of configurations. */
  private static final class Lookup {
    static final Map<String, List<Key<?>>> KEYS_BY_PATH =
        KEYS.stream().collect(Collectors.groupingBy(Key::path, Collectors.toUnmodifiableList()));

    static final Set<String> SECTIONS = new HashSet<>();

    static {
      for (Key<?> key : KEYS) {
        String path = key.path();
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
          SECTIONS.add(path.substring(0, dot));
        }
      }
    }
  }

  /** Whether a key or a section has that path. */
  static boolean isKnown(String path) {
    return isSection(path) || !keysAt(path).isEmpty();
  }

  /** Names that may stand directly in a section, in order; the root's path is empty. */
  static List<String> namesIn(String section) {
    String prefix = section.isEmpty() ? "" : section + ".";
    return KEYS.stream()
        .map(Key::path)
        .filter(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()).split("\\.", 2)[0])
        .distinct()
        .toList();
  }

  /** Every key with its default, what is allowed and what it means: one line each, for people. */
  public static List<String> describe() {
    return KEYS.stream().map(ConfigSchema::describe).toList();
  }

  private static <T> String describe(Key<T> key) {
    return key.path()
        + ": "
        + key.type().write(key.defaultValue())
        + "  # "
        + key.doc()
        + key.only().map(kind -> " (" + kind.path() + " " + kind.value() + ")").orElse("")
        + "; "
        + key.type().allowed();
  }

  private static <T> Key<T> key(
      String path, ValueType<T> type, T defaultValue, Function<RunConfig, T> getter, String doc) {
    return key(path, type, defaultValue, Optional.empty(), c -> Optional.of(getter.apply(c)), doc);
  }

  private static <T> Key<T> key(
      String path,
      ValueType<T> type,
      T defaultValue,
      Optional<Kind> only,
      Function<RunConfig, Optional<T>> getter,
      String doc) {
    Key<T> key = new Key<>(path, type, defaultValue, only, getter, doc);
    KEYS.add(key);
    return key;
  }

  private static <T> Key<T> modular(
      String name, ValueType<T> type, T defaultValue, Function<Modular, T> getter, String doc) {
    return key(
        "task." + name,
        type,
        defaultValue,
        Optional.of(Kind.MODULAR),
        c -> c.task() instanceof Modular task ? Optional.of(getter.apply(task)) : Optional.empty(),
        doc);
  }

  private static <T> Key<T> permutation(
      String name, ValueType<T> type, T defaultValue, Function<Permutation, T> getter, String doc) {
    return key(
        "task." + name,
        type,
        defaultValue,
        Optional.of(Kind.PERMUTATION),
        c ->
            c.task() instanceof Permutation task
                ? Optional.of(getter.apply(task))
                : Optional.empty(),
        doc);
  }

  private static <T> Key<T> transformer(
      String name, ValueType<T> type, T defaultValue, Function<Transformer, T> getter, String doc) {
    return key(
        "model." + name,
        type,
        defaultValue,
        Optional.of(Kind.TRANSFORMER),
        c ->
            c.model() instanceof Transformer model
                ? Optional.of(getter.apply(model))
                : Optional.empty(),
        doc);
  }

  private static <T> Key<T> mlp(
      String name, ValueType<T> type, T defaultValue, Function<Mlp, T> getter, String doc) {
    return key(
        "model." + name,
        type,
        defaultValue,
        Optional.of(Kind.MLP),
        c -> c.model() instanceof Mlp model ? Optional.of(getter.apply(model)) : Optional.empty(),
        doc);
  }

  private static <T> Key<T> optimizer(
      String name,
      ValueType<T> type,
      T defaultValue,
      Function<OptimizerConfig, T> getter,
      String doc) {
    return key("optimizer." + name, type, defaultValue, c -> getter.apply(c.optimizer()), doc);
  }
}
