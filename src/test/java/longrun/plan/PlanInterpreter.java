package longrun.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.Loss;
import longrun.model.Tensors;
import org.apache.commons.numbers.gamma.Erfc;

/**
 * Executes a plan in double with the plainest loops, one operation after the other, by what the
 * Javadoc of {@link Operation} says and nothing else. What tests compare plans by: it shares no
 * code with any engine.
 */
final class PlanInterpreter {
  private static final double EPSILON = 1e-5;

  private final Plan plan;
  private final int[] batch;
  private final int[] labels;
  private final PlanMemory memory;

  /**
   * @param parameters in the model's canonical shapes
   * @param labels int[examples of the dataset]
   * @param batch numbers of the examples of this step; at most the cohort's batch
   */
  PlanInterpreter(Plan plan, Tensors parameters, int[] labels, int[] batch) {
    this.plan = plan;
    this.batch = batch;
    this.labels = labels;
    this.memory = new PlanMemory(plan, parameters, batch);
  }

  /** Runs the whole step and gives the gradients of all parameters, in canonical shapes. */
  Tensors gradients() {
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.add(plan.loss());
    operations.addAll(plan.backward());
    operations.addAll(plan.parameterGradients());
    operations.forEach(this::execute);
    return memory.gradients();
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

  private double[] valuesOf(Optional<View> view, int row, int width) {
    return view.isPresent() ? memory.row(view.get(), row).clone() : new double[width];
  }

  private void lookupSum(Operation.LookupSum o) {
    for (int i = 0; i < memory.rows(o.out()); i++) {
      double[] sum = new double[o.out().width()];
      for (Operation.Lookup lookup : o.lookups()) {
        for (int c = 0; c < sum.length; c++) {
          sum[c] +=
              switch (lookup) {
                case Operation.Lookup.ParameterRow(String name, RowIndex index) ->
                    memory.parameter(name)[index.rowOf(memory.reader(o.out(), i))][c];
                case Operation.Lookup.FixedParameterRow(String name, int row) ->
                    memory.parameter(name)[row][c];
                case Operation.Lookup.ConstantRow(List<Double> values) -> values.get(c);
              };
        }
      }
      activate(o.activation(), o.preActivation(), i, sum);
      System.arraycopy(sum, 0, memory.row(o.out(), i), 0, sum.length);
    }
  }

  private void layerNorm(Operation.LayerNorm o) {
    for (int i = 0; i < memory.rows(o.in()); i++) {
      double[] in = memory.row(o.in(), i);
      double mean = Arrays.stream(in).sum() / in.length;
      double variance = Arrays.stream(in).map(x -> (x - mean) * (x - mean)).sum() / in.length;
      double inverse = 1 / Math.sqrt(variance + EPSILON);
      for (int c = 0; c < in.length; c++) {
        memory.row(o.out(), i)[c] =
            (in[c] - mean) * inverse * memory.parameter(o.scale())[0][c]
                + memory.parameter(o.shift())[0][c];
      }
      memory.row(o.statistics(), i)[0] = mean;
      memory.row(o.statistics(), i)[1] = inverse;
    }
  }

  private void matMul(Operation.MatMul o) {
    double[][] weight = memory.parameter(o.weight());
    for (int i = 0; i < memory.rows(o.out()); i++) {
      double[] in = memory.row(o.in(), i);
      double[] sum = new double[o.out().width()];
      for (int c = 0; c < sum.length; c++) {
        for (int k = 0; k < in.length; k++) {
          sum[c] += in[k] * weight[k][c];
        }
        if (o.bias().isPresent()) {
          sum[c] += memory.parameter(o.bias().get())[0][c];
        }
        if (o.residual().isPresent()) {
          sum[c] += residual(o.residual().get(), o.out(), i)[c];
        }
      }
      activate(o.activation(), o.preActivation(), i, sum);
      System.arraycopy(sum, 0, memory.row(o.out(), i), 0, sum.length);
    }
  }

  private double[] residual(Operation.Residual residual, View out, int i) {
    return switch (residual) {
      case Operation.Residual.SameRows(View view) -> memory.row(view, i);
      case Operation.Residual.Gathered(List<Source> sources) ->
          memory.read(sources.get(out.perExample() ? i % out.count() : 0), out, i);
    };
  }

  private void activate(
      Optional<Activation> activation, Optional<View> keep, int i, double[] values) {
    if (keep.isPresent()) {
      System.arraycopy(values, 0, memory.row(keep.get(), i), 0, values.length);
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
    for (int i = 0; i < memory.rows(o.out()); i++) {
      double[] out = memory.row(o.out(), i);
      Arrays.fill(out, 0);
      double[] p = memory.row(o.probabilities(), i);
      for (int head = 0; head < o.heads(); head++) {
        int at = head * o.dHead();
        double[] scores = new double[keys];
        for (int key = 0; key < keys; key++) {
          double[] q = memory.read(o.query(), o.out(), i);
          double[] k = memory.read(o.keys().get(key).key(), o.out(), i);
          scores[key] = dot(q, k, at, o.dHead()) / Math.sqrt(o.dHead());
        }
        // Without it, squares through three layers overflow.
        double max = Arrays.stream(scores).max().orElseThrow();
        double sum = Arrays.stream(scores).map(score -> Math.exp(score - max)).sum();
        for (int key = 0; key < keys; key++) {
          double[] v = memory.read(o.keys().get(key).value(), o.out(), i);
          p[head * keys + key] = Math.exp(scores[key] - max) / sum;
          for (int c = at; c < at + o.dHead(); c++) {
            out[c] += p[head * keys + key] * v[c];
          }
        }
      }
    }
  }

  private void loss(Operation.LossAndGradient o) {
    for (int i = 0; i < memory.rows(o.logits()); i++) {
      double[] z = memory.row(o.logits(), i);
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

  private void matMulInputGradient(Operation.MatMulInputGradient o) {
    double[][] weight = memory.parameter(o.weight());
    for (int i = 0; i < memory.rows(o.inGradient()); i++) {
      double[] out = memory.row(o.outGradient(), i);
      double[] sum = valuesOf(o.addend(), i, o.inGradient().width());
      for (int k = 0; k < sum.length; k++) {
        double product = 0;
        for (int c = 0; c < out.length; c++) {
          product += out[c] * weight[k][c];
        }
        if (o.activation().isPresent()) {
          Operation.ActivationDerivative derivative = o.activation().get();
          product *= derivative(derivative.activation(), memory.row(derivative.saved(), i)[k]);
        }
        sum[k] += product;
      }
      System.arraycopy(sum, 0, memory.row(o.inGradient(), i), 0, sum.length);
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
    double[][] gradient = memory.newGradient(o.weight());
    Optional<double[][]> bias = o.bias().map(memory::newGradient);
    for (Operation.WeightGradient.Term term : o.terms()) {
      for (int i = 0; i < memory.rows(term.in()); i++) {
        double[] in = memory.row(term.in(), i);
        double[] out = memory.row(term.outGradient(), i);
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
    for (int i = 0; i < memory.rows(o.in()); i++) {
      double[] in = memory.row(o.in(), i);
      double[] out = memory.row(o.outGradient(), i);
      double mean = memory.row(o.statistics(), i)[0];
      double inverse = memory.row(o.statistics(), i)[1];
      double[] scale = memory.parameter(o.scale())[0];
      double[] sum = valuesOf(o.addend(), i, in.length);
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
      System.arraycopy(sum, 0, memory.row(o.inGradient(), i), 0, sum.length);
    }
  }

  private void layerNormWeightGradient(Operation.LayerNormWeightGradient o) {
    double[] scale = memory.newGradient(o.scale())[0];
    double[] shift = memory.newGradient(o.shift())[0];
    for (Operation.LayerNormWeightGradient.Term term : o.terms()) {
      for (int i = 0; i < memory.rows(term.in()); i++) {
        double[] statistics = memory.row(term.statistics(), i);
        for (int c = 0; c < scale.length; c++) {
          double out = memory.row(term.outGradient(), i)[c];
          scale[c] += out * (memory.row(term.in(), i)[c] - statistics[0]) * statistics[1];
          shift[c] += out;
        }
      }
    }
  }

  private void attentionGradient(Operation.AttentionGradient o) {
    Operation.Attention attention = o.attention();
    int keys = attention.keys().size();
    int dHead = attention.dHead();
    for (int i = 0; i < memory.rows(o.outGradient()); i++) {
      double[] dz = memory.row(o.outGradient(), i);
      double[] p = memory.row(attention.probabilities(), i);
      double[] queryGradient = memory.row(o.queryGradient(), i);
      Arrays.fill(queryGradient, 0);
      for (int head = 0; head < attention.heads(); head++) {
        int at = head * dHead;
        double[] dp = new double[keys];
        double expected = 0;
        for (int key = 0; key < keys; key++) {
          double[] v = memory.read(attention.keys().get(key).value(), attention.out(), i);
          dp[key] = dot(dz, v, at, dHead);
          expected += p[head * keys + key] * dp[key];
        }
        for (int key = 0; key < keys; key++) {
          double[] k = memory.read(attention.keys().get(key).key(), attention.out(), i);
          double score = p[head * keys + key] * (dp[key] - expected) / Math.sqrt(dHead);
          memory.row(o.scoreGradient(), i)[head * keys + key] = score;
          for (int c = at; c < at + dHead; c++) {
            queryGradient[c] += score * k[c];
          }
        }
      }
    }
  }

  private void keyGradient(Operation.KeyGradient o) {
    for (int i = 0; i < memory.rows(o.keyGradient()); i++) {
      Arrays.fill(memory.row(o.keyGradient(), i), 0);
      Arrays.fill(memory.row(o.valueGradient(), i), 0);
    }
    for (Operation.KeyReader reader : o.readers()) {
      Operation.AttentionGradient gradient = reader.gradient();
      Operation.Attention attention = gradient.attention();
      int keys = attention.keys().size();
      for (int i = 0; i < memory.rows(attention.out()); i++) {
        int read = memory.found(reader.source(), attention.out(), i);
        double[] q = memory.read(attention.query(), attention.out(), i);
        for (int c = 0; c < q.length; c++) {
          int score = c / attention.dHead() * keys + reader.keyPosition();
          memory.row(o.keyGradient(), read)[c] +=
              memory.row(gradient.scoreGradient(), i)[score] * q[c];
          memory.row(o.valueGradient(), read)[c] +=
              memory.row(attention.probabilities(), i)[score]
                  * memory.row(gradient.outGradient(), i)[c];
        }
      }
    }
  }

  private void readerSum(Operation.ReaderSum o) {
    double[][] sums = new double[memory.rows(o.inGradient())][];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = valuesOf(o.addend(), i, o.inGradient().width());
    }
    for (Operation.ReaderSum.Reader reader : o.readers()) {
      for (int i = 0; i < memory.rows(reader.gradient()); i++) {
        double[] sum = sums[memory.found(reader.source(), reader.gradient(), i)];
        for (int c = 0; c < sum.length; c++) {
          sum[c] += memory.row(reader.gradient(), i)[c];
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      System.arraycopy(sums[i], 0, memory.row(o.inGradient(), i), 0, sums[i].length);
    }
  }

  private void lookupGradient(Operation.LookupGradient o) {
    double[][] gradient = memory.newGradient(o.parameter());
    for (Operation.LookupGradient.Term term : o.terms()) {
      for (int i = 0; i < memory.rows(term.outGradient()); i++) {
        int looked =
            switch (term.lookup()) {
              case Operation.Lookup.ParameterRow(String name, RowIndex index) ->
                  index.rowOf(memory.reader(term.outGradient(), i));
              case Operation.Lookup.FixedParameterRow(String name, int row) -> row;
              case Operation.Lookup.ConstantRow row ->
                  throw new IllegalStateException("a constant has no gradient: " + o);
            };
        for (int c = 0; c < gradient[looked].length; c++) {
          gradient[looked][c] += memory.row(term.outGradient(), i)[c];
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
}
