package longrun.cpu;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import longrun.engine.ParameterLayout;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Buffer;
import longrun.plan.Operation;
import longrun.plan.Plan;
import longrun.plan.RowIndex;
import longrun.plan.View;

/**
 * The arrays of one step in progress: the plan's buffers, gradients of parameters, the batch and
 * the tables derived from it. A run needs one only while it advances, so there are as many as steps
 * go on at once, not as many as slots.
 */
final class Workspace {
  private static final int EVALUATION_EXAMPLES = 256;

  final float[] gradients;

  /** Transposes of the weights that gradients flow back through, laid out by {@link Transposes}. */
  final float[] transposes;

  /** Dataset numbers of the batch's examples; {@link #batchCount} of them are valid. */
  final int[] batch;

  int batchCount;

  /** Divisor of the mean loss. */
  int lossCount;

  /** Loss of each example of the batch, not yet divided; filled by evaluations only. */
  final double[] loss;

  /** Whether each example's label has the largest logit; filled by evaluations only. */
  final boolean[] correct;

  /** Set by any thread that meets a loss that is not finite. */
  volatile boolean lossNotFinite;

  /** Set by any thread whose update makes a parameter non-finite. */
  volatile boolean parameterNotFinite;

  private final float[][] buffers;
  private final int[] rowLength;
  private final Map<RowIndex, ReaderLists> readerLists = new IdentityHashMap<>();
  private final List<ReaderLists> perBatch = new ArrayList<>();

  Workspace(Plan plan, ParameterLayout layout, Transposes transposed) {
    int examples = capacity(plan);
    buffers = new float[plan.buffers().size()][];
    rowLength = rowLengths(plan);
    int[] lengths = new int[buffers.length];
    for (Buffer buffer : plan.buffers()) {
      int i = buffer.index();
      long elements = buffer.rows().count(examples) * (long) rowLength[i];
      if (elements > Integer.MAX_VALUE - 8) {
        throw new UnsupportedCohortException(
            "buffer="
                + buffer.name()
                + " needs elements="
                + elements
                + ", more than an array holds; use a smaller training.batch_size");
      }
      lengths[i] = (int) elements;
    }
    gradients = new float[layout.length()];
    transposes = new float[transposed.length()];
    batch = new int[examples];
    loss = new double[examples];
    correct = new boolean[examples];
    for (int i = 0; i < buffers.length; i++) {
      buffers[i] = new float[lengths[i]];
    }
  }

  /** Bytes of the arrays of a plan's workspace. */
  static long bytes(Plan plan, ParameterLayout layout, Transposes transposed) {
    int examples = capacity(plan);
    int[] rowLength = rowLengths(plan);
    long floats = layout.length() + (long) transposed.length();
    for (Buffer buffer : plan.buffers()) {
      floats += buffer.rows().count(examples) * (long) rowLength[buffer.index()];
    }
    return floats * Float.BYTES + (long) examples * (Integer.BYTES + Double.BYTES + 1);
  }

  /** Floats of a row of each buffer. */
  private static int[] rowLengths(Plan plan) {
    boolean[] narrow = narrowBuffers(plan);
    int[] lengths = new int[narrow.length];
    for (Buffer buffer : plan.buffers()) {
      int i = buffer.index();
      lengths[i] =
          narrow[i] ? Padding.narrowRowLength(buffer.width()) : Padding.rowLength(buffer.width());
    }
    return lengths;
  }

  /** Examples at a time: a batch, and enough that evaluations of small-batch runs do not crawl. */
  private static int capacity(Plan plan) {
    int examples = plan.cohort().dataset().examples();
    return Math.max(plan.cohort().batchExamples(), Math.min(EVALUATION_EXAMPLES, examples));
  }

  /** Statistics and attention weights take part in no matrix product and need no wide rows. */
  private static boolean[] narrowBuffers(Plan plan) {
    boolean[] narrow = new boolean[plan.buffers().size()];
    for (List<Operation> list : List.of(plan.forward(), plan.backward())) {
      for (Operation operation : list) {
        if (operation instanceof Operation.LayerNorm norm) {
          narrow[norm.statistics().buffer().index()] = true;
        } else if (operation instanceof Operation.Attention attention) {
          narrow[attention.probabilities().buffer().index()] = true;
        } else if (operation instanceof Operation.AttentionGradient gradient) {
          narrow[gradient.scoreGradient().buffer().index()] = true;
        }
      }
    }
    return narrow;
  }

  /** The rows of a view in this workspace. */
  RowSpan span(View view) {
    int i = view.buffer().index();
    return new RowSpan(
        buffers[i],
        view.first() * rowLength[i],
        view.rowStride() * rowLength[i],
        view.perExample() ? view.count() : 1,
        view.width());
  }

  /**
   * Who reads each row through a table, in ascending order.
   *
   * @param byExample whether the readers are the examples of the batch
   */
  ReaderLists readers(RowIndex index, boolean byExample) {
    return readerLists.computeIfAbsent(
        index,
        table -> {
          if (byExample) {
            ReaderLists lists = new ReaderLists(table, batch.length);
            perBatch.add(lists);
            return lists;
          }
          return ReaderLists.fixed(table);
        });
  }

  /** To be called when the batch has changed. */
  void batchChanged() {
    for (int i = 0; i < perBatch.size(); i++) {
      perBatch.get(i).rebuild(batch, batchCount);
    }
  }
}
