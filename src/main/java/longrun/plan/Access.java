package longrun.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * Which rows an operation reads and writes; parameters and their gradients are not counted. Two
 * operations of a plan whose accesses do not conflict may run in either order, or side by side.
 */
public record Access(List<View> reads, List<View> writes) {
  public Access {
    reads = List.copyOf(reads);
    writes = List.copyOf(writes);
  }

  /** The rows of one operation. */
  public static Access of(Operation operation) {
    Collector rows = new Collector();
    switch (operation) {
      case Operation.LookupSum o -> {
        rows.writes(o.out());
        o.preActivation().ifPresent(rows::writes);
      }
      case Operation.LayerNorm o -> {
        rows.reads(o.in());
        rows.writes(o.out(), o.statistics());
      }
      case Operation.MatMul o -> matMul(o, rows);
      case Operation.Attention o -> {
        attention(o, rows);
        rows.writes(o.out(), o.probabilities());
      }
      case Operation.LossAndGradient o -> rows.writes(o.logits());
      case Operation.MatMulInputGradient o -> {
        rows.reads(o.outGradient());
        o.addend().ifPresent(rows::reads);
        o.activation().ifPresent(a -> rows.reads(a.saved()));
        rows.writes(o.inGradient());
      }
      case Operation.LayerNormInputGradient o -> {
        rows.reads(o.outGradient(), o.in(), o.statistics());
        o.addend().ifPresent(rows::reads);
        rows.writes(o.inGradient());
      }
      case Operation.AttentionGradient o -> {
        attention(o.attention(), rows);
        rows.reads(o.attention().probabilities(), o.outGradient());
        rows.writes(o.scoreGradient(), o.queryGradient());
      }
      case Operation.KeyGradient o -> {
        for (Operation.KeyReader reader : o.readers()) {
          attention(reader.gradient().attention(), rows);
          rows.reads(
              reader.gradient().attention().probabilities(),
              reader.gradient().scoreGradient(),
              reader.gradient().outGradient());
        }
        rows.writes(o.keyGradient(), o.valueGradient());
      }
      case Operation.ReaderSum o -> {
        o.addend().ifPresent(rows::reads);
        o.readers().forEach(reader -> rows.reads(reader.gradient()));
        rows.writes(o.inGradient());
      }
      case Operation.WeightGradient o ->
          o.terms().forEach(t -> rows.reads(t.in(), t.outGradient()));
      case Operation.LayerNormWeightGradient o ->
          o.terms().forEach(t -> rows.reads(t.outGradient(), t.in(), t.statistics()));
      case Operation.LookupGradient o -> o.terms().forEach(t -> rows.reads(t.outGradient()));
    }
    return new Access(rows.reads, rows.writes);
  }

  /** Whether one of the two writes rows that the other reads or writes. */
  public boolean conflictsWith(Access other) {
    return overlap(writes, other.writes)
        || overlap(writes, other.reads)
        || overlap(reads, other.writes);
  }

  /** Whether the operation writes rows of examples. */
  public boolean writesExamples() {
    return writes.stream().anyMatch(View::perExample);
  }

  private static boolean overlap(List<View> some, List<View> others) {
    return some.stream().anyMatch(view -> others.stream().anyMatch(view::overlaps));
  }

  private static void matMul(Operation.MatMul o, Collector rows) {
    rows.reads(o.in());
    o.residual()
        .ifPresent(
            residual -> {
              switch (residual) {
                case Operation.Residual.SameRows(View view) -> rows.reads(view);
                case Operation.Residual.Gathered(List<Source> sources) ->
                    sources.forEach(source -> rows.reads(source.view()));
              }
            });
    rows.writes(o.out());
    o.preActivation().ifPresent(rows::writes);
  }

  private static void attention(Operation.Attention attention, Collector rows) {
    rows.reads(attention.query().view());
    attention.keys().forEach(key -> rows.reads(key.key().view(), key.value().view()));
  }

  private static final class Collector {
    private final List<View> reads = new ArrayList<>();
    private final List<View> writes = new ArrayList<>();

    void reads(View... views) {
      reads.addAll(List.of(views));
    }

    void writes(View... views) {
      writes.addAll(List.of(views));
    }
  }
}
