package longrun.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import longrun.config.Activation;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.task.Dataset;

/**
 * Plans a transformer by value numbering (see the package description): a row for each distinct
 * value where there are fewer of them than examples in a batch, and no row for a position that no
 * loss depends on.
 */
final class TransformerPlanner {
  private final Cohort cohort;
  private final ModelConfig.Transformer config;
  private final Dataset dataset;
  private final Buffers buffers = new Buffers();
  private final List<Operation> parameterGradients = new ArrayList<>();
  private final Map<String, List<Operation.WeightGradient.Term>> weightTerms =
      new LinkedHashMap<>();
  private final Map<String, List<Operation.LayerNormWeightGradient.Term>> normTerms =
      new LinkedHashMap<>();

  /** Positions up to the last one that the loss reads; the rest cannot matter. */
  private final List<Integer> livePositions;

  private final List<Integer> lossPositions;

  TransformerPlanner(Cohort cohort, ModelConfig.Transformer config) {
    this.cohort = cohort;
    this.config = config;
    this.dataset = cohort.dataset();
    this.lossPositions = List.of(dataset.context() - 1);
    this.livePositions = IntStream.range(0, dataset.context()).boxed().toList();
  }

  Plan plan() {
    int batch = cohort.batchExamples();
    Map<Integer, ValueNumbering> tokens = new TreeMap<>();
    Map<Integer, ValueNumbering> prefixes = new TreeMap<>();
    Map<Integer, ValueNumbering> lossPrefixes = new TreeMap<>();
    ValueNumbering[] numbered = ValueNumbering.ofPrefixes(dataset, dataset.context());
    for (int position : livePositions) {
      tokens.put(position, ValueNumbering.ofToken(dataset, position));
      prefixes.put(position, numbered[position]);
    }
    for (int position : lossPositions) {
      lossPrefixes.put(position, numbered[position]);
    }
    RowLayout input = new RowLayout("input", tokens, batch, List.of());
    RowLayout between = new RowLayout("prefix", prefixes, batch, List.of());
    // Labels belong to examples, so what the loss reads has a row for each of them.
    RowLayout output = new RowLayout("output", lossPrefixes, batch, lossPositions);

    Matrix embedded = buffers.matrix("embedded", input, config.dModel());
    Matrix embeddedGradient = buffers.matrix("embedded.gradient", input, config.dModel());
    List<TransformerLayer> layers = new ArrayList<>();
    Matrix x = embedded;
    Matrix dx = embeddedGradient;
    for (int l = 0; l < config.layers(); l++) {
      RowLayout out = l == config.layers() - 1 ? output : between;
      TransformerLayer layer = new TransformerLayer(this, config, l, x, dx, out);
      layers.add(layer);
      x = layer.out();
      dx = layer.outGradient();
    }
    Head head = new Head(x, dx);

    List<Operation> forward = new ArrayList<>();
    for (boolean perExample : new boolean[] {false, true}) {
      embed(forward, embedded, perExample);
      layers.forEach(layer -> layer.forward(forward, perExample));
    }
    head.forward(forward);
    List<Operation> backward = new ArrayList<>();
    head.backward(backward);
    for (boolean perExample : new boolean[] {true, false}) {
      for (TransformerLayer layer : layers.reversed()) {
        layer.backward(backward, perExample);
      }
    }
    weightTerms.forEach(
        (weight, terms) ->
            parameterGradients.add(new Operation.WeightGradient(weight, biasOf(weight), terms)));
    normTerms.forEach(
        (norm, terms) ->
            parameterGradients.add(
                new Operation.LayerNormWeightGradient(norm + ".w", norm + ".b", terms)));
    embeddingGradients(embedded, embeddedGradient);
    return new Plan(
        cohort,
        boundaries(List.of(numbered), input, between, output),
        buffers.list(),
        forward,
        new Operation.LossAndGradient(head.logits.all(true).orElseThrow(), cohort.loss()),
        backward,
        parameterGradients);
  }

  private List<PositionRows> boundaries(
      List<ValueNumbering> prefixes, RowLayout input, RowLayout between, RowLayout output) {
    List<PositionRows> boundaries = new ArrayList<>();
    for (int position : livePositions) {
      boundaries.add(rows("input", input, position, input.classes(position)));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      RowLayout layout = layer == config.layers() - 1 ? output : between;
      for (int position : livePositions) {
        int distinctValues = prefixes.get(position).classes();
        boundaries.add(rows("after layer " + layer, layout, position, distinctValues));
      }
    }
    return boundaries;
  }

  private PositionRows rows(String boundary, RowLayout layout, int position, int distinctValues) {
    if (!layout.positions().contains(position)) {
      return new PositionRows(boundary, position, PositionRows.Sharing.DEAD, distinctValues, 0);
    }
    return layout.isShared(position)
        ? new PositionRows(
            boundary, position, PositionRows.Sharing.SHARED, distinctValues, distinctValues)
        : new PositionRows(
            boundary,
            position,
            PositionRows.Sharing.PER_EXAMPLE,
            distinctValues,
            cohort.batchExamples());
  }

  Matrix matrix(String name, RowLayout layout, int width) {
    return buffers.matrix(name, layout, width);
  }

  /** The bias that goes with a weight, if the model has it. */
  Optional<String> biasOf(String weight) {
    int dot = weight.lastIndexOf('.');
    String bias = weight.substring(0, dot + 1) + weight.substring(dot + 1).replace("W_", "b_");
    return cohort.model().parameters().stream()
        .map(longrun.model.ParameterSpec::name)
        .filter(bias::equals)
        .findFirst();
  }

  /**
   * Plans a matmul over rows of one kind and remembers that its weight has these rows to sum over.
   */
  void matMul(
      List<Operation> operations,
      Matrix.Pair inAndOut,
      View outGradient,
      String weight,
      Optional<Operation.Residual> residual,
      Optional<Activation> activation,
      Optional<View> preActivation) {
    operations.add(
        new Operation.MatMul(
            inAndOut.part(),
            inAndOut.whole(),
            weight,
            biasOf(weight),
            residual,
            activation,
            preActivation));
    weightTerms
        .computeIfAbsent(weight, w -> new ArrayList<>())
        .add(new Operation.WeightGradient.Term(inAndOut.whole(), outGradient));
  }

  /** Plans a layer normalisation over all rows of one kind. */
  void layerNorm(
      List<Operation> operations,
      String norm,
      Matrix out,
      Matrix in,
      Matrix outGradient,
      Matrix statistics,
      boolean perExample) {
    if (in.all(perExample).isEmpty()) {
      return;
    }
    View view = in.all(perExample).orElseThrow();
    View kept = statistics.all(perExample).orElseThrow();
    operations.add(
        new Operation.LayerNorm(
            out.all(perExample).orElseThrow(), view, norm + ".w", norm + ".b", kept));
    normTerms
        .computeIfAbsent(norm, n -> new ArrayList<>())
        .add(
            new Operation.LayerNormWeightGradient.Term(
                outGradient.all(perExample).orElseThrow(), view, kept));
  }

  private void embed(List<Operation> operations, Matrix embedded, boolean perExample) {
    for (int position : embedded.layout().positions()) {
      if (embedded.layout().isShared(position) != perExample) {
        operations.add(
            new Operation.LookupSum(
                embedded.at(position),
                lookups(embedded.layout(), position),
                Optional.empty(),
                Optional.empty()));
      }
    }
  }

  private List<Operation.Lookup> lookups(RowLayout layout, int position) {
    List<Operation.Lookup> lookups = new ArrayList<>();
    boolean shared = layout.isShared(position);
    int[] tokens = new int[shared ? layout.classes(position) : dataset.examples()];
    for (int row = 0; row < tokens.length; row++) {
      int example = shared ? layout.representative(position, row) : row;
      tokens[row] = dataset.token(example, position);
    }
    lookups.add(
        new Operation.Lookup.ParameterRow(
            "embed.W_E",
            new RowIndex("tokens at position " + position, tokens, dataset.vocabulary())));
    if (config.positional() == Positional.LEARNED) {
      lookups.add(new Operation.Lookup.FixedParameterRow("pos_embed.W_pos", position));
    } else if (config.positional() == Positional.SINUSOIDAL) {
      lookups.add(
          new Operation.Lookup.ConstantRow(
              IntStream.range(0, config.dModel())
                  .mapToObj(column -> sinusoid(position, column, config.dModel()))
                  .toList()));
    }
    return lookups;
  }

  /** Vaswani et al. 2017, section 3.5: even columns are sines, odd ones cosines. */
  private static double sinusoid(int position, int column, int dModel) {
    int pair = column / 2;
    double angle = position / StrictMath.pow(10000, 2.0 * pair / dModel);
    return column % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle);
  }

  private void embeddingGradients(Matrix embedded, Matrix gradient) {
    Map<String, List<Operation.LookupGradient.Term>> terms = new LinkedHashMap<>();
    for (int position : embedded.layout().positions()) {
      for (Operation.Lookup lookup : lookups(embedded.layout(), position)) {
        Optional<String> parameter =
            switch (lookup) {
              case Operation.Lookup.ParameterRow row -> Optional.of(row.parameter());
              case Operation.Lookup.FixedParameterRow row -> Optional.of(row.parameter());
              case Operation.Lookup.ConstantRow row -> Optional.empty();
            };
        parameter.ifPresent(
            name ->
                terms
                    .computeIfAbsent(name, n -> new ArrayList<>())
                    .add(new Operation.LookupGradient.Term(gradient.at(position), lookup)));
      }
    }
    terms.forEach((name, list) -> parameterGradients.add(new Operation.LookupGradient(name, list)));
  }

  /** Final normalisation and unembedding; all its rows belong to examples. */
  private final class Head {
    private final Matrix x;
    private final Matrix dx;
    private final Matrix normalized;
    private final Matrix normalizedGradient;
    private final Matrix statistics;
    private final Matrix logits;

    Head(Matrix x, Matrix dx) {
      this.x = x;
      this.dx = dx;
      boolean norm = config.normalization() == Normalization.PRE;
      this.normalized = norm ? matrix("final.normalized", x.layout(), config.dModel()) : x;
      this.normalizedGradient =
          norm ? matrix("final.normalized.gradient", x.layout(), config.dModel()) : dx;
      this.statistics = norm ? matrix("final.statistics", x.layout(), 2) : x;
      this.logits = matrix("logits", x.layout(), cohort.model().outputs());
    }

    void forward(List<Operation> operations) {
      if (config.normalization() == Normalization.PRE) {
        layerNorm(operations, "ln_final", normalized, x, normalizedGradient, statistics, true);
      }
      View out = logits.all(true).orElseThrow();
      matMul(
          operations,
          new Matrix.Pair(normalized.all(true).orElseThrow(), out),
          out,
          "unembed.W_U",
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }

    void backward(List<Operation> operations) {
      View in = normalizedGradient.all(true).orElseThrow();
      operations.add(
          new Operation.MatMulInputGradient(
              in,
              Optional.empty(),
              logits.all(true).orElseThrow(),
              "unembed.W_U",
              Optional.empty()));
      if (config.normalization() == Normalization.PRE) {
        operations.add(
            new Operation.LayerNormInputGradient(
                dx.all(true).orElseThrow(),
                Optional.empty(),
                in,
                x.all(true).orElseThrow(),
                "ln_final.w",
                statistics.all(true).orElseThrow()));
      }
    }
  }
}
