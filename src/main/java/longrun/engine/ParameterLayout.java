package longrun.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import longrun.model.Model;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * Where each parameter lies in a slot's flat arrays (parameters, gradients and moments alike), as a
 * padded row-major matrix.
 *
 * <pre>
 *   canonical                    here
 *   W_Q, W_K, W_V [h, d, k]      [d, h·k]: one product serves all heads
 *   W_O           [h, k, d]      [h·k, d]
 *   b_Q, b_K, b_V [h, k]         [1, h·k]
 *   matrix        [r, c]         [r, c]
 *   vector        [c]            [1, c]
 * </pre>
 *
 * Padding columns hold zeros in every array, and the optimizer keeps them so.
 */
public final class ParameterLayout {
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Entry> byName = new HashMap<>();
  private final int length;

  /** One parameter as a matrix: element (r, c) is at offset + r·rowLength + c. */
  public record Entry(
      ParameterSpec spec, int index, int offset, int rows, int columns, int rowLength) {
    /** Elements including padding. */
    public int length() {
      return rows * rowLength;
    }
  }

  /**
   * @param rowLength elements of a row with its padding, by columns
   * @throws UnsupportedCohortException if the model has more elements than an array holds
   */
  public ParameterLayout(Model model, IntUnaryOperator rowLength) {
    long offset = 0;
    for (ParameterSpec spec : model.parameters()) {
      List<Integer> shape = spec.shape();
      int columns = shape.getLast();
      if (isPerHeadInput(spec) || isPerHeadBias(spec)) {
        columns *= shape.getFirst();
      }
      int rows = spec.elements() / columns;
      Entry entry =
          new Entry(
              spec, entries.size(), (int) offset, rows, columns, rowLength.applyAsInt(columns));
      entries.add(entry);
      byName.put(spec.name(), entry);
      offset += (long) rows * entry.rowLength;
    }
    if (offset > Integer.MAX_VALUE - 8) {
      throw new UnsupportedCohortException(
          "the model needs elements=" + offset + " for its parameters, more than an array holds");
    }
    length = (int) offset;
  }

  /** Elements of a slot's array, padding included. */
  public int length() {
    return length;
  }

  /** In the model's order. */
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  /**
   * @throws IllegalArgumentException if the model has no parameter of that name
   */
  public Entry entry(String name) {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no parameter name=" + name);
    }
    return entry;
  }

  /** Copies canonical tensors in, rounding to float; the array's padding becomes zero. */
  public void scatter(Tensors tensors, float[] array) {
    java.util.Arrays.fill(array, 0);
    for (Entry entry : entries) {
      double[] values = tensors.get(entry.spec.name()).values();
      // Elements of a head's row, or of a row, lie next to each other in both.
      boolean perHead = isPerHeadInput(entry.spec);
      int together = perHead ? entry.spec.shape().get(2) : entry.columns;
      for (int i = 0; i < values.length; i += together) {
        int position = position(entry, perHead, i);
        for (int j = 0; j < together; j++) {
          array[position + j] = (float) values[i + j];
        }
      }
    }
  }

  /** Copies an array out into canonical tensors. */
  public Tensors gather(float[] array) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      double[] values = new double[entry.spec.elements()];
      boolean perHead = isPerHeadInput(entry.spec);
      int together = perHead ? entry.spec.shape().get(2) : entry.columns;
      for (int i = 0; i < values.length; i += together) {
        int position = position(entry, perHead, i);
        for (int j = 0; j < together; j++) {
          values[i + j] = array[position + j];
        }
      }
      tensors.put(entry.spec.name(), new Tensor(entry.spec.shape(), values));
    }
    return new Tensors(tensors);
  }

  /** Where canonical element i of a parameter lies. */
  private static int position(Entry entry, boolean perHead, int i) {
    int row;
    int column;
    if (perHead) {
      int dModel = entry.spec.shape().get(1);
      int dHead = entry.spec.shape().get(2);
      int head = i / (dModel * dHead);
      row = i / dHead % dModel;
      column = head * dHead + i % dHead;
    } else {
      row = i / entry.columns;
      column = i % entry.columns;
    }
    return entry.offset + row * entry.rowLength + column;
  }

  private static boolean isPerHeadInput(ParameterSpec spec) {
    return spec.name().matches(".*\\.attn\\.W_[QKV]");
  }

  private static boolean isPerHeadBias(ParameterSpec spec) {
    return spec.name().matches(".*\\.attn\\.b_[QKV]");
  }
}
