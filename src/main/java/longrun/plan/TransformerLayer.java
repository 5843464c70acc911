package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import longrun.config.Activation;
import longrun.config.ModelConfig;
import longrun.config.Normalization;

/**
 * Plans one transformer layer: attention from the rows of one layout into the rows of the next,
 * then the MLP. Forward and backward are planned for shared rows and for per-example rows
 * separately.
 */
final class TransformerLayer {
  private final TransformerPlanner planner;
  private final ModelConfig.Transformer config;
  private final String block;
  private final Matrix x;
  private final Matrix dx;
  private final RowLayout in;
  private final RowLayout out;

  private final Matrix attentionInput;
  private final Matrix attentionInputGradient;
  private final Matrix attentionStatistics;
  private final Matrix query;
  private final Matrix key;
  private final Matrix value;
  private final Matrix queryGradient;
  private final Matrix keyGradient;
  private final Matrix valueGradient;
  private final Matrix z;
  private final Matrix zGradient;
  private final TreeMap<Integer, View> probabilities = new TreeMap<>();
  private final TreeMap<Integer, View> scoreGradients = new TreeMap<>();
  private final TreeMap<Integer, Operation.AttentionGradient> attentionGradients = new TreeMap<>();

  /** x + attention, before and after a post-norm (the same matrix without one). */
  private final Matrix sum;

  private final Matrix sumGradient;
  private final Matrix middle;
  private final Matrix middleGradient;
  private final Matrix middleStatistics;
  private final Matrix mlpInput;
  private final Matrix mlpInputGradient;
  private final Matrix mlpStatistics;
  private final Matrix hidden;
  private final Matrix hiddenGradient;

  /** The activation's argument; with ReLU the output says as much and this is {@link #hidden}. */
  private final Matrix hiddenArgument;

  private final Matrix mlpSum;
  private final Matrix mlpSumGradient;
  private final Matrix outStatistics;
  private final Matrix result;
  private final Matrix resultGradient;

  TransformerLayer(
      TransformerPlanner planner,
      ModelConfig.Transformer config,
      int layer,
      Matrix x,
      Matrix dx,
      RowLayout out) {
    this.planner = planner;
    this.config = config;
    this.block = "blocks." + layer + ".";
    this.x = x;
    this.dx = dx;
    this.in = x.layout();
    this.out = out;
    int d = config.dModel();
    int heads = config.heads() * config.dHead();
    boolean pre = config.normalization() == Normalization.PRE;
    boolean post = config.normalization() == Normalization.POST;
    attentionInput = pre ? matrix("attn.normalized", in, d) : x;
    attentionInputGradient = pre ? matrix("attn.normalized.gradient", in, d) : dx;
    attentionStatistics = pre ? matrix("ln1.statistics", in, 2) : x;
    RowLayout queries = in.restrictedTo(out.positions());
    query = matrix("attn.q", queries, heads);
    key = matrix("attn.k", in, heads);
    value = matrix("attn.v", in, heads);
    queryGradient = matrix("attn.q.gradient", queries, heads);
    keyGradient = matrix("attn.k.gradient", in, heads);
    valueGradient = matrix("attn.v.gradient", in, heads);
    z = matrix("attn.z", out, heads);
    zGradient = matrix("attn.z.gradient", out, heads);
    for (int position : out.positions()) {
      RowLayout one = out.restrictedTo(List.of(position));
      int width = config.heads() * (position + 1);
      probabilities.put(
          position, matrix("attn.probabilities." + position, one, width).at(position));
      scoreGradients.put(
          position, matrix("attn.scores.gradient." + position, one, width).at(position));
    }
    sum = matrix("attn.sum", out, d);
    sumGradient = matrix("attn.sum.gradient", out, d);
    middle = post ? matrix("middle", out, d) : sum;
    middleGradient = post ? matrix("middle.gradient", out, d) : sumGradient;
    middleStatistics = post ? matrix("ln1.statistics", out, 2) : sum;
    mlpInput = pre ? matrix("mlp.normalized", out, d) : middle;
    mlpInputGradient = pre ? matrix("mlp.normalized.gradient", out, d) : middleGradient;
    mlpStatistics = pre ? matrix("ln2.statistics", out, 2) : middle;
    hidden = matrix("mlp.hidden", out, config.dMlp());
    hiddenGradient = matrix("mlp.hidden.gradient", out, config.dMlp());
    hiddenArgument =
        config.activation() == Activation.RELU
            ? hidden
            : matrix("mlp.hidden.argument", out, config.dMlp());
    mlpSum = matrix("mlp.sum", out, d);
    mlpSumGradient = matrix("mlp.sum.gradient", out, d);
    result = post ? matrix("out", out, d) : mlpSum;
    resultGradient = post ? matrix("out.gradient", out, d) : mlpSumGradient;
    outStatistics = post ? matrix("ln2.statistics", out, 2) : mlpSum;
  }

  /** Output rows of the layer. */
  Matrix out() {
    return result;
  }

  /** Their gradient. */
  Matrix outGradient() {
    return resultGradient;
  }

  private Matrix matrix(String name, RowLayout layout, int width) {
    return planner.matrix(block + name, layout, width);
  }

  void forward(List<Operation> operations, boolean perExample) {
    if (config.normalization() == Normalization.PRE) {
      planner.layerNorm(
          operations,
          block + "ln1",
          attentionInput,
          x,
          attentionInputGradient,
          attentionStatistics,
          perExample);
    }
    project(operations, query, queryGradient, "W_Q", perExample);
    project(operations, key, keyGradient, "W_K", perExample);
    project(operations, value, valueGradient, "W_V", perExample);
    for (int position : out.positions()) {
      if (out.isShared(position) != perExample) {
        operations.add(attention(position));
      }
    }
    if (z.all(perExample).isEmpty()) {
      return;
    }
    View sumRows = sum.all(perExample).orElseThrow();
    planner.matMul(
        operations,
        new Matrix.Pair(z.all(perExample).orElseThrow(), sumRows),
        sumGradient.all(perExample).orElseThrow(),
        block + "attn.W_O",
        Optional.of(inputResidual(perExample)),
        Optional.empty(),
        Optional.empty());
    if (config.normalization() == Normalization.POST) {
      planner.layerNorm(
          operations, block + "ln1", middle, sum, middleGradient, middleStatistics, perExample);
    }
    if (config.normalization() == Normalization.PRE) {
      planner.layerNorm(
          operations, block + "ln2", mlpInput, middle, mlpInputGradient, mlpStatistics, perExample);
    }
    View hiddenRows = hidden.all(perExample).orElseThrow();
    planner.matMul(
        operations,
        new Matrix.Pair(mlpInput.all(perExample).orElseThrow(), hiddenRows),
        hiddenGradient.all(perExample).orElseThrow(),
        block + "mlp.W_in",
        Optional.empty(),
        Optional.of(config.activation()),
        hiddenArgument.equals(hidden) ? Optional.empty() : hiddenArgument.all(perExample));
    planner.matMul(
        operations,
        new Matrix.Pair(hiddenRows, mlpSum.all(perExample).orElseThrow()),
        mlpSumGradient.all(perExample).orElseThrow(),
        block + "mlp.W_out",
        Optional.of(new Operation.Residual.SameRows(middle.all(perExample).orElseThrow())),
        Optional.empty(),
        Optional.empty());
    if (config.normalization() == Normalization.POST) {
      planner.layerNorm(
          operations, block + "ln2", result, mlpSum, resultGradient, outStatistics, perExample);
    }
  }

  void backward(List<Operation> operations, boolean perExample) {
    if (z.all(perExample).isPresent()) {
      backwardToAttention(operations, perExample);
      for (int position : out.positions()) {
        if (out.isShared(position) != perExample) {
          operations.add(attentionGradients.get(position));
        }
      }
    }
    backwardToInput(operations, perExample);
  }

  private void project(
      List<Operation> operations,
      Matrix projected,
      Matrix gradient,
      String weight,
      boolean perExample) {
    List<Matrix.Pair> rows = Matrix.common(attentionInput, projected, perExample);
    List<Matrix.Pair> gradients = Matrix.common(attentionInput, gradient, perExample);
    for (int i = 0; i < rows.size(); i++) {
      planner.matMul(
          operations,
          rows.get(i),
          gradients.get(i).part(),
          block + "attn." + weight,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  private Operation.Attention attention(int position) {
    List<Operation.Key> keys = new ArrayList<>();
    for (int keyPosition = 0; keyPosition <= position; keyPosition++) {
      RowReference reference = new RowReference(position, keyPosition);
      keys.add(new Operation.Key(reference.into(key), reference.into(value)));
    }
    RowReference own = new RowReference(position, position);
    Operation.Attention attention =
        new Operation.Attention(
            z.at(position),
            probabilities.get(position),
            config.heads(),
            config.dHead(),
            own.into(query),
            keys);
    // A query that belongs to the reading row alone takes its gradient directly; a shared one is
    // summed over its readers later.
    View readerGradient =
        in.isShared(position)
            ? matrix(
                    "attn.q.gradient." + position,
                    out.restrictedTo(List.of(position)),
                    config.heads() * config.dHead())
                .at(position)
            : queryGradient.at(position);
    attentionGradients.put(
        position,
        new Operation.AttentionGradient(
            scoreGradients.get(position), readerGradient, zGradient.at(position), attention));
    return attention;
  }

  /** How the rows of an output position find the rows of an input position. */
  private final class RowReference {
    private final int keyPosition;
    private final Optional<RowIndex> index;

    RowReference(int outPosition, int keyPosition) {
      this.keyPosition = keyPosition;
      this.index =
          !in.isShared(keyPosition)
              ? Optional.empty()
              : Optional.of(
                  out.isShared(outPosition)
                      ? in.byReader(out, outPosition, keyPosition)
                      : in.byExample(keyPosition));
    }

    Source into(Matrix matrix) {
      View view = matrix.at(keyPosition);
      return index
          .<Source>map(table -> new Source.Indexed(view, table))
          .orElseGet(() -> new Source.SameExample(view));
    }
  }

  /** The residual path into x + attention: each output row adds the input row of its position. */
  private Operation.Residual inputResidual(boolean perExample) {
    List<Source> sources = new ArrayList<>();
    if (perExample) {
      for (int position : out.examplePositions()) {
        sources.add(new RowReference(position, position).into(x));
      }
      return new Operation.Residual.Gathered(sources);
    }
    View all = x.all(false).orElseThrow();
    int[] rowOf = new int[out.sharedRows()];
    for (int position : out.sharedPositions()) {
      for (int row = 0; row < out.classes(position); row++) {
        rowOf[out.sharedOffset(position) + row] =
            in.sharedOffset(position) + in.classOf(position, out.representative(position, row));
      }
    }
    RowIndex index = new RowIndex(block + "residual of shared rows", rowOf, all.count());
    return new Operation.Residual.Gathered(List.of(new Source.Indexed(all, index)));
  }

  private void backwardToAttention(List<Operation> operations, boolean perExample) {
    View dSum = mlpSumGradient.all(perExample).orElseThrow();
    if (config.normalization() == Normalization.POST) {
      operations.add(
          new Operation.LayerNormInputGradient(
              dSum,
              Optional.empty(),
              resultGradient.all(perExample).orElseThrow(),
              mlpSum.all(perExample).orElseThrow(),
              block + "ln2.w",
              outStatistics.all(perExample).orElseThrow()));
    }
    View dHidden = hiddenGradient.all(perExample).orElseThrow();
    operations.add(
        new Operation.MatMulInputGradient(
            dHidden,
            Optional.empty(),
            dSum,
            block + "mlp.W_out",
            Optional.of(
                new Operation.ActivationDerivative(
                    config.activation(), hiddenArgument.all(perExample).orElseThrow()))));
    boolean pre = config.normalization() == Normalization.PRE;
    operations.add(
        new Operation.MatMulInputGradient(
            mlpInputGradient.all(perExample).orElseThrow(),
            pre ? Optional.empty() : Optional.of(dSum),
            dHidden,
            block + "mlp.W_in",
            Optional.empty()));
    if (pre) {
      operations.add(
          new Operation.LayerNormInputGradient(
              middleGradient.all(perExample).orElseThrow(),
              Optional.of(dSum),
              mlpInputGradient.all(perExample).orElseThrow(),
              middle.all(perExample).orElseThrow(),
              block + "ln2.w",
              mlpStatistics.all(perExample).orElseThrow()));
    }
    if (config.normalization() == Normalization.POST) {
      operations.add(
          new Operation.LayerNormInputGradient(
              sumGradient.all(perExample).orElseThrow(),
              Optional.empty(),
              middleGradient.all(perExample).orElseThrow(),
              sum.all(perExample).orElseThrow(),
              block + "ln1.w",
              middleStatistics.all(perExample).orElseThrow()));
    }
    operations.add(
        new Operation.MatMulInputGradient(
            zGradient.all(perExample).orElseThrow(),
            Optional.empty(),
            sumGradient.all(perExample).orElseThrow(),
            block + "attn.W_O",
            Optional.empty()));
  }

  private void backwardToInput(List<Operation> operations, boolean perExample) {
    if (x.all(perExample).isEmpty()) {
      return;
    }
    List<Integer> positions = perExample ? in.examplePositions() : in.sharedPositions();
    for (int position : positions) {
      operations.add(keyGradient(position));
    }
    for (int position : positions) {
      if (out.positions().contains(position) && in.isShared(position)) {
        operations.add(
            new Operation.ReaderSum(
                queryGradient.at(position),
                Optional.empty(),
                List.of(
                    new Operation.ReaderSum.Reader(
                        attentionGradients.get(position).queryGradient(),
                        new RowReference(position, position).into(queryGradient)))));
      }
    }
    View gradient = attentionInputGradient.all(perExample).orElseThrow();
    inputGradient(operations, gradient, Optional.empty(), keyGradient.all(perExample), "W_K");
    inputGradient(
        operations, gradient, Optional.of(gradient), valueGradient.all(perExample), "W_V");
    for (Matrix.Pair pair : Matrix.common(attentionInputGradient, queryGradient, perExample)) {
      inputGradient(
          operations, pair.whole(), Optional.of(pair.whole()), Optional.of(pair.part()), "W_Q");
    }
    if (config.normalization() == Normalization.PRE) {
      operations.add(
          new Operation.LayerNormInputGradient(
              dx.all(perExample).orElseThrow(),
              Optional.empty(),
              gradient,
              x.all(perExample).orElseThrow(),
              block + "ln1.w",
              attentionStatistics.all(perExample).orElseThrow()));
    }
    for (int position : positions) {
      if (out.positions().contains(position)) {
        operations.add(
            new Operation.ReaderSum(
                dx.at(position),
                Optional.of(dx.at(position)),
                List.of(
                    new Operation.ReaderSum.Reader(
                        sumGradient.at(position), new RowReference(position, position).into(dx)))));
      }
    }
  }

  private void inputGradient(
      List<Operation> operations,
      View gradient,
      Optional<View> addend,
      Optional<View> outGradient,
      String weight) {
    operations.add(
        new Operation.MatMulInputGradient(
            gradient,
            addend,
            outGradient.orElseThrow(),
            block + "attn." + weight,
            Optional.empty()));
  }

  private Operation.KeyGradient keyGradient(int position) {
    List<Operation.KeyReader> readers = new ArrayList<>();
    attentionGradients
        .tailMap(position)
        .values()
        .forEach(gradient -> readers.add(new Operation.KeyReader(gradient, position)));
    return new Operation.KeyGradient(keyGradient.at(position), valueGradient.at(position), readers);
  }
}
