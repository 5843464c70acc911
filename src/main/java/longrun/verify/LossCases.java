package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.config.Loss;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Cases of {@code loss_gradient} and {@code loss_evaluate}. */
final class LossCases {
  private static final int LOGITS = 0;
  private static final int LABELS = 1;
  private static final int DATASET = 50;
  private static final double ROUNDING = 0x1p-24;

  /** Rows of the dataset's logits that are anything but ordinary. */
  private enum Extreme {
    ALL_FAR_BELOW(true),
    LABEL_FAR_ABOVE(true),
    LABEL_FAR_BELOW(true),
    ALL_EQUAL(true),
    LABEL_EQUALS_LOWER(true),
    LABEL_EQUALS_HIGHER(true),
    MINUS_INFINITY_ELSEWHERE(true),
    LARGEST_FLOATS(true),
    NAN_AT_LABEL(false),
    NAN_ELSEWHERE(false),
    INFINITY_AT_LABEL(false),
    INFINITY_ELSEWHERE(false),
    MINUS_INFINITY_AT_LABEL(false),
    ALL_NAN(false);

    final boolean finite;

    Extreme(boolean finite) {
      this.finite = finite;
    }

    /** What takes the place of a logit. */
    float apply(float logit, int column, int label) {
      boolean own = column == label;
      int other = label == 0 ? 1 : 0;
      return switch (this) {
        case ALL_FAR_BELOW -> logit - 1e4f;
        case LABEL_FAR_ABOVE -> own ? 1e4f : logit;
        case LABEL_FAR_BELOW -> own ? -1e4f : logit;
        case ALL_EQUAL -> -3.25f;
        case LABEL_EQUALS_LOWER -> own || column == 0 ? 50 : logit;
        case LABEL_EQUALS_HIGHER -> own || column > label ? 50 : logit;
        case MINUS_INFINITY_ELSEWHERE -> column == other ? Float.NEGATIVE_INFINITY : logit;
        case LARGEST_FLOATS -> own ? -1e18f : column == other ? 1e18f : logit;
        case NAN_AT_LABEL -> own ? Float.NaN : logit;
        case NAN_ELSEWHERE -> column == other ? Float.NaN : logit;
        case INFINITY_AT_LABEL -> own ? Float.POSITIVE_INFINITY : logit;
        case INFINITY_ELSEWHERE -> column == other ? Float.POSITIVE_INFINITY : logit;
        case MINUS_INFINITY_AT_LABEL -> own ? Float.NEGATIVE_INFINITY : logit;
        case ALL_NAN -> Float.NaN;
      };
    }

    /** Whether the loss of such a row is finite. */
    boolean finite(Loss loss) {
      return finite && !(this == MINUS_INFINITY_ELSEWHERE && loss == Loss.MSE);
    }
  }

  private LossCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (Loss loss : Loss.values()) {
      for (int columns : new int[] {1, 2, 31, 33, 97, 114, 128, 129, 513, 4097}) {
        for (int examples : columns > 1000 ? new int[] {7} : new int[] {1, 7, 33}) {
          boolean[] active =
              examples == 7 ? new boolean[] {true, false, true} : new boolean[] {true};
          Setting setting = new Setting(loss, columns, examples, active);
          cases.add(KernelCase.of("loss_gradient", setting.toString(), setting::gradient));
          cases.add(KernelCase.of("loss_evaluate", setting.toString(), setting::evaluate));
        }
      }
      for (Extreme extreme : Extreme.values()) {
        cases.add(
            KernelCase.of(
                "loss_gradient",
                "loss=" + loss + " with " + extreme,
                context -> extremeGradient(context, loss, extreme)));
        cases.add(
            KernelCase.of(
                "loss_evaluate",
                "loss=" + loss + " with " + extreme,
                context -> extremeEvaluation(context, loss, extreme)));
      }
    }
    return cases;
  }

  /**
   * A sum of {@code columns} terms in fp32: 2 additions in a group of four, one for each of a
   * lane's groups, 5 in the tree over lanes; 2 units in the last place for exp, 2 for its argument,
   * 2 for the quotient and the product that follow.
   */
  private static double tolerance(int columns) {
    return (19 + columns / 128) * ROUNDING;
  }

  private record Setting(Loss loss, int columns, int examples, boolean[] active) {
    Outcome gradient(CudaContext context) {
      try (Buffers buffers = new Buffers(context, loss, columns, examples, active)) {
        buffers.launch("loss_gradient");
        Comparison comparison = new Comparison(tolerance(columns));
        for (int slot : buffers.memory.activeSlots()) {
          comparison.sameInt(buffers.lossNotFinite, slot, 0, 0);
          for (int row = 0; row < examples; row++) {
            if (row < buffers.examplesOf(slot)) {
              buffers.compareGradient(comparison, slot, row);
            } else {
              buffers.compareUnchanged(comparison, slot, row);
            }
          }
        }
        return comparison.outcome(buffers.memory);
      }
    }

    Outcome evaluate(CudaContext context) {
      try (Buffers buffers = new Buffers(context, loss, columns, examples, active)) {
        buffers.launch("loss_evaluate");
        Comparison comparison = new Comparison(tolerance(columns));
        for (int slot : buffers.memory.activeSlots()) {
          for (int row = 0; row < examples; row++) {
            buffers.compareUnchanged(comparison, slot, row);
            if (row < buffers.examplesOf(slot)) {
              buffers.compareLoss(comparison, slot, row);
            } else {
              comparison.untouchedRow(buffers.losses, slot, row);
              comparison.untouchedRow(buffers.correct, slot, row);
            }
          }
        }
        return comparison.outcome(buffers.memory);
      }
    }

    @Override
    public String toString() {
      return "loss="
          + loss
          + " columns="
          + columns
          + " examples="
          + examples
          + " slots="
          + active.length;
    }
  }

  private static Outcome extremeGradient(CudaContext context, Loss loss, Extreme extreme) {
    int columns = 37;
    try (Buffers buffers = new Buffers(context, loss, columns, 9, true, true)) {
      buffers.apply(extreme, 0, 3);
      buffers.launch("loss_gradient");
      Comparison comparison = new Comparison(tolerance(columns));
      comparison.sameInt(buffers.lossNotFinite, 0, 0, extreme.finite(loss) ? 0 : 1);
      comparison.sameInt(buffers.lossNotFinite, 1, 0, 0);
      for (int slot = 0; slot < 2; slot++) {
        for (int row = 0; row < buffers.examplesOf(slot); row++) {
          if (slot == 1 || row != 3 || extreme.finite(loss)) {
            buffers.compareGradient(comparison, slot, row);
          }
        }
      }
      comparison.zeroPadding(buffers.logits, 0, 3);
      return comparison.outcome(buffers.memory);
    }
  }

  private static Outcome extremeEvaluation(CudaContext context, Loss loss, Extreme extreme) {
    int columns = 37;
    try (Buffers buffers = new Buffers(context, loss, columns, 9, true)) {
      buffers.apply(extreme, 0, 3);
      buffers.launch("loss_evaluate");
      Comparison comparison = new Comparison(tolerance(columns));
      for (int row = 0; row < 9; row++) {
        if (row != 3 || extreme.finite(loss)) {
          buffers.compareLoss(comparison, 0, row);
        } else {
          comparison.same(
              "finite loss of " + extreme, Float.isFinite(buffers.losses.at(0, row, 0)) ? 1 : 0, 0);
          comparison.sameInt(buffers.correct, 0, row, buffers.isLargest(0, row) ? 1 : 0);
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** What the kernels read and write; the last slots have fewer examples than the buffers hold. */
  private static final class Buffers implements AutoCloseable {
    final CaseMemory memory;
    final Region logits;
    final Region lossNotFinite;
    final Region losses;
    final Region correct;
    private final Loss loss;
    private final int columns;
    private final int capacity;
    private final float[][][] given;
    private final Region labels;
    private final Region batch;
    private final Region examples;

    Buffers(CudaContext context, Loss loss, int columns, int capacity, boolean... active) {
      this.loss = loss;
      this.columns = columns;
      this.capacity = capacity;
      memory = new CaseMemory(context, active);
      Area arena = memory.arena();
      CaseValues values = new CaseValues(7 * columns + capacity);
      given = new float[active.length][capacity][columns];
      logits =
          arena
              .matrix("logits", Access.IN_OUT, capacity, columns)
              .fill(
                  (slot, row, column) -> {
                    long index = ((long) slot * capacity + row) * columns + column;
                    given[slot][row][column] = 4 * values.normal(LOGITS, index);
                    return given[slot][row][column];
                  });
      labels =
          arena
              .ints("labels", Access.IN, DATASET)
              .fillInts((slot, i) -> values.below(LABELS, slot * DATASET + i, columns));
      batch =
          arena
              .ints("batch", Access.IN, capacity)
              .fillInts((slot, i) -> (slot + 17 * i + 5) % DATASET);
      examples = arena.constants("examples", 0);
      examples.fillInts((slot, i) -> examplesOf(slot));
      lossNotFinite = arena.ints("lossNotFinite", Access.IN_OUT, 1);
      losses = arena.packed("losses", Access.OUT, capacity, 1);
      correct = arena.packed("correct", Access.OUT, capacity, 1);
    }

    int examplesOf(int slot) {
      return Math.max(1, capacity - slot);
    }

    void apply(Extreme extreme, int slot, int row) {
      // In the middle, so that there are other columns on both sides.
      labels.setInt(slot, batch.intAt(slot, row), columns / 2);
      for (int column = 0; column < columns; column++) {
        given[slot][row][column] = extreme.apply(given[slot][row][column], column, columns / 2);
        logits.set(slot, row, column, given[slot][row][column]);
      }
    }

    void launch(String kernel) {
      Struct parameters = KernelParameters.LOSS_PARAMETERS.create();
      memory.describeSlots(parameters);
      parameters
          .set("logits", logits.address())
          .set("labels", labels.address())
          .set("batch", batch.address())
          .set("examples", examples.address())
          .set("lossNotFinite", lossNotFinite.address())
          .set("losses", losses.address())
          .set("correct", correct.address())
          .set("logitsStride", logits.stride())
          .set("columns", columns)
          .set(
              "loss",
              switch (loss) {
                case CROSS_ENTROPY -> KernelParameters.LOSS_CROSS_ENTROPY;
                case MSE -> KernelParameters.LOSS_MSE;
                case STABLEMAX -> KernelParameters.LOSS_STABLEMAX;
              });
      memory.launch(kernel, Math.ceilDiv(capacity, 8), 256, parameters);
    }

    private int label(int slot, int row) {
      return labels.intAt(slot, batch.intAt(slot, row));
    }

    void compareGradient(Comparison comparison, int slot, int row) {
      int label = label(slot, row);
      float[] z = given[slot][row];
      double[] expected = ExpectedLoss.gradient(loss, z, label);
      double scale = loss == Loss.MSE ? 2.0 / columns * (1 + largest(z)) : 1;
      for (int column = 0; column < columns; column++) {
        expected[column] /= examplesOf(slot);
      }
      comparison.closeRow(logits, slot, row, expected, scale / examplesOf(slot));
    }

    /** Absolute where the loss is small: it is the logarithm of an fp32 sum near 1. */
    void compareLoss(Comparison comparison, int slot, int row) {
      double expected = ExpectedLoss.value(loss, given[slot][row], label(slot, row));
      comparison.close(losses, slot, row, 0, expected, 1 + Math.abs(expected));
      comparison.sameInt(correct, slot, row, isLargest(slot, row) ? 1 : 0);
    }

    boolean isLargest(int slot, int row) {
      return ExpectedLoss.isLargest(given[slot][row], label(slot, row));
    }

    void compareUnchanged(Comparison comparison, int slot, int row) {
      for (int column = 0; column < columns; column++) {
        comparison.same(
            "logits[" + row + ", " + column + "] of slot " + slot + ", bits",
            logits.bits(slot, row, column),
            Float.floatToRawIntBits(given[slot][row][column]));
      }
    }

    private static double largest(float[] z) {
      double largest = 0;
      for (float value : z) {
        largest = Math.max(largest, Math.abs(value));
      }
      return largest;
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
