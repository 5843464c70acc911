// What every kernel is given: the binary interface between kernels/ and the Java package longrun.cuda.
//
// A kernel takes one structure by value. Java writes it field by field (longrun.cuda.KernelParameters), a test holds
// both together, and every field has a fixed width and its natural alignment.
//
// Slots. blockIdx.y is the slot. A slot owns one contiguous arena; all arenas are laid out alike, `stride` words of 4
// bytes apart. A pointer marked [slot] points into the arena of slot 0 and has to be moved (longrun::in_slot); a pointer
// marked [session] is the same for every slot. A block whose slot is not active returns at once.
//
// Rows. Matrices are row-major. A row has `columns` floats that count, padded with zeros to a multiple of 4; strides
// are in floats from one row to the next. Rows start on 16 bytes. Every kernel writes whole padded rows, the padding
// zero, so that readers may load 16 bytes at a time. Two kinds of rows have no padding and no alignment beyond 4 bytes:
// attention probabilities with their gradients ([heads * length]) and layer-norm statistics ([2]).
//
// Jobs. One launch serves several independent operations of a kind. blockIdx.x counts the blocks of all jobs one after
// the other; job[j].firstBlock is where job j's begin.
#pragma once

namespace longrun {

// Whom a launch serves.
struct Slots {
  const int* active;  // [session] int[slots]; 0: skip
  long long stride;   // words of 4 bytes from one slot's arena to the next
};

// How many rows a job has in this step. A block beyond them returns.
struct Rows {
  const int* examples;  // [slot] examples in the batch; null: the number of rows is fixed
  int perExample;       // rows of each example; the number of rows where `examples` is null
  int unused;
};

// Where a reading row finds the row it reads: row `table[batch[reader]]` where the readers are examples of a batch, row
// `table[reader]` where they are shared rows (then the job's batch is null), row `reader` where table is null.
struct Source {
  const float* rows;  // [slot]
  const int* table;   // [session]
  int stride;
  int unused;
};

enum Activation { ACTIVATION_NONE = 0, ACTIVATION_RELU = 1, ACTIVATION_GELU = 2, ACTIVATION_SQUARE = 3 };

// ---- Matrix products over rows.
//
// nn: out[r, n] = activation(sum_k in[r, k] * weight[k, n] + bias[n] + addend[r, n] + residual row[n])
// nt: out[r, n] = addend[r, n] + (sum_k in[r, k] * weight[n, k]) * activation'(saved[r, n])
//
// The addend may be out itself. `preActivation` (nn) keeps the activation's argument. `saved` (nt) is what the derivative
// is taken from: the output for ReLU, the argument otherwise. The residual of row r comes from source r % residualSources
// for reader r / residualSources.
struct MatmulJob {
  float* out;              // [slot]
  float* preActivation;    // [slot] or null
  const float* in;         // [slot]
  const float* weight;     // [slot]
  const float* bias;       // [slot] or null
  const float* addend;     // [slot] or null
  const float* saved;      // [slot] or null
  const Source* residual;  // [session] or null
  const int* batch;        // [slot] or null
  Rows rows;
  int outStride;
  int preActivationStride;
  int inStride;
  int weightStride;
  int addendStride;
  int savedStride;
  int columns;  // n, without padding
  int depth;    // k, without padding
  int activation;
  int residualSources;
  int columnTiles;  // tiles over columns; block = firstBlock + rowTile * columnTiles + columnTile
  int firstBlock;
};
constexpr int MATMUL_JOBS = 8;
struct MatmulParameters {
  Slots slots;
  int jobs;
  int unused;
  MatmulJob job[MATMUL_JOBS];
};

// Gradient of a weight: split s of [weightRows, columns] is the sum over rows r in [s * rowsPerSplit, (s+1) *
// rowsPerSplit) of in[r, k] * outGradient[r, n]; the bias's, over the same rows, of outGradient[r, n]. A split without
// rows is zero. split_sum adds the splits in order; where a weight has a single one it is written in place.
struct WeightGradientJob {
  float* partial;            // [slot] splits x [weightRows, partialStride]
  float* biasPartial;        // [slot] splits x [1, partialStride], or null
  const float* in;           // [slot]
  const float* outGradient;  // [slot]
  Rows rows;
  int partialStride;
  int inStride;
  int outGradientStride;
  int weightRows;  // k, without padding
  int columns;     // n, without padding
  int splits;
  int rowsPerSplit;
  int splitFloats;      // from one split of `partial` to the next
  int biasSplitFloats;  // the same for biasPartial
  int rowTiles;         // tiles over weightRows; block = firstBlock + (split * rowTiles + rowTile) * columnTiles + columnTile
  int columnTiles;
  int firstBlock;
};
constexpr int WEIGHT_GRADIENT_JOBS = 16;
struct WeightGradientParameters {
  Slots slots;
  int jobs;
  int unused;
  WeightGradientJob job[WEIGHT_GRADIENT_JOBS];
};

// out[i] = sum over splits, in order, of partial[split * splitFloats + i].
struct SplitSumJob {
  float* out;            // [slot] 16-byte aligned
  const float* partial;  // [slot] 16-byte aligned
  int floats;            // a multiple of 4
  int splits;
  int splitFloats;  // a multiple of 4
  int firstBlock;
};
constexpr int SPLIT_SUM_JOBS = 64;
struct SplitSumParameters {
  Slots slots;
  int jobs;
  int unused;
  SplitSumJob job[SPLIT_SUM_JOBS];
};

// ---- Attention of one query position: p = softmax over keys of q.k * scale for each head, out = sum p * v.
struct AttentionJob {
  float* out;            // [slot] [rows, heads * dHead]
  float* probabilities;  // [slot] [rows, heads * length], no padding: head * length + position
  Source query;
  const Source* keys;    // [session] length of them
  const Source* values;  // [session] length of them
  const int* batch;      // [slot] or null
  Rows rows;
  int outStride;
  int probabilityStride;
  int heads;
  int dHead;
  int length;
  float scale;
  int firstBlock;
  int unused;
};
constexpr int ATTENTION_JOBS = 16;
struct AttentionParameters {
  Slots slots;
  int jobs;
  int unused;
  AttentionJob job[ATTENTION_JOBS];
};

// scoreGradient = p * (g - sum p * g) * scale with g = outGradient . v, queryGradient = sum scoreGradient * k.
struct AttentionGradientJob {
  float* scoreGradient;        // [slot] as probabilities
  float* queryGradient;        // [slot] [rows, heads * dHead]
  const float* outGradient;    // [slot]
  const float* probabilities;  // [slot]
  const Source* keys;          // [session]
  const Source* values;        // [session]
  const int* batch;            // [slot] or null
  Rows rows;
  int scoreStride;
  int queryGradientStride;
  int outGradientStride;
  int probabilityStride;
  int heads;
  int dHead;
  int length;
  float scale;
  int firstBlock;
  int unused;
};
struct AttentionGradientParameters {
  Slots slots;
  int jobs;
  int unused;
  AttentionGradientJob job[ATTENTION_JOBS];
};

// Who reads each row through a table: readers[starts[row]] .. readers[starts[row + 1] - 1], ascending.
struct ReaderLists {
  const int* starts;   // null: each row is read by the reader of its own number
  const int* readers;  // null with starts
  int perSlot;         // 1: both are [slot] (they depend on the batch); 0: both are [session]
  int unused;
};

// Rows that attended to a key: where their gradients and their query rows are.
struct KeyReader {
  const float* scoreGradient;  // [slot]
  const float* probabilities;  // [slot]
  const float* outGradient;    // [slot]
  Source query;
  const int* batch;  // [slot] or null: for the query's table
  ReaderLists lists;
  int scoreStride;
  int probabilityStride;
  int outGradientStride;
  int keyPosition;  // at which the key stands among its readers' keys
  int length;       // of its readers' keys
  int unused;
};

// keyGradient[row] = sum over readers of scoreGradient * q; valueGradient[row] = sum of p * outGradient.
struct KeyGradientJob {
  float* keyGradient;        // [slot] [rows, heads * dHead]
  float* valueGradient;      // [slot] [rows, heads * dHead]
  const KeyReader* readers;  // [session] readerSets of them, summed in order
  Rows rows;
  int keyStride;
  int valueStride;
  int readerSets;
  int heads;
  int dHead;
  int own;  // 1: every set is read by row number alone: a warp for each (row, head); 0: a block for each
  int firstBlock;
  int unused;
};
constexpr int KEY_GRADIENT_JOBS = 32;
struct KeyGradientParameters {
  Slots slots;
  int jobs;
  int unused;
  KeyGradientJob job[KEY_GRADIENT_JOBS];
};

// ---- Embeddings: out[r] = activation(sum of looked-up rows).
struct Lookup {
  const float* rows;  // a parameter [slot] or a constant [session]
  const int* table;   // [session] row of reader (through the batch, if the job has one); null: always row 0
  int stride;
  int perSlot;  // 1: rows is [slot]
};
struct LookupSumJob {
  float* out;             // [slot]
  float* preActivation;   // [slot] or null
  const Lookup* lookups;  // [session] summed in order
  const int* batch;       // [slot] or null
  Rows rows;
  int outStride;
  int preActivationStride;
  int columns;
  int lookupCount;
  int activation;
  int firstBlock;
};
constexpr int LOOKUP_SUM_JOBS = 32;
struct LookupSumParameters {
  Slots slots;
  int jobs;
  int unused;
  LookupSumJob job[LOOKUP_SUM_JOBS];
};

// One set of rows that a sum reads.
struct SumTerm {
  const float* rows;  // [slot]
  ReaderLists lists;
  Rows count;    // readers there are, for fixedRow
  int stride;
  int fixedRow;  // >= 0: that row sums all readers, the others none, and lists are not used; -1: by lists
};

// out[row] = (accumulate ? out[row] : 0) + sum over terms, in order, and over their readers of row, of the readers' rows.
struct ReaderSumJob {
  float* out;            // [slot]
  const SumTerm* terms;  // [session]
  Rows rows;
  int outStride;
  int columns;
  int termCount;
  int accumulate;
  int own;  // 1: every term is read by row number alone: a warp for each row; 0: a block for each (row, stripe)
  int stripes;  // of 128 columns; block = firstBlock + row * stripes + stripe where own is 0
  int firstBlock;
  int unused;
};
constexpr int READER_SUM_JOBS = 32;
struct ReaderSumParameters {
  Slots slots;
  int jobs;
  int unused;
  ReaderSumJob job[READER_SUM_JOBS];
};

// ---- Layer normalisation over each row: out = (in - mean) / sqrt(variance + 1e-5) * scale + shift.
struct LayerNormJob {
  float* out;           // [slot]
  float* statistics;    // [slot] [rows, 2]: mean, 1 / sqrt(variance + 1e-5)
  const float* in;      // [slot]
  const float* scale;   // [slot]
  const float* shift;   // [slot]
  Rows rows;
  int outStride;
  int inStride;
  int statisticsStride;
  int columns;
  int firstBlock;
  int unused;
};
constexpr int LAYER_NORM_JOBS = 16;
struct LayerNormParameters {
  Slots slots;
  int jobs;
  int unused;
  LayerNormJob job[LAYER_NORM_JOBS];
};

// inGradient = addend + gradient with respect to the input. The addend may be inGradient itself.
struct LayerNormInputGradientJob {
  float* inGradient;         // [slot]
  const float* addend;       // [slot] or null
  const float* outGradient;  // [slot]
  const float* in;           // [slot]
  const float* scale;        // [slot]
  const float* statistics;   // [slot]
  Rows rows;
  int inGradientStride;
  int addendStride;
  int outGradientStride;
  int inStride;
  int statisticsStride;
  int columns;
  int firstBlock;
  int unused;
};
struct LayerNormInputGradientParameters {
  Slots slots;
  int jobs;
  int unused;
  LayerNormInputGradientJob job[LAYER_NORM_JOBS];
};

// Split s, [2, partialStride]: sums over its rows of outGradient * normalized input (scale) and of outGradient (shift).
struct LayerNormWeightGradientJob {
  float* partial;            // [slot] splits x [2, partialStride]
  const float* outGradient;  // [slot]
  const float* in;           // [slot]
  const float* statistics;   // [slot]
  Rows rows;
  int partialStride;
  int outGradientStride;
  int inStride;
  int statisticsStride;
  int columns;
  int splits;  // block = firstBlock + split
  int rowsPerSplit;
  int firstBlock;
};
struct LayerNormWeightGradientParameters {
  Slots slots;
  int jobs;
  int unused;
  LayerNormWeightGradientJob job[LAYER_NORM_JOBS];
};

// ---- What a slot keeps of its run, in its arena. Written by the host when a run is loaded.
struct Control {
  long long step;  // updates done
  long long epoch; // whose order is in `order`; -1: none
  unsigned long long seed;
  double learningRate;
  double weightDecay;
  double beta1;
  double beta2;
  double epsilon;
  double emaAlpha;
  double emaLambda;
  long long warmupSteps;
  int coupledDecay;  // 1: adam, weight decay is added to the gradient; 0: adamw
  int diverged;
  int pending;             // 1: a step has begun and not ended
  int lossNotFinite;       // of the step in progress
  int parameterNotFinite;  // of the step in progress
  int examples;            // in the batch of the step in progress
  int firstExample;        // of the batch within the epoch's order
  int epochStarts;         // 1: the step in progress needs another epoch's order
  // Scalars of the step in progress.
  float keep;            // 1 - learning rate * weight decay (adamw), 1 (adam)
  float decay;           // weight decay added to the gradient (adam), 0 (adamw)
  float stepSize;        // learning rate / (1 - beta1^step)
  float rootCorrection;  // 1 / sqrt(1 - beta2^step)
  float emaKeep;         // alpha, 0 at the first step
  float emaTake;         // 1 - alpha, 1 at the first step
  int epochOfStep;       // whose order the step in progress reads
  int unused;
};

enum StepMode {
  STEP_TRAIN = 0,  // runs that have not diverged; ends the step before
  STEP_PEEK = 1    // gradients only: every active run, and nothing of its state changes
};

// step_begin, step_end: one thread for each slot.
struct StepParameters {
  Slots slots;       // active: loaded runs
  Control* control;  // [slot]
  int* running;      // [session] int[slots], written: 1 where a step is in progress
  int slotCount;
  int mode;
  int trainExamples;
  int batchExamples;
};

// The order of the training examples in an epoch: the order of their Philox words, ties by number.
struct EpochOrderParameters {
  Slots slots;
  const Control* control;  // [slot]
  int* order;              // [slot] int[trainExamples]
  int trainExamples;
  int unused;
};

// A table whose readers depend on the batch.
struct BatchTable {
  const int* table;  // [session] example to row
  int* starts;       // [slot] int[rows + 1]
  int* readers;      // [slot] int[batchExamples]
  int rows;
  int unused;
};
struct BatchParameters {
  Slots slots;
  Control* control;          // [slot]; its epoch is set to the one in `order`
  const int* train;          // [slot] int[trainExamples] dataset numbers
  const int* order;          // [slot] or null: the batch is the training set as it stands
  int* batch;                // [slot] int[batchExamples]
  const BatchTable* tables;  // [session]
  int tableCount;
  int trainExamples;
  int batchExamples;
  int unused;
};

// ---- Loss of every example. Gradient: takes the logits' place, of the mean over the batch.
enum LossKind { LOSS_CROSS_ENTROPY = 0, LOSS_MSE = 1, LOSS_STABLEMAX = 2 };
struct LossParameters {
  Slots slots;
  float* logits;        // [slot] [examples, columns]
  const int* labels;    // [slot] int[dataset examples]
  const int* batch;     // [slot] dataset numbers
  const int* examples;  // [slot] how many
  int* lossNotFinite;   // [slot] loss_gradient: set to 1 if any loss is not finite
  float* losses;        // [slot] loss_evaluate: loss of each example
  int* correct;         // [slot] loss_evaluate: 1 where the label has the largest logit
  int logitsStride;
  int columns;
  int loss;
  int unused;
};

// ---- Evaluation.
struct EvaluationRecord {
  double loss[2];  // sums over the training and the validation examples
  double squaredWeightNorm;
  long long step;
  int correct[2];
  int diverged;
  int unused;
};
// Adds the losses of one batch to record[slot], in a fixed order, in double; `first` starts the sums anew.
struct ScoreParameters {
  Slots slots;
  EvaluationRecord* record;  // [session] one for each slot
  const float* losses;       // [slot]
  const int* correct;        // [slot]
  const int* examples;       // [slot]
  int part;                  // 0: training, 1: validation
  int first;
};
// Fills in the rest of record[slot].
struct RecordParameters {
  Slots slots;
  EvaluationRecord* record;  // [session]
  const Control* control;    // [slot]
  const double* sums;        // [slot] of each chunk: sum of squares
  int chunkCount;
  int unused;
};

// ---- Optimizer. Parameters, gradients and moments share one layout, cut into chunks that never cross a tensor.
constexpr int CHUNK_FLOATS = 1024;
struct Chunk {
  int start;   // in floats, a multiple of 4
  int floats;  // a multiple of 4, at most CHUNK_FLOATS
  int firstChunkOfTensor;
  int chunksOfTensor;
};
// gradient_sums: the EMA filter, and of each chunk, in double, s = w.g / w.w (0 where w is 0), w.w and |g - s w|^2
// (3 sums). adamw: everything else. weight_norm: of each chunk w.w (1 sum), parameters only.
struct UpdateParameters {
  Slots slots;
  const Chunk* chunks;  // [session]; blockIdx.x counts them
  Control* control;     // [slot] scalars of the step; adamw sets parameterNotFinite
  float* parameters;    // [slot]
  float* gradients;     // [slot]
  float* firstMoment;   // [slot]
  float* secondMoment;  // [slot]
  float* gradientEma;   // [slot] or null: no filter
  double* sums;         // [slot] or null: no orthogonal gradient
};

// ---- Initial parameters, from the seed in `control`.
enum Fill { FILL_CONSTANT = 0, FILL_NORMAL = 1, FILL_UNIFORM = 2 };

// A tensor as it lies in the arena, [rows, columns]; the model's shape is [columns / groupColumns, rows, groupColumns].
struct InitialTensor {
  double scale;  // the constant, the standard deviation, the bound
  int fill;
  int part;   // of Stream.INITIALIZATION
  int start;  // in floats
  int rows;
  int columns;
  int stride;
  int groupColumns;  // divides columns
  int firstBlock;
};
struct InitializationParameters {
  Slots slots;
  const Control* control;        // [slot]
  float* parameters;             // [slot]
  const InitialTensor* tensors;  // [session]
  int tensorCount;
  int unused;
};

// ---- What a device can do at the most: arithmetic in registers and nothing else (longrun.cuda.DevicePeaks).
constexpr int PEAK_THREADS = 256;   // of a block
constexpr int PEAK_CHAINS = 8;      // of a thread (fma_peak), of a warp (tf32_peak): independent of each other
constexpr int PEAK_FMA_STEPS = 32;  // of a chain in a round: multiply-adds
constexpr int PEAK_MMA_STEPS = 8;   // of a chain in a round: products of 16 x 8 with depth 8
struct PeakParameters {
  float* out;             // [session] fma_peak: [threads]; tf32_peak: [threads, 4]
  const float* operands;  // [session] fma_peak: factor, summand; tf32_peak: A [16, 8], B [8, 8], rounded to tf32
  int rounds;
  int unused;
};

}  // namespace longrun
