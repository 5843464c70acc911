package longrun.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import longrun.config.ModelConfig;
import longrun.config.Precision;
import longrun.config.RunConfig;
import longrun.config.TrainingConfig;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.reference.ReferenceEngine;

/**
 * What holds for every planned engine, in every precision that it has: PyTorch's fixtures, single
 * steps against the reference engine, and the laws of slots.
 */
public final class EngineCases {
  /** For tensors whose gradient is 0 in theory; see {@link NormError}. */
  private static final double FLOOR = 1e-2;

  /** The fixtures have float64 behind them, and fp32 sums over at most a few hundred terms. */
  private static final double GOLDEN_FP32 = 1e-5;

  /** Squares through several layers without normalisation come to 5e-5 in fp32. */
  private static final double STEP_FP32 = 1e-4;

  /**
   * Rounding to tf32 is off by 2⁻¹¹ at most in each factor of a product; see
   * kernels/matmul/matmul_tf32.cu.
   */
  private static final double TF32_PRODUCT = 0x1p-10;

  /**
   * Where terms cancel, or an activation has a kink, tf32 may be further off: by a few times of
   * what the reference's own result moves by when each parameter is off by one such rounding.
   * Parameters are one factor of each product; the other one is rounded too, and so are gradients.
   */
  private static final double TF32_ROUNDINGS = 6;

  /** Losses are means, in which errors of both signs meet. */
  private static final double TF32_LOSS = 2e-3;

  private static final int LAW_STEPS = 20;

  private static final String[] MODELS = {
    "{kind: transformer, layers: 1, d_model: 32, heads: 4, d_head: 8, d_mlp: 64}",
    "{kind: transformer, layers: 2, d_model: 33, heads: 3, d_head: 11, d_mlp: 40,"
        + " activation: gelu, normalization: pre, attention_bias: true}",
    "{kind: transformer, layers: 2, d_model: 24, heads: 2, d_head: 5, d_mlp: 31,"
        + " normalization: post, positional: sinusoidal, mlp_bias: false, unembed_bias: true}",
    "{kind: transformer, layers: 3, d_model: 9, heads: 1, d_head: 9, d_mlp: 12,"
        + " activation: square, positional: none, unembed_all_tokens: false}",
    "{kind: mlp, hidden: [40, 24], activation: relu}",
    "{kind: mlp, hidden: [33], activation: square, bias: false}",
    "{kind: mlp, hidden: [7, 64, 3], activation: gelu}"
  };

  private static final String[][] OPTIONS = {
    {},
    {"training.batch_size=16"},
    {"training.batch_size=5", "training.loss=mse", "optimizer.kind=adam"},
    {"training.loss=stablemax", "optimizer.orthogonal_gradient=true"},
    {"training.batch_size=16", "optimizer.grokfast_ema={alpha: 0.9, lambda: 2.0}"},
    {
      "task.format=a op b =",
      "training.batch_size=20",
      "optimizer.grokfast_ema={alpha: 0.9, lambda: 1.0}",
      "optimizer.orthogonal_gradient=true"
    }
  };

  private EngineCases() {}

  /** Every case in a precision. */
  public static List<EngineCase> all(Precision precision) {
    List<EngineCase> cases = new ArrayList<>();
    for (String name : Golden.NAMES) {
      cases.add(golden(name, precision, "gradients"));
      cases.add(golden(name, precision, "losses"));
    }
    int number = 0;
    for (String model : MODELS) {
      for (String[] options : OPTIONS) {
        cases.add(step(model, options, number++, precision));
      }
    }
    cases.add(
        new EngineCase(group("slots", precision), "batched is alone", e -> batched(e, precision)));
    cases.add(
        new EngineCase(
            group("slots", precision),
            "a slot that diverges changes no neighbour",
            e -> divergence(e, precision)));
    cases.add(
        new EngineCase(
            group("determinism", precision),
            "three times the same bits",
            e -> repeated(e, precision)));
    cases.add(
        new EngineCase(
            group("resume", precision),
            "interrupted is uninterrupted",
            e -> interrupted(e, precision)));
    return List.copyOf(cases);
  }

  private static String group(String what, Precision precision) {
    return what + " " + precision.name().toLowerCase(Locale.ROOT);
  }

  private static EngineCase golden(String name, Precision precision, String what) {
    return new EngineCase(
        group("goldens", precision),
        name + ": " + what,
        engine -> {
          Golden golden = Golden.load(name);
          Cohort cohort = in(precision, golden.cohort());
          try (Session session = engine.open(cohort, 1)) {
            session.load(0, in(precision, golden.run()), golden.initialState());
            return what.equals("gradients")
                ? norms(
                    "gradients",
                    golden.gradientsAtInit(),
                    session.gradients(0),
                    precision == Precision.FP32 ? GOLDEN_FP32 : chained(golden.config().model()))
                : losses(session, golden, precision == Precision.FP32 ? GOLDEN_FP32 : TF32_LOSS);
          }
        });
  }

  private static Outcome losses(Session session, Golden golden, double tolerance) {
    Comparison comparison = new Comparison(tolerance);
    for (Golden.Row row : golden.rows()) {
      Evaluation seen = session.evaluate().getFirst();
      String at = golden.name() + " step " + row.step() + ": ";
      comparison.same(at + "step", seen.step(), row.step());
      compare(comparison, at + "training loss", seen.trainLoss(), row.trainLoss());
      compare(comparison, at + "validation loss", seen.validationLoss(), row.validationLoss());
      compare(comparison, at + "weight norm", seen.weightNorm(), row.weightNorm());
      session.advance(1);
    }
    return comparison.outcome();
  }

  private static void compare(Comparison comparison, String what, double actual, double expected) {
    comparison.compare(what, actual, expected, Math.abs(expected));
  }

  private static EngineCase step(String model, String[] options, int number, Precision precision) {
    List<String> overrides = new ArrayList<>(List.of(options));
    overrides.add("training.seed=" + number);
    return new EngineCase(
        group("steps", precision),
        model + " " + String.join(" ", overrides),
        engine -> {
          SmallRun small = SmallRun.of(model, overrides);
          RunState state = small.middleState();
          Stepped expected = step(new ReferenceEngine(), small, state, Precision.FP32);
          Stepped actual = step(engine, small, state, precision);
          if (precision == Precision.FP32) {
            return worst(expected, actual, Stepped.PARTS, part -> STEP_FP32);
          }
          Stepped moved =
              step(new ReferenceEngine(), small, small.movedByTf32(state), Precision.FP32);
          return worst(
              expected,
              actual,
              Stepped.PARTS,
              part ->
                  Math.max(
                      chained(small.run().config().model()),
                      TF32_ROUNDINGS
                          * NormError.largest(part.apply(expected), part.apply(moved), FLOOR)));
        });
  }

  /** Rounding errors of as many products as lie behind one another, if none of them cancel. */
  private static double chained(ModelConfig model) {
    int products =
        switch (model) {
          // Forward: values, attention's output and two of the MLP in each layer, and the logits.
          case ModelConfig.Transformer transformer -> 2 * (4 * transformer.layers() + 1) + 1;
          case ModelConfig.Mlp mlp -> 2 * (mlp.hidden().size() + 1) + 1;
        };
    return products * TF32_PRODUCT;
  }

  private record Stepped(Tensors gradients, RunState after) {
    static final List<Function<Stepped, Tensors>> PARTS =
        List.of(
            Stepped::gradients, Stepped::parameters, Stepped::firstMoment, Stepped::secondMoment);

    Tensors parameters() {
      return after.parameters();
    }

    Tensors firstMoment() {
      return after.firstMoment();
    }

    Tensors secondMoment() {
      return after.secondMoment();
    }
  }

  private static Stepped step(Engine engine, SmallRun small, RunState state, Precision precision) {
    try (Session session = engine.open(in(precision, small.cohort()), 1)) {
      session.load(0, in(precision, small.run()), state);
      Tensors gradients = session.gradients(0);
      session.advance(1);
      return new Stepped(gradients, session.save(0));
    }
  }

  /** Runs that differ in everything that may differ within a cohort. */
  private static SmallRun lawRun(int number, Precision precision) {
    double[] rates = {1e-2, 3e-3, 1e-3, 5e-2, 2e-2};
    double[] decays = {0.1, 1, 0, 0.5, 0.3};
    return SmallRun.of(
        MODELS[1],
        List.of(
            "training.precision=" + precision.name().toLowerCase(Locale.ROOT),
            "training.seed=" + number,
            "training.batch_size=16",
            "task.split_seed=" + number,
            "optimizer.learning_rate=" + rates[number],
            "optimizer.weight_decay=" + decays[number],
            "optimizer.warmup_steps=" + 3 * number,
            "optimizer.grokfast_ema={alpha: 0.9, lambda: 1.5}"));
  }

  private static RunState alone(Engine engine, SmallRun small) {
    try (Session session = engine.open(small.cohort(), 1)) {
      session.load(0, small.run(), small.initialState());
      session.advance(LAW_STEPS);
      return session.save(0);
    }
  }

  private static Outcome batched(Engine engine, Precision precision) {
    Comparison comparison = new Comparison(0);
    int[] order = {3, 0, 4, 2, 1};
    try (Session session = engine.open(lawRun(0, precision).cohort(), order.length + 1)) {
      for (int slot = 0; slot < order.length; slot++) {
        SmallRun small = lawRun(order[slot], precision);
        session.load(slot, small.run(), small.initialState());
      }
      session.advance(LAW_STEPS);
      for (int slot = 0; slot < order.length; slot++) {
        sameBits(
            comparison,
            "slot " + slot,
            session.save(slot),
            alone(engine, lawRun(order[slot], precision)));
      }
    }
    return comparison.outcome();
  }

  private static Outcome divergence(Engine engine, Precision precision) {
    Comparison comparison = new Comparison(0);
    SmallRun good = lawRun(1, precision);
    SmallRun bad = lawRun(0, precision);
    RunState initial = bad.initialState();
    Map<String, Tensor> broken = new LinkedHashMap<>(initial.parameters().asMap());
    // Finite, but the first loss is not.
    broken.computeIfPresent(
        "unembed.W_U",
        (_, tensor) -> {
          double[] values = tensor.values().clone();
          Arrays.fill(values, 1e38);
          return new Tensor(tensor.shape(), values);
        });
    try (Session session = engine.open(good.cohort(), 2)) {
      session.load(
          0,
          bad.run(),
          new RunState(
              0,
              new Tensors(broken),
              initial.firstMoment(),
              initial.secondMoment(),
              initial.gradientEma()));
      session.load(1, good.run(), good.initialState());
      session.advance(LAW_STEPS);
      List<Evaluation> seen = session.evaluate();
      comparison.same("slot 0 diverged", seen.get(0).diverged() ? 1 : 0, 1);
      comparison.same("slot 1 diverged", seen.get(1).diverged() ? 1 : 0, 0);
      sameBits(comparison, "its neighbour", session.save(1), alone(engine, good));
    }
    return comparison.outcome();
  }

  private static Outcome repeated(Engine engine, Precision precision) {
    Comparison comparison = new Comparison(0);
    SmallRun small = lawRun(2, precision);
    RunState first = alone(engine, small);
    for (int i = 1; i < 3; i++) {
      sameBits(comparison, "time " + (i + 1), alone(engine, small), first);
    }
    return comparison.outcome();
  }

  private static Outcome interrupted(Engine engine, Precision precision) {
    Comparison comparison = new Comparison(0);
    SmallRun small = lawRun(3, precision);
    RunState whole = alone(engine, small);
    for (int at : new int[] {0, 1, 7, LAW_STEPS - 1}) {
      RunState middle;
      try (Session session = engine.open(small.cohort(), 1)) {
        session.load(0, small.run(), small.initialState());
        session.advance(at);
        middle = session.save(0);
      }
      try (Session session = engine.open(small.cohort(), 2)) {
        session.load(1, small.run(), middle);
        session.advance(LAW_STEPS - at);
        sameBits(comparison, "interrupted at " + at, session.save(1), whole);
      }
    }
    return comparison.outcome();
  }

  private static void sameBits(
      Comparison comparison, String what, RunState actual, RunState expected) {
    comparison.same(what + ": step", actual.step(), expected.step());
    sameBits(comparison, what + ": ", actual.parameters(), expected.parameters());
    sameBits(comparison, what + ": m of ", actual.firstMoment(), expected.firstMoment());
    sameBits(comparison, what + ": v of ", actual.secondMoment(), expected.secondMoment());
    Optional<Tensors> ema = expected.gradientEma();
    ema.ifPresent(
        wanted ->
            sameBits(comparison, what + ": EMA of ", actual.gradientEma().orElseThrow(), wanted));
  }

  private static void sameBits(
      Comparison comparison, String what, Tensors actual, Tensors expected) {
    expected
        .asMap()
        .forEach(
            (name, tensor) -> {
              double[] given = actual.get(name).values();
              for (int i = 0; i < given.length; i++) {
                comparison.sameBits(
                    what + name + "[" + i + "]", (float) given[i], (float) tensor.values()[i]);
              }
            });
  }

  private static Outcome norms(String what, Tensors expected, Tensors actual, double tolerance) {
    double error = NormError.largest(expected, actual, FLOOR);
    return new Outcome(
        Double.isNaN(error) ? Double.POSITIVE_INFINITY : error,
        tolerance,
        error <= tolerance
            ? Optional.empty()
            : Optional.of(what + " are off by " + error + " in relative norm"));
  }

  /** The outcome that is furthest beyond, or least within, its tolerance. */
  private static Outcome worst(
      Stepped expected,
      Stepped actual,
      List<Function<Stepped, Tensors>> parts,
      ToDoubleFunction<Function<Stepped, Tensors>> tolerance) {
    String[] names = {"gradients", "parameters", "m", "v"};
    return IntStream.range(0, names.length)
        .mapToObj(
            i ->
                norms(
                    names[i],
                    parts.get(i).apply(expected),
                    parts.get(i).apply(actual),
                    tolerance.applyAsDouble(parts.get(i))))
        .max(Comparator.comparingDouble(o -> o.largestError() / o.tolerance()))
        .orElseThrow();
  }

  private static Cohort in(Precision precision, Cohort cohort) {
    return new Cohort(
        cohort.dataset(),
        cohort.model(),
        cohort.loss(),
        precision,
        cohort.trainExamples(),
        cohort.batchExamples(),
        cohort.fullBatch(),
        cohort.gradientEma(),
        cohort.orthogonalGradient());
  }

  private static Run in(Precision precision, Run run) {
    var config = run.config();
    var training = config.training();
    return new Run(
        new RunConfig(
            config.task(),
            config.model(),
            config.optimizer(),
            new TrainingConfig(
                training.seed(),
                training.steps(),
                training.batchSize(),
                training.loss(),
                precision),
            config.evaluation(),
            config.checkpoint(),
            config.stop()),
        run.split(),
        run.labels());
  }
}
