package longrun.cuda;

import static longrun.cuda.StructLayout.array;
import static longrun.cuda.StructLayout.float32;
import static longrun.cuda.StructLayout.float64;
import static longrun.cuda.StructLayout.int32;
import static longrun.cuda.StructLayout.int64;
import static longrun.cuda.StructLayout.nested;
import static longrun.cuda.StructLayout.pointer;
import static longrun.cuda.StructLayout.uint64;

import java.util.List;
import longrun.cuda.StructLayout.Scalar;

/**
 * The structures and constants of {@code kernels/common/parameters.cuh}, in its order and under its
 * names; what they mean is said there. A test compares every field.
 */
public final class KernelParameters {
  public static final StructLayout SLOTS =
      StructLayout.of("Slots", pointer("active"), int64("stride"));

  public static final StructLayout ROWS =
      StructLayout.of("Rows", pointer("examples"), int32("perExample"), int32("unused"));

  public static final StructLayout SOURCE =
      StructLayout.of(
          "Source", pointer("rows"), pointer("table"), int32("stride"), int32("unused"));

  public static final int ACTIVATION_NONE = 0;

  public static final int ACTIVATION_RELU = 1;

  public static final int ACTIVATION_GELU = 2;

  public static final int ACTIVATION_SQUARE = 3;

  public static final StructLayout MATMUL_JOB =
      StructLayout.of(
          "MatmulJob",
          pointer("out"),
          pointer("preActivation"),
          pointer("in"),
          pointer("weight"),
          pointer("bias"),
          pointer("addend"),
          pointer("saved"),
          pointer("residual"),
          pointer("batch"),
          nested("rows", ROWS),
          int32("outStride"),
          int32("preActivationStride"),
          int32("inStride"),
          int32("weightStride"),
          int32("addendStride"),
          int32("savedStride"),
          int32("columns"),
          int32("depth"),
          int32("activation"),
          int32("residualSources"),
          int32("columnTiles"),
          int32("firstBlock"));

  public static final int MATMUL_JOBS = 8;

  public static final StructLayout MATMUL_PARAMETERS =
      StructLayout.of(
          "MatmulParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", MATMUL_JOB, MATMUL_JOBS));

  public static final StructLayout WEIGHT_GRADIENT_JOB =
      StructLayout.of(
          "WeightGradientJob",
          pointer("partial"),
          pointer("biasPartial"),
          pointer("in"),
          pointer("outGradient"),
          nested("rows", ROWS),
          int32("partialStride"),
          int32("inStride"),
          int32("outGradientStride"),
          int32("weightRows"),
          int32("columns"),
          int32("splits"),
          int32("rowsPerSplit"),
          int32("splitFloats"),
          int32("biasSplitFloats"),
          int32("rowTiles"),
          int32("columnTiles"),
          int32("firstBlock"));

  public static final int WEIGHT_GRADIENT_JOBS = 16;

  public static final StructLayout WEIGHT_GRADIENT_PARAMETERS =
      StructLayout.of(
          "WeightGradientParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", WEIGHT_GRADIENT_JOB, WEIGHT_GRADIENT_JOBS));

  public static final StructLayout SPLIT_SUM_JOB =
      StructLayout.of(
          "SplitSumJob",
          pointer("out"),
          pointer("partial"),
          int32("floats"),
          int32("splits"),
          int32("splitFloats"),
          int32("firstBlock"));

  public static final int SPLIT_SUM_JOBS = 64;

  public static final StructLayout SPLIT_SUM_PARAMETERS =
      StructLayout.of(
          "SplitSumParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", SPLIT_SUM_JOB, SPLIT_SUM_JOBS));

  public static final StructLayout ATTENTION_JOB =
      StructLayout.of(
          "AttentionJob",
          pointer("out"),
          pointer("probabilities"),
          nested("query", SOURCE),
          pointer("keys"),
          pointer("values"),
          pointer("batch"),
          nested("rows", ROWS),
          int32("outStride"),
          int32("probabilityStride"),
          int32("heads"),
          int32("dHead"),
          int32("length"),
          float32("scale"),
          int32("firstBlock"),
          int32("unused"));

  public static final int ATTENTION_JOBS = 16;

  public static final StructLayout ATTENTION_PARAMETERS =
      StructLayout.of(
          "AttentionParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", ATTENTION_JOB, ATTENTION_JOBS));

  public static final StructLayout ATTENTION_GRADIENT_JOB =
      StructLayout.of(
          "AttentionGradientJob",
          pointer("scoreGradient"),
          pointer("queryGradient"),
          pointer("outGradient"),
          pointer("probabilities"),
          pointer("keys"),
          pointer("values"),
          pointer("batch"),
          nested("rows", ROWS),
          int32("scoreStride"),
          int32("queryGradientStride"),
          int32("outGradientStride"),
          int32("probabilityStride"),
          int32("heads"),
          int32("dHead"),
          int32("length"),
          float32("scale"),
          int32("firstBlock"),
          int32("unused"));

  public static final StructLayout ATTENTION_GRADIENT_PARAMETERS =
      StructLayout.of(
          "AttentionGradientParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", ATTENTION_GRADIENT_JOB, ATTENTION_JOBS));

  public static final StructLayout READER_LISTS =
      StructLayout.of(
          "ReaderLists", pointer("starts"), pointer("readers"), int32("perSlot"), int32("unused"));

  public static final StructLayout KEY_READER =
      StructLayout.of(
          "KeyReader",
          pointer("scoreGradient"),
          pointer("probabilities"),
          pointer("outGradient"),
          nested("query", SOURCE),
          pointer("batch"),
          nested("lists", READER_LISTS),
          int32("scoreStride"),
          int32("probabilityStride"),
          int32("outGradientStride"),
          int32("keyPosition"),
          int32("length"),
          int32("unused"));

  public static final StructLayout KEY_GRADIENT_JOB =
      StructLayout.of(
          "KeyGradientJob",
          pointer("keyGradient"),
          pointer("valueGradient"),
          pointer("readers"),
          nested("rows", ROWS),
          int32("keyStride"),
          int32("valueStride"),
          int32("readerSets"),
          int32("heads"),
          int32("dHead"),
          int32("own"),
          int32("firstBlock"),
          int32("unused"));

  public static final int KEY_GRADIENT_JOBS = 32;

  public static final StructLayout KEY_GRADIENT_PARAMETERS =
      StructLayout.of(
          "KeyGradientParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", KEY_GRADIENT_JOB, KEY_GRADIENT_JOBS));

  public static final StructLayout LOOKUP =
      StructLayout.of(
          "Lookup", pointer("rows"), pointer("table"), int32("stride"), int32("perSlot"));

  public static final StructLayout LOOKUP_SUM_JOB =
      StructLayout.of(
          "LookupSumJob",
          pointer("out"),
          pointer("preActivation"),
          pointer("lookups"),
          pointer("batch"),
          nested("rows", ROWS),
          int32("outStride"),
          int32("preActivationStride"),
          int32("columns"),
          int32("lookupCount"),
          int32("activation"),
          int32("firstBlock"));

  public static final int LOOKUP_SUM_JOBS = 32;

  public static final StructLayout LOOKUP_SUM_PARAMETERS =
      StructLayout.of(
          "LookupSumParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", LOOKUP_SUM_JOB, LOOKUP_SUM_JOBS));

  public static final StructLayout SUM_TERM =
      StructLayout.of(
          "SumTerm",
          pointer("rows"),
          nested("lists", READER_LISTS),
          nested("count", ROWS),
          int32("stride"),
          int32("fixedRow"));

  public static final StructLayout READER_SUM_JOB =
      StructLayout.of(
          "ReaderSumJob",
          pointer("out"),
          pointer("terms"),
          nested("rows", ROWS),
          int32("outStride"),
          int32("columns"),
          int32("termCount"),
          int32("accumulate"),
          int32("own"),
          int32("stripes"),
          int32("firstBlock"),
          int32("unused"));

  public static final int READER_SUM_JOBS = 32;

  public static final StructLayout READER_SUM_PARAMETERS =
      StructLayout.of(
          "ReaderSumParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", READER_SUM_JOB, READER_SUM_JOBS));

  public static final StructLayout LAYER_NORM_JOB =
      StructLayout.of(
          "LayerNormJob",
          pointer("out"),
          pointer("statistics"),
          pointer("in"),
          pointer("scale"),
          pointer("shift"),
          nested("rows", ROWS),
          int32("outStride"),
          int32("inStride"),
          int32("statisticsStride"),
          int32("columns"),
          int32("firstBlock"),
          int32("unused"));

  public static final int LAYER_NORM_JOBS = 16;

  public static final StructLayout LAYER_NORM_PARAMETERS =
      StructLayout.of(
          "LayerNormParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", LAYER_NORM_JOB, LAYER_NORM_JOBS));

  public static final StructLayout LAYER_NORM_INPUT_GRADIENT_JOB =
      StructLayout.of(
          "LayerNormInputGradientJob",
          pointer("inGradient"),
          pointer("addend"),
          pointer("outGradient"),
          pointer("in"),
          pointer("scale"),
          pointer("statistics"),
          nested("rows", ROWS),
          int32("inGradientStride"),
          int32("addendStride"),
          int32("outGradientStride"),
          int32("inStride"),
          int32("statisticsStride"),
          int32("columns"),
          int32("firstBlock"),
          int32("unused"));

  public static final StructLayout LAYER_NORM_INPUT_GRADIENT_PARAMETERS =
      StructLayout.of(
          "LayerNormInputGradientParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", LAYER_NORM_INPUT_GRADIENT_JOB, LAYER_NORM_JOBS));

  public static final StructLayout LAYER_NORM_WEIGHT_GRADIENT_JOB =
      StructLayout.of(
          "LayerNormWeightGradientJob",
          pointer("partial"),
          pointer("outGradient"),
          pointer("in"),
          pointer("statistics"),
          nested("rows", ROWS),
          int32("partialStride"),
          int32("outGradientStride"),
          int32("inStride"),
          int32("statisticsStride"),
          int32("columns"),
          int32("splits"),
          int32("rowsPerSplit"),
          int32("firstBlock"));

  public static final StructLayout LAYER_NORM_WEIGHT_GRADIENT_PARAMETERS =
      StructLayout.of(
          "LayerNormWeightGradientParameters",
          nested("slots", SLOTS),
          int32("jobs"),
          int32("unused"),
          array("job", LAYER_NORM_WEIGHT_GRADIENT_JOB, LAYER_NORM_JOBS));

  public static final StructLayout CONTROL =
      StructLayout.of(
          "Control",
          int64("step"),
          int64("epoch"),
          uint64("seed"),
          float64("learningRate"),
          float64("weightDecay"),
          float64("beta1"),
          float64("beta2"),
          float64("epsilon"),
          float64("emaAlpha"),
          float64("emaLambda"),
          int64("warmupSteps"),
          int32("coupledDecay"),
          int32("diverged"),
          int32("pending"),
          int32("lossNotFinite"),
          int32("parameterNotFinite"),
          int32("examples"),
          int32("firstExample"),
          int32("epochStarts"),
          float32("keep"),
          float32("decay"),
          float32("stepSize"),
          float32("rootCorrection"),
          float32("emaKeep"),
          float32("emaTake"),
          int32("epochOfStep"),
          int32("unused"));

  public static final int STEP_TRAIN = 0;

  public static final int STEP_PEEK = 1;

  public static final StructLayout STEP_PARAMETERS =
      StructLayout.of(
          "StepParameters",
          nested("slots", SLOTS),
          pointer("control"),
          pointer("running"),
          int32("slotCount"),
          int32("mode"),
          int32("trainExamples"),
          int32("batchExamples"));

  public static final StructLayout EPOCH_ORDER_PARAMETERS =
      StructLayout.of(
          "EpochOrderParameters",
          nested("slots", SLOTS),
          pointer("control"),
          pointer("order"),
          int32("trainExamples"),
          int32("unused"));

  public static final StructLayout BATCH_TABLE =
      StructLayout.of(
          "BatchTable",
          pointer("table"),
          pointer("starts"),
          pointer("readers"),
          int32("rows"),
          int32("unused"));

  public static final StructLayout BATCH_PARAMETERS =
      StructLayout.of(
          "BatchParameters",
          nested("slots", SLOTS),
          pointer("control"),
          pointer("train"),
          pointer("order"),
          pointer("batch"),
          pointer("tables"),
          int32("tableCount"),
          int32("trainExamples"),
          int32("batchExamples"),
          int32("unused"));

  public static final int LOSS_CROSS_ENTROPY = 0;

  public static final int LOSS_MSE = 1;

  public static final int LOSS_STABLEMAX = 2;

  public static final StructLayout LOSS_PARAMETERS =
      StructLayout.of(
          "LossParameters",
          nested("slots", SLOTS),
          pointer("logits"),
          pointer("labels"),
          pointer("batch"),
          pointer("examples"),
          pointer("lossNotFinite"),
          pointer("losses"),
          pointer("correct"),
          int32("logitsStride"),
          int32("columns"),
          int32("loss"),
          int32("unused"));

  public static final StructLayout EVALUATION_RECORD =
      StructLayout.of(
          "EvaluationRecord",
          array("loss", Scalar.FLOAT64, 2),
          float64("squaredWeightNorm"),
          int64("step"),
          array("correct", Scalar.INT32, 2),
          int32("diverged"),
          int32("unused"));

  public static final StructLayout SCORE_PARAMETERS =
      StructLayout.of(
          "ScoreParameters",
          nested("slots", SLOTS),
          pointer("record"),
          pointer("losses"),
          pointer("correct"),
          pointer("examples"),
          int32("part"),
          int32("first"));

  public static final StructLayout RECORD_PARAMETERS =
      StructLayout.of(
          "RecordParameters",
          nested("slots", SLOTS),
          pointer("record"),
          pointer("control"),
          pointer("sums"),
          int32("chunkCount"),
          int32("unused"));

  public static final int CHUNK_FLOATS = 1024;

  public static final StructLayout CHUNK =
      StructLayout.of(
          "Chunk",
          int32("start"),
          int32("floats"),
          int32("firstChunkOfTensor"),
          int32("chunksOfTensor"));

  public static final StructLayout UPDATE_PARAMETERS =
      StructLayout.of(
          "UpdateParameters",
          nested("slots", SLOTS),
          pointer("chunks"),
          pointer("control"),
          pointer("parameters"),
          pointer("gradients"),
          pointer("firstMoment"),
          pointer("secondMoment"),
          pointer("gradientEma"),
          pointer("sums"));

  public static final int FILL_CONSTANT = 0;

  public static final int FILL_NORMAL = 1;

  public static final int FILL_UNIFORM = 2;

  public static final StructLayout INITIAL_TENSOR =
      StructLayout.of(
          "InitialTensor",
          float64("scale"),
          int32("fill"),
          int32("part"),
          int32("start"),
          int32("rows"),
          int32("columns"),
          int32("stride"),
          int32("groupColumns"),
          int32("firstBlock"));

  public static final StructLayout INITIALIZATION_PARAMETERS =
      StructLayout.of(
          "InitializationParameters",
          nested("slots", SLOTS),
          pointer("control"),
          pointer("parameters"),
          pointer("tensors"),
          int32("tensorCount"),
          int32("unused"));

  public static final int PEAK_THREADS = 256;

  public static final int PEAK_CHAINS = 8;

  public static final int PEAK_FMA_STEPS = 32;

  public static final int PEAK_MMA_STEPS = 8;

  public static final StructLayout PEAK_PARAMETERS =
      StructLayout.of(
          "PeakParameters", pointer("out"), pointer("operands"), int32("rounds"), int32("unused"));

  /** Every structure, in the file's order. */
  static final List<StructLayout> ALL =
      List.of(
          SLOTS,
          ROWS,
          SOURCE,
          MATMUL_JOB,
          MATMUL_PARAMETERS,
          WEIGHT_GRADIENT_JOB,
          WEIGHT_GRADIENT_PARAMETERS,
          SPLIT_SUM_JOB,
          SPLIT_SUM_PARAMETERS,
          ATTENTION_JOB,
          ATTENTION_PARAMETERS,
          ATTENTION_GRADIENT_JOB,
          ATTENTION_GRADIENT_PARAMETERS,
          READER_LISTS,
          KEY_READER,
          KEY_GRADIENT_JOB,
          KEY_GRADIENT_PARAMETERS,
          LOOKUP,
          LOOKUP_SUM_JOB,
          LOOKUP_SUM_PARAMETERS,
          SUM_TERM,
          READER_SUM_JOB,
          READER_SUM_PARAMETERS,
          LAYER_NORM_JOB,
          LAYER_NORM_PARAMETERS,
          LAYER_NORM_INPUT_GRADIENT_JOB,
          LAYER_NORM_INPUT_GRADIENT_PARAMETERS,
          LAYER_NORM_WEIGHT_GRADIENT_JOB,
          LAYER_NORM_WEIGHT_GRADIENT_PARAMETERS,
          CONTROL,
          STEP_PARAMETERS,
          EPOCH_ORDER_PARAMETERS,
          BATCH_TABLE,
          BATCH_PARAMETERS,
          LOSS_PARAMETERS,
          EVALUATION_RECORD,
          SCORE_PARAMETERS,
          RECORD_PARAMETERS,
          CHUNK,
          UPDATE_PARAMETERS,
          INITIAL_TENSOR,
          INITIALIZATION_PARAMETERS,
          PEAK_PARAMETERS);

  private KernelParameters() {}
}
