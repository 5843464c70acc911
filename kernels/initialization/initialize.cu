// Computes: the initial parameters of each slot's seed, as longrun.model.Model.initialize draws them: element i of
//   tensor `part` from Stream.INITIALIZATION (longrun.random.Philox)
//     constant  scale
//     normal    scale * sqrt(-2 ln u1) cos(2 pi u2), u1 and u2 from words 2 i and 2 i + 1
//     uniform   scale * (2 u - 1), u from word i
// Shapes: tensors InitialTensor [tensorCount], control: in
//   parameters float [all, padded]: out, padding included (zero)
// Mapping: grid (blocks of all tensors, slots), 256 threads; a thread is a float of a tensor as it lies in memory.
//   Element numbers are those of the model's shape: columns are cut into groups that lie one after the other there.
// Memory: no shared memory.
// Numerics: double, rounded to float at the end; logarithm and cosine are StrictMath's (strict_math.cuh), so the bits
//   are those of the host's initialization, on every machine.
// Twin: longrun.verify.InitializationCases launches and tests it against longrun.model.Model.
#include "../common/philox.cuh"
#include "strict_math.cuh"

namespace longrun {
namespace {

constexpr int INITIALIZE_THREADS = 256;
constexpr double TWO_PI = 2.0 * 3.141592653589793;

// In (0, 1).
__device__ inline double uniform(unsigned word) { return ((double)word + 0.5) * 0x1p-32; }

__device__ inline double standard_normal(unsigned word1, unsigned word2) {
  return sqrt(-2.0 * strict_log(uniform(word1))) * strict_cos(TWO_PI * uniform(word2));
}

__device__ inline double initial_value(const InitialTensor& tensor, unsigned long long seed, unsigned element) {
  switch (tensor.fill) {
    case FILL_NORMAL: {
      PhiloxBlock drawn = philox(seed, element >> 1, STREAM_INITIALIZATION, tensor.part);
      bool odd = (element & 1) != 0;
      return tensor.scale * standard_normal(odd ? drawn.word[2] : drawn.word[0], odd ? drawn.word[3] : drawn.word[1]);
    }
    case FILL_UNIFORM:
      return tensor.scale * (2.0 * uniform(philox_word(seed, STREAM_INITIALIZATION, tensor.part, element)) - 1.0);
    default:
      return tensor.scale;
  }
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void initialize(longrun::InitializationParameters p) {
  using namespace longrun;
  if (idle(p.slots)) {
    return;
  }
  int index = 0;
  while (index + 1 < p.tensorCount && (int)blockIdx.x >= p.tensors[index + 1].firstBlock) {
    ++index;
  }
  InitialTensor tensor = p.tensors[index];
  int at = ((int)blockIdx.x - tensor.firstBlock) * INITIALIZE_THREADS + (int)threadIdx.x;
  if (at >= tensor.rows * tensor.stride) {
    return;
  }
  int row = at / tensor.stride;
  int column = at % tensor.stride;
  float value = 0.0f;
  if (column < tensor.columns) {
    int group = column / tensor.groupColumns;
    int element = (group * tensor.rows + row) * tensor.groupColumns + column % tensor.groupColumns;
    value = (float)initial_value(tensor, in_slot(p.control, p.slots)->seed, (unsigned)element);
  }
  in_slot(p.parameters, p.slots)[tensor.start + at] = value;
}
