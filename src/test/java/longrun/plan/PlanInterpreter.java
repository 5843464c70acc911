package longrun.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import longrun.config.Activation;
import longrun.config.Loss;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;
import org.apache.commons.numbers.gamma.Erfc;

/**
 * Executes a plan in double with the plainest loops, one operation after the other, by what the
 * Javadoc of {@link Operation} says and nothing else. What tests compare plans by: it shares no
 * code with any engine.
 *
 * <p>Every buffer starts as NaN, so that a value that is read before it is written shows; a
 * parameter gradient that is written twice, or never, is an error.
 */
final class PlanInterpreter {
  private static final double EPSILON = 1e-5;

  private final Plan plan;
  private final int[] batch;
  private final int[] labels;

  /** double[rows][columns] of each buffer. */
  private final double[][][] buffers;

  private final Map<String, double[][]> parameters = new HashMap<>();
  private final Map<String, double[][]> gradients = new HashMap<>();

  /**
   * @param parameters in the model's canonical shapes
   * @param labels int[examples of the dataset]
   * @param batch numbers of the examples of this step; at most the cohort's batch
   */
  PlanInterpreter(Plan plan, Tensors parameters, int[] labels, int[] batch) {
    this.plan = plan;
    this.batch = batch;
    this.labels = labels;
    this.buffers = new double[plan.buffers().size()][][];
    for (Buffer buffer : plan.buffers()) {
      double[][] rows = new double[buffer.rows().count(batch.length)][buffer.width()];
      for (double[] row : rows) {
        Arrays.fill(row, Double.NaN);
      }
      buffers[buffer.index()] = rows;
    }
    for (ParameterSpec spec : plan.cohort().model().parameters()) {
      this.parameters.put(spec.name(), asMatrix(spec, parameters.get(spec.name()).values()));
    }
  }

  /** Runs the whole step and gives the gradients of all parameters, in canonical shapes. */
  Tensors gradients() {
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.add(plan.loss());
    operations.addAll(plan.backward());
    operations.addAll(plan.parameterGradients());
    operations.forEach(this::execute);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Set<String> missing = new HashSet<>();
    for (ParameterSpec spec : plan.cohort().model().parameters()) {
      double[][] gradient = gradients.get(spec.name());
      if (gradient == null) {
        missing.add(spec.name());
      } else {
        tensors.put(spec.name(), new Tensor(spec.shape(), asCanonical(spec, gradient)));
      }
    }
    if (!missing.isEmpty() || gradients.size() != tensors.size()) {
      throw new IllegalStateException("written=" + gradients.keySet() + " missing=" + missing);
    }
    return new Tensors(tensors);
  }

  private void execute(Operation operation) {
    switch (operation) {
      case Operation.LookupSum o -> lookupSum(o);
      case Operation.LayerNorm o -> layerNorm(o);
      case Operation.MatMul o -> matMul(o);
      case Operation.Attention o -> attention(o);
      case Operation.LossAndGradient o -> loss(o);
      case Operation.MatMulInputGradient o -> matMulInputGradient(o);
      case Operation.WeightGradient o -> weightGradient(o);
      case Operation.LayerNormInputGradient o -> layerNormInputGradient(o);
      case Operation.LayerNormWeightGradient o -> layerNormWeightGradient(o);
      case Operation.AttentionGradient o -> attentionGradient(o);
      case Operation.KeyGradient o -> keyGradient(o);
      case Operation.ReaderSum o -> readerSum(o);
      case Operation.LookupGradient o -> lookupGradient(o);
    }
  }

  // Rows.

  private int rows(View view) {
    return view.rows(batch.length);
  }

  /** Row i of a view, counted over all of its rows, as an array that can be written to. */
  private double[] row(View view, int i) {
    double[][] rows = buffers[view.buffer().index()];
    return switch (view.buffer().rows()) {
      case Rows.Shared(int count) -> rows[view.first() + i];
      case Rows.PerExample(int perExample) ->
          rows[i / view.count() * perExample + view.first() + i % view.count()];
    };
  }

  /** By what number row i of a view looks into tables. */
  private int reader(View view, int i) {
    return view.perExample() ? batch[i / view.count()] : i;
  }

  /** Which row of a source's view row i of the reading view reads. */
  private int found(Source source, View reading, int i) {
    return switch (source) {
      case Source.Indexed(View view, RowIndex index) -> index.rowOf(reader(reading, i));
      case Source.SameExample(View view) -> i / reading.count();
    };
  }

  private double[] read(Source source, View reading, int i) {
    return row(source.view(), found(source, reading, i));
  }

  private double[][] parameter(String name) {
    double[][] matrix = parameters.get(name);
    if (matrix == null) {
      throw new IllegalStateException("no parameter name=" + name);
    }
    return matrix;
  }

  /** A parameter's gradient, zero, to be filled in by the one operation that writes it. */
  private double[][] newGradient(String name) {
    double[][] like = parameter(name);
    double[][] gradient = new double[like.length][like[0].length];
    if (gradients.put(name, gradient) != null) {
      throw new IllegalStateException("written twice: gradient of " + name);
    }
    return gradient;
  }

  private static double[] valuesOf(Optional<View> view, int row, int width, PlanInterpreter self) {
    return view.isPresent() ? self.row(view.get(), row).clone() : new double[width];
  }

  // Forward.

  private void lookupSum(Operation.LookupSum o) {
    for (int i = 0; i < rows(o.out()); i++) {
      double[] sum = new double[o.out().width()];
      for (Operation.Lookup lookup : o.lookups()) {
        for (int c = 0; c < sum.length; c++) {
          sum[c] +=
              switch (lookup) {
                case Operation.Lookup.ParameterRow(String name, RowIndex index) ->
                    parameter(name)[index.rowOf(reader(o.out(), i))][c];
                case Operation.Lookup.FixedParameterRow(String name, int row) ->
                    parameter(name)[row][c];
                case Operation.Lookup.ConstantRow(List<Double> values) -> values.get(c);
              };
        }
      }
      activate(o.activation(), o.preActivation(), i, sum);
      System.arraycopy(sum, 0, row(o.out(), i), 0, sum.length);
    }
  }

  private void layerNorm(Operation.LayerNorm o) {
    for (int i = 0; i < rows(o.in()); i++) {
      double[] in = row(o.in(), i);
      double mean = Arrays.stream(in).sum() / in.length;
      double variance = Arrays.stream(in).map(x -> (x - mean) * (x - mean)).sum() / in.length;
      double inverse = 1 / Math.sqrt(variance + EPSILON);
      for (int c = 0; c < in.length; c++) {
        row(o.out(), i)[c] =
            (in[c] - mean) * inverse * parameter(o.scale())[0][c] + parameter(o.shift())[0][c];
      }
      row(o.statistics(), i)[0] = mean;
      row(o.statistics(), i)[1] = inverse;
    }
  }

  private void matMul(Operation.MatMul o) {
    double[][] weight = parameter(o.weight());
    for (int i = 0; i < rows(o.out()); i++) {
      double[] in = row(o.in(), i);
      double[] sum = new double[o.out().width()];
      for (int c = 0; c < sum.length; c++) {
        for (int k = 0; k < in.length; k++) {
          sum[c] += in[k] * weight[k][c];
        }
        if (o.bias().isPresent()) {
          sum[c] += parameter(o.bias().get())[0][c];
        }
        if (o.residual().isPresent()) {
          sum[c] += residual(o.residual().get(), o.out(), i)[c];
        }
      }
      activate(o.activation(), o.preActivation(), i, sum);
      System.arraycopy(sum, 0, row(o.out(), i), 0, sum.length);
    }
  }

  private double[] residual(Operation.Residual residual, View out, int i) {
    return switch (residual) {
      case Operation.Residual.SameRows(View view) -> row(view, i);
      case Operation.Residual.Gathered(List<Source> sources) ->
          read(sources.get(out.perExample() ? i % out.count() : 0), out, i);
    };
  }

  private void activate(
      Optional<Activation> activation, Optional<View> keep, int i, double[] values) {
    if (keep.isPresent()) {
      System.arraycopy(values, 0, row(keep.get(), i), 0, values.length);
    }
    if (activation.isPresent()) {
      for (int c = 0; c < values.length; c++) {
        double x = values[c];
        values[c] =
            switch (activation.get()) {
              case RELU -> x > 0 ? x : 0 * x;
              case GELU -> x * Erfc.value(-x / Math.sqrt(2)) / 2;
              case SQUARE -> x * x;
            };
      }
    }
  }

  private void attention(Operation.Attention o) {
    int keys = o.keys().size();
    for (int i = 0; i < rows(o.out()); i++) {
      double[] out = row(o.out(), i);
      Arrays.fill(out, 0);
      double[] p = row(o.probabilities(), i);
      for (int head = 0; head < o.heads(); head++) {
        int at = head * o.dHead();
        double[] scores = new double[keys];
        for (int key = 0; key < keys; key++) {
          double[] q = read(o.query(), o.out(), i);
          double[] k = read(o.keys().get(key).key(), o.out(), i);
          scores[key] = dot(q, k, at, o.dHead()) / Math.sqrt(o.dHead());
        }
        // Without it, squares through three layers overflow.
        double max = Arrays.stream(scores).max().orElseThrow();
        double sum = Arrays.stream(scores).map(score -> Math.exp(score - max)).sum();
        for (int key = 0; key < keys; key++) {
          double[] v = read(o.keys().get(key).value(), o.out(), i);
          p[head * keys + key] = Math.exp(scores[key] - max) / sum;
          for (int c = at; c < at + o.dHead(); c++) {
            out[c] += p[head * keys + key] * v[c];
          }
        }
      }
    }
  }

  private void loss(Operation.LossAndGradient o) {
    for (int i = 0; i < rows(o.logits()); i++) {
      double[] z = row(o.logits(), i);
      double[] gradient = lossGradient(o.loss(), z, labels[batch[i]]);
      for (int c = 0; c < z.length; c++) {
        z[c] = gradient[c] / batch.length;
      }
    }
  }

  private static double[] lossGradient(Loss loss, double[] z, int label) {
    double[] gradient = new double[z.length];
    double max = Arrays.stream(z).max().orElseThrow();
    double sum = 0;
    for (double logit : z) {
      sum +=
          switch (loss) {
            case CROSS_ENTROPY -> Math.exp(logit - max);
            case MSE -> 0;
            case STABLEMAX -> stable(logit);
          };
    }
    for (int c = 0; c < z.length; c++) {
      double hot = c == label ? 1 : 0;
      gradient[c] =
          switch (loss) {
            case CROSS_ENTROPY -> Math.exp(z[c] - max) / sum - hot;
            case MSE -> 2 * (z[c] - hot) / z.length;
            case STABLEMAX -> stableSlope(z[c]) * (1 / sum - hot / stable(z[c]));
          };
    }
    return gradient;
  }

  private static double stable(double z) {
    return z >= 0 ? z + 1 : 1 / (1 - z);
  }

  private static double stableSlope(double z) {
    return z >= 0 ? 1 : 1 / ((1 - z) * (1 - z));
  }

  // Backward.

  private void matMulInputGradient(Operation.MatMulInputGradient o) {
    double[][] weight = parameter(o.weight());
    for (int i = 0; i < rows(o.inGradient()); i++) {
      double[] out = row(o.outGradient(), i);
      double[] sum = valuesOf(o.addend(), i, o.inGradient().width(), this);
      for (int k = 0; k < sum.length; k++) {
        double product = 0;
        for (int c = 0; c < out.length; c++) {
          product += out[c] * weight[k][c];
        }
        if (o.activation().isPresent()) {
          Operation.ActivationDerivative derivative = o.activation().get();
          product *= derivative(derivative.activation(), row(derivative.saved(), i)[k]);
        }
        sum[k] += product;
      }
      System.arraycopy(sum, 0, row(o.inGradient(), i), 0, sum.length);
    }
  }

  /** From the output for ReLU, from the argument otherwise. */
  private static double derivative(Activation activation, double saved) {
    if (Double.isNaN(saved)) {
      return Double.NaN;
    }
    return switch (activation) {
      case RELU -> saved > 0 ? 1 : 0;
      case GELU ->
          Erfc.value(-saved / Math.sqrt(2)) / 2
              + saved * Math.exp(-saved * saved / 2) / Math.sqrt(2 * Math.PI);
      case SQUARE -> 2 * saved;
    };
  }

  private void weightGradient(Operation.WeightGradient o) {
    double[][] gradient = newGradient(o.weight());
    Optional<double[][]> bias = o.bias().map(this::newGradient);
    for (Operation.WeightGradient.Term term : o.terms()) {
      for (int i = 0; i < rows(term.in()); i++) {
        double[] in = row(term.in(), i);
        double[] out = row(term.outGradient(), i);
        for (int c = 0; c < out.length; c++) {
          for (int k = 0; k < in.length; k++) {
            gradient[k][c] += in[k] * out[c];
          }
          if (bias.isPresent()) {
            bias.get()[0][c] += out[c];
          }
        }
      }
    }
  }

  private void layerNormInputGradient(Operation.LayerNormInputGradient o) {
    for (int i = 0; i < rows(o.in()); i++) {
      double[] in = row(o.in(), i);
      double[] out = row(o.outGradient(), i);
      double mean = row(o.statistics(), i)[0];
      double inverse = row(o.statistics(), i)[1];
      double[] scale = parameter(o.scale())[0];
      double[] sum = valuesOf(o.addend(), i, in.length, this);
      // The Jacobian, entry by entry: ∂y_c/∂x_k = s_c (δ_ck − 1/n − x̂_c x̂_k / n) / σ.
      for (int k = 0; k < in.length; k++) {
        for (int c = 0; c < in.length; c++) {
          double normalizedC = (in[c] - mean) * inverse;
          double normalizedK = (in[k] - mean) * inverse;
          sum[k] +=
              out[c]
                  * scale[c]
                  * ((c == k ? 1 : 0) - (1 + normalizedC * normalizedK) / in.length)
                  * inverse;
        }
      }
      System.arraycopy(sum, 0, row(o.inGradient(), i), 0, sum.length);
    }
  }

  private void layerNormWeightGradient(Operation.LayerNormWeightGradient o) {
    double[] scale = newGradient(o.scale())[0];
    double[] shift = newGradient(o.shift())[0];
    for (Operation.LayerNormWeightGradient.Term term : o.terms()) {
      for (int i = 0; i < rows(term.in()); i++) {
        double[] statistics = row(term.statistics(), i);
        for (int c = 0; c < scale.length; c++) {
          double out = row(term.outGradient(), i)[c];
          scale[c] += out * (row(term.in(), i)[c] - statistics[0]) * statistics[1];
          shift[c] += out;
        }
      }
    }
  }

  private void attentionGradient(Operation.AttentionGradient o) {
    Operation.Attention attention = o.attention();
    int keys = attention.keys().size();
    int dHead = attention.dHead();
    for (int i = 0; i < rows(o.outGradient()); i++) {
      double[] dz = row(o.outGradient(), i);
      double[] p = row(attention.probabilities(), i);
      double[] queryGradient = row(o.queryGradient(), i);
      Arrays.fill(queryGradient, 0);
      for (int head = 0; head < attention.heads(); head++) {
        int at = head * dHead;
        double[] dp = new double[keys];
        double expected = 0;
        for (int key = 0; key < keys; key++) {
          double[] v = read(attention.keys().get(key).value(), attention.out(), i);
          dp[key] = dot(dz, v, at, dHead);
          expected += p[head * keys + key] * dp[key];
        }
        for (int key = 0; key < keys; key++) {
          double[] k = read(attention.keys().get(key).key(), attention.out(), i);
          double score = p[head * keys + key] * (dp[key] - expected) / Math.sqrt(dHead);
          row(o.scoreGradient(), i)[head * keys + key] = score;
          for (int c = at; c < at + dHead; c++) {
            queryGradient[c] += score * k[c];
          }
        }
      }
    }
  }

  private void keyGradient(Operation.KeyGradient o) {
    for (int i = 0; i < rows(o.keyGradient()); i++) {
      Arrays.fill(row(o.keyGradient(), i), 0);
      Arrays.fill(row(o.valueGradient(), i), 0);
    }
    for (Operation.KeyReader reader : o.readers()) {
      Operation.AttentionGradient gradient = reader.gradient();
      Operation.Attention attention = gradient.attention();
      int keys = attention.keys().size();
      for (int i = 0; i < rows(attention.out()); i++) {
        int read = found(reader.source(), attention.out(), i);
        double[] q = read(attention.query(), attention.out(), i);
        for (int c = 0; c < q.length; c++) {
          int score = c / attention.dHead() * keys + reader.keyPosition();
          row(o.keyGradient(), read)[c] += row(gradient.scoreGradient(), i)[score] * q[c];
          row(o.valueGradient(), read)[c] +=
              row(attention.probabilities(), i)[score] * row(gradient.outGradient(), i)[c];
        }
      }
    }
  }

  private void readerSum(Operation.ReaderSum o) {
    double[][] sums = new double[rows(o.inGradient())][];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = valuesOf(o.addend(), i, o.inGradient().width(), this);
    }
    for (Operation.ReaderSum.Reader reader : o.readers()) {
      for (int i = 0; i < rows(reader.gradient()); i++) {
        double[] sum = sums[found(reader.source(), reader.gradient(), i)];
        for (int c = 0; c < sum.length; c++) {
          sum[c] += row(reader.gradient(), i)[c];
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      System.arraycopy(sums[i], 0, row(o.inGradient(), i), 0, sums[i].length);
    }
  }

  private void lookupGradient(Operation.LookupGradient o) {
    double[][] gradient = newGradient(o.parameter());
    for (Operation.LookupGradient.Term term : o.terms()) {
      for (int i = 0; i < rows(term.outGradient()); i++) {
        int looked =
            switch (term.lookup()) {
              case Operation.Lookup.ParameterRow(String name, RowIndex index) ->
                  index.rowOf(reader(term.outGradient(), i));
              case Operation.Lookup.FixedParameterRow(String name, int row) -> row;
              case Operation.Lookup.ConstantRow row ->
                  throw new IllegalStateException("a constant has no gradient: " + o);
            };
        for (int c = 0; c < gradient[looked].length; c++) {
          gradient[looked][c] += row(term.outGradient(), i)[c];
        }
      }
    }
  }

  private static double dot(double[] x, double[] y, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  // Parameters as matrices: [heads, d, d_head] as [d, heads·d_head], W_O as [heads·d_head, d], the
  // biases of all heads side by side.

  private static double[][] asMatrix(ParameterSpec spec, double[] values) {
    double[][] matrix = empty(spec);
    for (int i = 0; i < values.length; i++) {
      int[] place = place(spec, i);
      matrix[place[0]][place[1]] = values[i];
    }
    return matrix;
  }

  private static double[] asCanonical(ParameterSpec spec, double[][] matrix) {
    double[] values = new double[spec.elements()];
    for (int i = 0; i < values.length; i++) {
      int[] place = place(spec, i);
      values[i] = matrix[place[0]][place[1]];
    }
    return values;
  }

  private static double[][] empty(ParameterSpec spec) {
    int[] last = place(spec, spec.elements() - 1);
    return new double[last[0] + 1][last[1] + 1];
  }

  /** Row and column of canonical element i. */
  private static int[] place(ParameterSpec spec, int i) {
    List<Integer> shape = spec.shape();
    if (shape.size() == 1) {
      return new int[] {0, i};
    }
    int inner = shape.getLast();
    if (shape.size() == 3 && !spec.name().endsWith("W_O")) {
      int head = i / (shape.get(1) * inner);
      return new int[] {i / inner % shape.get(1), head * inner + i % inner};
    }
    boolean perHeadBias = spec.name().matches(".*attn\\.b_[QKV]");
    return perHeadBias ? new int[] {0, i} : new int[] {i / inner, i % inner};
  }
}
