package longrun.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * Buffers, parameters and gradients of a {@link PlanInterpreter}, and how rows find each other.
 *
 * <p>Every buffer starts as NaN, so that a value that is read before it is written shows; a
 * parameter gradient that is written twice, or never, is an error.
 */
final class PlanMemory {
  private final List<ParameterSpec> specs;
  private final int[] batch;

  /** double[rows][columns] of each buffer. */
  private final double[][][] buffers;

  private final Map<String, double[][]> parameters = new HashMap<>();
  private final Map<String, double[][]> gradients = new HashMap<>();

  PlanMemory(Plan plan, Tensors parameters, int[] batch) {
    this.specs = plan.cohort().model().parameters();
    this.batch = batch;
    this.buffers = new double[plan.buffers().size()][][];
    for (Buffer buffer : plan.buffers()) {
      double[][] rows = new double[buffer.rows().count(batch.length)][buffer.width()];
      for (double[] row : rows) {
        Arrays.fill(row, Double.NaN);
      }
      buffers[buffer.index()] = rows;
    }
    for (ParameterSpec spec : specs) {
      this.parameters.put(spec.name(), asMatrix(spec, parameters.get(spec.name()).values()));
    }
  }

  /** Gradients of all parameters, in canonical shapes. */
  Tensors gradients() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Set<String> missing = new HashSet<>();
    for (ParameterSpec spec : specs) {
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

  int rows(View view) {
    return view.rows(batch.length);
  }

  /** Row i of a view, counted over all of its rows, as an array that can be written to. */
  double[] row(View view, int i) {
    double[][] rows = buffers[view.buffer().index()];
    return switch (view.buffer().rows()) {
      case Rows.Shared(int count) -> rows[view.first() + i];
      case Rows.PerExample(int perExample) ->
          rows[i / view.count() * perExample + view.first() + i % view.count()];
    };
  }

  /** By what number row i of a view looks into tables. */
  int reader(View view, int i) {
    return view.perExample() ? batch[i / view.count()] : i;
  }

  /** Which row of a source's view row i of the reading view reads. */
  int found(Source source, View reading, int i) {
    return switch (source) {
      case Source.Indexed(View view, RowIndex index) -> index.rowOf(reader(reading, i));
      case Source.SameExample(View view) -> i / reading.count();
    };
  }

  double[] read(Source source, View reading, int i) {
    return row(source.view(), found(source, reading, i));
  }

  double[][] parameter(String name) {
    double[][] matrix = parameters.get(name);
    if (matrix == null) {
      throw new IllegalStateException("no parameter name=" + name);
    }
    return matrix;
  }

  /** A parameter's gradient, zero, to be filled in by the one operation that writes it. */
  double[][] newGradient(String name) {
    double[][] like = parameter(name);
    double[][] gradient = new double[like.length][like[0].length];
    if (gradients.put(name, gradient) != null) {
      throw new IllegalStateException("written twice: gradient of " + name);
    }
    return gradient;
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
