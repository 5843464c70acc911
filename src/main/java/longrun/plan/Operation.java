package longrun.plan;

import java.util.List;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.Loss;

/**
 * One operation of a step. Weights are named as in the model; a weight with heads, {@code [heads,
 * d, d_head]}, is read as the matrix {@code [d, heads·d_head]}, and {@code W_O} as {@code
 * [heads·d_head, d]}. Where an operation writes a view it overwrites it unless it says accumulate.
 *
 * <p>Everything is defined so that sums have one fixed order: over columns, then over readers or
 * rows in ascending order, terms of a list in list order.
 */
public sealed interface Operation {
  /** A short name for tables. */
  default String kind() {
    return getClass().getSimpleName();
  }

  /**
   * out[r] = activation(Σ lookups(r)): embeddings, and an MLP's first layer over one-hot inputs.
   */
  record LookupSum(
      View out, List<Lookup> lookups, Optional<Activation> activation, Optional<View> preActivation)
      implements Operation {
    public LookupSum {
      lookups = List.copyOf(lookups);
    }
  }

  /** What a {@link LookupSum} adds to a row. */
  sealed interface Lookup {
    /** A row of a parameter matrix, chosen by table. */
    record ParameterRow(String parameter, RowIndex index) implements Lookup {}

    /** The same row of a parameter for every reader (a vector parameter has one row). */
    record FixedParameterRow(String parameter, int row) implements Lookup {}

    /** A constant row. */
    record ConstantRow(List<Double> values) implements Lookup {
      public ConstantRow {
        values = List.copyOf(values);
      }
    }
  }

  /**
   * out = (in − mean)/√(variance + 1e-5) · scale + shift over each row; statistics keeps (mean,
   * 1/√(variance + 1e-5)).
   */
  record LayerNorm(View out, View in, String scale, String shift, View statistics)
      implements Operation {}

  /** out = activation(in · weight + bias + residual); preActivation keeps the argument. */
  record MatMul(
      View out,
      View in,
      String weight,
      Optional<String> bias,
      Optional<Residual> residual,
      Optional<Activation> activation,
      Optional<View> preActivation)
      implements Operation {}

  /** Rows added to the rows of a product. */
  sealed interface Residual {
    /** Row r of the view is added to row r. */
    record SameRows(View view) implements Residual {}

    /**
     * Row r adds the row it finds through its source: one source for each row of an example's
     * group, or a single one for all shared rows.
     */
    record Gathered(List<Source> sources) implements Residual {
      public Gathered {
        sources = List.copyOf(sources);
      }
    }
  }

  /**
   * Causal attention of one query position: for each head, p = softmax over the key positions of
   * q·k/√d_head, out = Σ p·v.
   *
   * @param out z, [rows, heads·d_head]
   * @param probabilities p, [rows, heads·keys]
   * @param keys key positions 0..t, in order
   */
  record Attention(View out, View probabilities, int heads, int dHead, Source query, List<Key> keys)
      implements Operation {
    public Attention {
      keys = List.copyOf(keys);
    }
  }

  /** One key position: where a reader finds its key row and its value row. */
  record Key(Source key, Source value) {}

  /**
   * Loss of every example against its label, whether the largest logit is the label, and the
   * gradient of the mean loss with respect to the logits, which takes the logits' place.
   */
  record LossAndGradient(View logits, Loss loss) implements Operation {}

  /**
   * inGradient = addend + (outGradient · weightᵀ) ∘ derivative. The addend may be inGradient
   * itself.
   */
  record MatMulInputGradient(
      View inGradient,
      Optional<View> addend,
      View outGradient,
      String weight,
      Optional<ActivationDerivative> activation)
      implements Operation {}

  /**
   * The derivative to apply, from what the forward pass kept: the output for ReLU, the argument
   * otherwise.
   */
  record ActivationDerivative(Activation activation, View saved) {}

  /** weightGradient = Σ over terms inᵀ · outGradient; biasGradient = column sums of outGradient. */
  record WeightGradient(String weight, Optional<String> bias, List<WeightGradient.Term> terms)
      implements Operation {
    public WeightGradient {
      terms = List.copyOf(terms);
    }

    /** One set of rows that a weight was applied to. */
    public record Term(View in, View outGradient) {}
  }

  /** Gradient of {@link LayerNorm} with respect to its input, plus the addend. */
  record LayerNormInputGradient(
      View inGradient,
      Optional<View> addend,
      View outGradient,
      View in,
      String scale,
      View statistics)
      implements Operation {}

  /** Gradient of {@link LayerNorm} with respect to scale and shift. */
  record LayerNormWeightGradient(
      String scale, String shift, List<LayerNormWeightGradient.Term> terms) implements Operation {
    public LayerNormWeightGradient {
      terms = List.copyOf(terms);
    }

    /** One set of rows that the normalisation was applied to. */
    public record Term(View outGradient, View in, View statistics) {}
  }

  /**
   * Gradient of {@link Attention} as far as it is local to the reading row: scoreGradient = the
   * gradient of q·k/√d_head times 1/√d_head, [rows, heads·keys]; queryGradient = Σ scoreGradient·k.
   */
  record AttentionGradient(
      View scoreGradient, View queryGradient, View outGradient, Attention attention)
      implements Operation {}

  /**
   * Gradient of key and value rows: the sum over every row that attended to them. keyGradient = Σ
   * scoreGradient·q, valueGradient = Σ p·outGradient.
   */
  record KeyGradient(View keyGradient, View valueGradient, List<KeyReader> readers)
      implements Operation {
    public KeyGradient {
      readers = List.copyOf(readers);
    }
  }

  /**
   * Rows that attended to a key: their attention and the position at which the key stands there.
   */
  record KeyReader(AttentionGradient gradient, int keyPosition) {
    /** How a reader found the key row. */
    public Source source() {
      return gradient.attention().keys().get(keyPosition).key();
    }
  }

  /**
   * inGradient = addend + Σ over readers of their gradients: residual paths and queries. The addend
   * may be inGradient itself.
   */
  record ReaderSum(View inGradient, Optional<View> addend, List<Reader> readers)
      implements Operation {
    public ReaderSum {
      readers = List.copyOf(readers);
    }

    /** Rows that read; the source says which row each of them read. */
    public record Reader(View gradient, Source source) {}
  }

  /** Gradient of a looked-up parameter: each row sums its readers; rows without readers are 0. */
  record LookupGradient(String parameter, List<LookupGradient.Term> terms) implements Operation {
    public LookupGradient {
      terms = List.copyOf(terms);
    }

    /** Readers of the parameter through one lookup. */
    public record Term(View outGradient, Lookup lookup) {}
  }
}
