package longrun.cuda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import longrun.engine.ParameterLayout;
import longrun.plan.Access;
import longrun.plan.Buffer;
import longrun.plan.Cohort;
import longrun.plan.Operation;
import longrun.plan.Plan;
import longrun.plan.RowIndex;
import longrun.plan.View;

/**
 * What one slot keeps on the device and where, in words of 4 bytes from the start of its arena.
 *
 * <pre>
 *   control | parameters | gradients | first moment | second moment | [EMA]
 *   | labels | train | validation | evaluation counts | batch | [order] | reader lists
 *   | losses | correct | chunk sums | partial sums of split gradients | buffers of the plan
 * </pre>
 *
 * Every region starts on 256 bytes. Behind each of them at least 64 bytes belong to nobody: on the
 * emulated driver they keep the pattern of untouched memory, and a test looks whether they do.
 */
final class SlotLayout {
  static final int WORD_BYTES = 4;

  /** Examples of one batch of an evaluation: enough to fill a GPU with few launches. */
  private static final int EVALUATION_EXAMPLES = 1024;

  private static final int ALIGNMENT_WORDS = 64;
  private static final int GUARD_WORDS = 16;

  /** Doubles that the optimizer leaves for each chunk: w·g, w·w, g·g. */
  static final int SUMS_PER_CHUNK = 3;

  private final Plan plan;
  private final ParameterLayout parameterLayout;
  private final SplitLayout splits;
  private final Map<String, Region> regions = new LinkedHashMap<>();
  private final Map<RowIndex, Lists> lists = new IdentityHashMap<>();
  private final List<RowIndex> batchTables = new ArrayList<>();
  private final Region[] buffers;
  private final int[] strides;
  private final int evaluationExamples;
  private long words;

  /** Words of one array. */
  record Region(long firstWord, long words) {}

  /** Reader lists of a table whose readers are the examples of the batch. */
  record Lists(Region starts, Region readers) {}

  /** The layout of a plan's slots. */
  static SlotLayout of(Plan plan) {
    ParameterLayout parameters = new ParameterLayout(plan.cohort().model(), SlotLayout::padded);
    return new SlotLayout(plan, parameters, new SplitLayout(plan, parameters));
  }

  private SlotLayout(Plan plan, ParameterLayout parameterLayout, SplitLayout splits) {
    this.plan = plan;
    this.splits = splits;
    this.parameterLayout = parameterLayout;
    Cohort cohort = plan.cohort();
    int examples = cohort.dataset().examples();
    this.evaluationExamples =
        Math.max(cohort.batchExamples(), Math.min(EVALUATION_EXAMPLES, examples));
    add("control", KernelParameters.CONTROL.bytes() / WORD_BYTES);
    for (String name : List.of("parameters", "gradients", "first moment", "second moment")) {
      add(name, parameterLayout.length());
    }
    if (cohort.gradientEma()) {
      add("gradient ema", parameterLayout.length());
    }
    add("labels", examples);
    add("train", cohort.trainExamples());
    add("validation", Math.max(1, examples - cohort.trainExamples()));
    add("evaluation counts", evaluationBatches(0) + evaluationBatches(1) + 1L);
    add("batch", cohort.batchExamples());
    if (!cohort.fullBatch()) {
      add("order", cohort.trainExamples());
    }
    for (RowIndex index : tablesOfExamples(plan)) {
      batchTables.add(index);
      lists.put(
          index,
          new Lists(
              add("starts of " + index.name() + " " + batchTables.size(), index.rows() + 1L),
              add(
                  "readers of " + index.name() + " " + batchTables.size(),
                  cohort.batchExamples())));
    }
    add("losses", evaluationExamples);
    add("correct", evaluationExamples);
    add("chunk sums", 2L * SUMS_PER_CHUNK * chunks().size());
    add("partial sums", Math.max(1, splits.floats()));
    buffers = new Region[plan.buffers().size()];
    strides = new int[buffers.length];
    Set<Buffer> narrow = narrowBuffers(plan);
    Set<Buffer> forward = buffersOfForward(plan);
    for (Buffer buffer : plan.buffers()) {
      int i = buffer.index();
      strides[i] = narrow.contains(buffer) ? buffer.width() : padded(buffer.width());
      int rows =
          buffer
              .rows()
              .count(forward.contains(buffer) ? evaluationExamples : cohort.batchExamples());
      buffers[i] = add("buffer " + buffer.name(), (long) rows * strides[i]);
    }
  }

  /** Columns of a row with its padding. */
  static int padded(int columns) {
    return Math.ceilDiv(columns, 4) * 4;
  }

  private Region add(String name, long wordsNeeded) {
    Region region = new Region(words, wordsNeeded);
    regions.put(name, region);
    words = Math.ceilDiv(words + wordsNeeded + GUARD_WORDS, ALIGNMENT_WORDS) * ALIGNMENT_WORDS;
    return region;
  }

  /** Words of one slot's arena; a multiple of the alignment. */
  long words() {
    return words;
  }

  /** Every array by name, in the order in which they lie. */
  Map<String, Region> regions() {
    return Map.copyOf(regions);
  }

  Region region(String name) {
    Region region = regions.get(name);
    if (region == null) {
      throw new IllegalArgumentException("no region name=" + name);
    }
    return region;
  }

  ParameterLayout parameterLayout() {
    return parameterLayout;
  }

  SplitLayout splits() {
    return splits;
  }

  /** Words from one row of the view to the next. */
  int stride(View view) {
    return strides[view.buffer().index()] * view.rowStride();
  }

  /** Where the view's first row begins. */
  long firstWord(View view) {
    int i = view.buffer().index();
    return buffers[i].firstWord() + (long) view.first() * strides[i];
  }

  /** Where the gradient of a parameter begins, or with another region, its moments. */
  long parameterWord(String region, String parameter) {
    return region(region).firstWord() + parameterLayout.entry(parameter).offset();
  }

  /** Reader lists of a table whose readers are examples. */
  Optional<Lists> lists(RowIndex index) {
    return Optional.ofNullable(lists.get(index));
  }

  /** Tables whose reader lists depend on the batch. */
  List<RowIndex> batchTables() {
    return List.copyOf(batchTables);
  }

  /** Most examples of a batch of an evaluation. */
  int evaluationExamples() {
    return evaluationExamples;
  }

  /** Examples of the training (0) or validation set (1). */
  int examplesOf(int part) {
    Cohort cohort = plan.cohort();
    return part == 0
        ? cohort.trainExamples()
        : cohort.dataset().examples() - cohort.trainExamples();
  }

  /** Batches in which an evaluation goes through the training (0) or validation set (1). */
  int evaluationBatches(int part) {
    return Math.ceilDiv(examplesOf(part), evaluationExamples);
  }

  /** Pieces of the parameter arrays that the optimizer hands to its blocks. */
  List<Chunk> chunks() {
    List<Chunk> chunks = new ArrayList<>();
    for (ParameterLayout.Entry entry : parameterLayout.entries()) {
      int count = Math.ceilDiv(entry.length(), KernelParameters.CHUNK_FLOATS);
      int first = chunks.size();
      for (int i = 0; i < count; i++) {
        int start = i * KernelParameters.CHUNK_FLOATS;
        chunks.add(
            new Chunk(
                entry.offset() + start,
                Math.min(KernelParameters.CHUNK_FLOATS, entry.length() - start),
                first,
                count));
      }
    }
    return chunks;
  }

  /**
   * A piece of one tensor.
   *
   * @param start in the parameter arrays
   * @param firstOfTensor number of the tensor's first chunk
   */
  record Chunk(int start, int floats, int firstOfTensor, int chunksOfTensor) {}

  /** Statistics and attention weights take part in no matrix product and are not padded. */
  private static Set<Buffer> narrowBuffers(Plan plan) {
    Set<Buffer> narrow = new HashSet<>();
    for (List<Operation> list : List.of(plan.forward(), plan.backward())) {
      for (Operation operation : list) {
        if (operation instanceof Operation.LayerNorm norm) {
          narrow.add(norm.statistics().buffer());
        } else if (operation instanceof Operation.Attention attention) {
          narrow.add(attention.probabilities().buffer());
        } else if (operation instanceof Operation.AttentionGradient gradient) {
          narrow.add(gradient.scoreGradient().buffer());
        }
      }
    }
    return narrow;
  }

  /** What an evaluation writes and reads. */
  private static Set<Buffer> buffersOfForward(Plan plan) {
    Set<Buffer> forward = new HashSet<>();
    forward.add(plan.loss().logits().buffer());
    for (Operation operation : plan.forward()) {
      Access access = Access.of(operation);
      access.reads().forEach(view -> forward.add(view.buffer()));
      access.writes().forEach(view -> forward.add(view.buffer()));
    }
    return forward;
  }

  /** Tables that the backward pass inverts and whose readers are the examples of the batch. */
  private static List<RowIndex> tablesOfExamples(Plan plan) {
    List<RowIndex> tables = new ArrayList<>();
    List<Operation> operations = new ArrayList<>(plan.backward());
    operations.addAll(plan.parameterGradients());
    for (Operation operation : operations) {
      for (ReaderTables.Inverted inverted : ReaderTables.of(operation)) {
        if (inverted.byExample() && tables.stream().noneMatch(t -> t == inverted.index())) {
          tables.add(inverted.index());
        }
      }
    }
    return tables;
  }
}
