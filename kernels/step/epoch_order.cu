// Computes: the order in which an epoch reads the training examples: ascending random words of Stream.BATCH_ORDER, part
//   = epoch, index = example; among equal words the lower example first. That is longrun.random.Philox.permutation,
//   whose 64-bit keys (word << 31 | example) sort alike. Returns at once unless the step in progress needs another
//   epoch's order.
// Shapes: control: in; order int [trainExamples]: out, order[rank] = example
// Mapping: grid (ceil(trainExamples / 256), slots), 256 threads; a thread is an example and counts the examples that
//   come before it, over tiles of 1024 words that the block draws together.
// Memory: 4096 shared bytes.
// Numerics: integers, exact.
// Twin: longrun.cuda.StepCalls launches it, longrun.verify.BatchCases tests it against longrun.engine.BatchOrder.
//
// control->epochStarts is step_begin's and stays as it is through the step; control->epoch, which it was compared with,
// is moved on by batch_readers, in a later launch, once the whole order is there. No launch reads what another block of
// the same launch writes.
#include "../common/philox.cuh"

namespace longrun {
namespace {

constexpr int ORDER_THREADS = 256;
constexpr int TILE_WORDS = 4 * ORDER_THREADS;
using WordTile = uint4[ORDER_THREADS];

// How many of a part of the tile's words, ORDER_THREADS of them, are less than the bound.
__device__ inline int count_below(const uint4* part, unsigned bound) {
  int count = 0;
#pragma unroll 8
  for (int i = 0; i < ORDER_THREADS / 4; ++i) {
    uint4 words = part[i];
    count += words.x < bound ? 1 : 0;
    count += words.y < bound ? 1 : 0;
    count += words.z < bound ? 1 : 0;
    count += words.w < bound ? 1 : 0;
  }
  return count;
}

__device__ inline int count_not_above(const uint4* part, unsigned bound) {
  int count = 0;
#pragma unroll 8
  for (int i = 0; i < ORDER_THREADS / 4; ++i) {
    uint4 words = part[i];
    count += words.x <= bound ? 1 : 0;
    count += words.y <= bound ? 1 : 0;
    count += words.z <= bound ? 1 : 0;
    count += words.w <= bound ? 1 : 0;
  }
  return count;
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void epoch_order(longrun::EpochOrderParameters p) {
  using namespace longrun;
  SHARED(WordTile, tile);
  const Control* control = in_slot(p.control, p.slots);
  int starts = control->epochStarts;
  if (idle(p.slots) || starts == 0) {
    return;
  }
  int thread = threadIdx.x;
  int ownPart = blockIdx.x;  // of all words, in parts of ORDER_THREADS
  int example = ownPart * ORDER_THREADS + thread;
  unsigned epoch = (unsigned)control->epochOfStep;
  unsigned long long seed = control->seed;
  unsigned own = philox_word(seed, STREAM_BATCH_ORDER, epoch, example);
  int rank = 0;
  for (int first = 0; first < p.trainExamples; first += TILE_WORDS) {
    int at = first + 4 * thread;
    PhiloxBlock drawn = philox(seed, at / 4, STREAM_BATCH_ORDER, epoch);
    // Past the end stand words that nothing is greater than, and that are compared only with examples before them.
    uint4 words;
    words.x = at < p.trainExamples ? drawn.word[0] : 0xffffffffu;
    words.y = at + 1 < p.trainExamples ? drawn.word[1] : 0xffffffffu;
    words.z = at + 2 < p.trainExamples ? drawn.word[2] : 0xffffffffu;
    words.w = at + 3 < p.trainExamples ? drawn.word[3] : 0xffffffffu;
    __syncthreads();  // the tile before is read
    tile[thread] = words;
    __syncthreads();
    for (int i = 0; i < 4; ++i) {
      int part = first / ORDER_THREADS + i;
      const uint4* ofPart = tile + i * (ORDER_THREADS / 4);
      if (part < ownPart) {
        rank += count_not_above(ofPart, own);
      } else if (part > ownPart) {
        rank += count_below(ofPart, own);
      } else {
        const unsigned* ownWords = reinterpret_cast<const unsigned*>(ofPart);
        for (int other = 0; other < ORDER_THREADS; ++other) {
          unsigned word = ownWords[other];
          rank += word < own || (word == own && other < thread) ? 1 : 0;
        }
      }
    }
  }
  if (example < p.trainExamples) {
    in_slot(p.order, p.slots)[rank] = example;
  }
}
