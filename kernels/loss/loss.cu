// Computes: the loss of every example against its label, with logits z, label y and C columns (formulas:
//   longrun.reference.Losses; StableMax: Prieto et al. 2025).
//     cross entropy  log(sum exp(z)) - z[y]           gradient  p - [c = y], p = softmax(z)
//     mean square    sum (z - [c = y])^2 / C          gradient  2 (z - [c = y]) / C
//     StableMax      log(sum s(z)) - log(s(z[y]))     gradient  s'(z) / sum s - [c = y] s'(z[y]) / s(z[y])
//                    with s(z) = z + 1 for z >= 0, else 1 / (1 - z)
//   loss_gradient leaves the gradient of the mean over the batch in the logits' place and sets *lossNotFinite if the
//   loss of any example is not finite. loss_evaluate leaves each example's loss and whether its label has the largest
//   logit (the lowest index among equals; never in a row with a NaN); it does not touch the logits.
// Shapes: logits float [examples, columns], rows logitsStride apart: in, and out of loss_gradient, padding included
//   (zero)
//   labels int [dataset examples], batch int [examples], examples int: in
//   lossNotFinite int, losses float [examples], correct int [examples]: out
// Mapping: grid (ceil(examples / 8), slots), 256 threads; a warp is an example, lane l has columns 4 l .. 4 l + 3 of
//   every 128. Up to 512 columns stay in registers from the first read to the last write; wider rows are worked on in
//   place, every lane on its own columns.
// Memory: no shared memory. Rows on 16 bytes.
// Numerics: fp32 as PyTorch computes it. Sums over columns: 4 neighbours in pairs, a lane's groups of 4 in ascending
//   order, then a tree over the lanes. Where sum exp(z - max z) rounds to 1 the label's gradient is exactly 0 (softmax
//   collapse), as it is there. The logarithm of an evaluated loss is taken in double, of the fp32 sum, so a loss is
//   within (11 + C / 128) roundings of that sum, 2^-24 each (exp has 4), of the exact one; where that is smaller, the
//   result is a multiple of 2^-23. Mean square is summed in double.
// Twin: longrun.cuda.StepCalls launches it, longrun.verify.LossCases tests it, longrun.cpu.LossKernel does the same.
#include "../common/device.cuh"

namespace longrun {
namespace {

constexpr int ROWS_PER_BLOCK = 8;

__device__ inline bool is_finite(float x) { return x - x == 0.0f; }

// A row of logits in the hands of a warp: each lane has every 32nd group of 4 columns. GROUPS > 0: it has at most so
// many, and they are registers between load() and store(). GROUPS = 0: any number, in place.
template <int GROUPS>
class Row {
 public:
  __device__ inline Row(float* row, int columns)
      : row_(row), groups_((columns + 3) / 4), lane_(threadIdx.x % WARP), columns_(columns) {
#pragma unroll
    for (int i = 0; i < GROUPS; ++i) {
      if (lane_ + i * WARP < groups_) {
        unpack(load4(row_ + 4 * (lane_ + i * WARP)), kept_[i]);
      }
    }
  }

  __device__ inline int columns() const { return columns_; }

  // Calls visit(float (&)[4], first column) for each of the lane's groups.
  template <class Visit>
  __device__ inline void read(Visit visit) {
    if constexpr (GROUPS == 0) {
      for (int group = lane_; group < groups_; group += WARP) {
        float values[4];
        unpack(load4(row_ + 4 * group), values);
        visit(values, 4 * group);
      }
    } else {
#pragma unroll
      for (int i = 0; i < GROUPS; ++i) {
        if (lane_ + i * WARP < groups_) {
          visit(kept_[i], 4 * (lane_ + i * WARP));
        }
      }
    }
  }

  // The same, and keeps what visit makes of the values.
  template <class Visit>
  __device__ inline void change(Visit visit) {
    if constexpr (GROUPS == 0) {
      read([&](float (&values)[4], int column) {
        visit(values, column);
        put(values, column);
      });
    } else {
      read(visit);
    }
  }

  // The same for the last time: writes the row.
  template <class Visit>
  __device__ inline void finish(Visit visit) {
    read([&](float (&values)[4], int column) {
      visit(values, column);
      put(values, column);
    });
  }

 private:
  __device__ static inline void unpack(float4 from, float (&to)[4]) {
    to[0] = from.x;
    to[1] = from.y;
    to[2] = from.z;
    to[3] = from.w;
  }

  __device__ inline void put(const float (&values)[4], int column) {
    store4(row_ + column, make_float4(values[0], values[1], values[2], values[3]));
  }

  float* row_;
  int groups_;
  int lane_;
  int columns_;
  float kept_[GROUPS > 0 ? GROUPS : 1][4];
};

// The sum over a warp of term(value) of every column.
template <int GROUPS, class Term>
__device__ inline float sum_changed(Row<GROUPS>& row, Term term) {
  float sum = 0.0f;
  row.change([&](float (&z)[4], int column) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      z[j] = column + j < row.columns() ? term(z[j]) : 0.0f;
    }
    sum += (z[0] + z[1]) + (z[2] + z[3]);
  });
  return warp_sum(sum);
}

template <int GROUPS, class Term>
__device__ inline float sum_read(Row<GROUPS>& row, Term term) {
  float sum = 0.0f;
  row.read([&](const float (&z)[4], int column) {
    float value[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      value[j] = column + j < row.columns() ? term(z[j]) : 0.0f;
    }
    sum += (value[0] + value[1]) + (value[2] + value[3]);
  });
  return warp_sum(sum);
}

// A NaN does not count; it shows in every sum.
template <int GROUPS>
__device__ inline float largest_logit(Row<GROUPS>& row) {
  float largest = -INFINITY;
  row.read([&](const float (&z)[4], int column) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      largest = column + j < row.columns() ? fmaxf(largest, z[j]) : largest;
    }
  });
  return warp_max(largest);
}

__device__ inline float stable(float z) { return z >= 0.0f ? z + 1.0f : 1.0f / (1.0f - z); }

// s'(z), from s(z): 1 for z >= 0, where s >= 1; else s^2.
__device__ inline float stable_slope(float s) { return s >= 1.0f ? 1.0f : s * s; }

// Leaves the gradient of loss / examples; whether the loss is finite.
template <int GROUPS>
__device__ inline bool gradient(float* logits, int label, const LossParameters& p, int examples) {
  Row<GROUPS> row(logits, p.columns);
  float own = logits[label];
  __syncwarp();  // before the lane that has the label writes it
  switch (p.loss) {
    case LOSS_CROSS_ENTROPY: {
      float largest = largest_logit(row);
      float sum = sum_changed(row, [=](float z) { return expf(z - largest); });
      float inverse = 1.0f / sum;
      float share = 1.0f / (float)examples;
      row.finish([=](float (&e)[4], int column) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float g = (e[j] * inverse - (column + j == label ? 1.0f : 0.0f)) * share;
          e[j] = column + j < p.columns ? g : 0.0f;
        }
      });
      return is_finite(sum) && is_finite(own);
    }
    case LOSS_MSE: {
      float factor = 2.0f / ((float)examples * (float)p.columns);
      float bad = 0.0f;
      row.finish([&](float (&z)[4], int column) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float difference = z[j] - (column + j == label ? 1.0f : 0.0f);
          bad += column + j < p.columns ? difference - difference : 0.0f;
          z[j] = column + j < p.columns ? difference * factor : 0.0f;
        }
      });
      return __all_sync(WHOLE_WARP, bad == 0.0f);
    }
    default: {
      float sum = sum_changed(row, [](float z) { return stable(z); });
      float share = 1.0f / (float)examples;
      float inverse = share / sum;
      float ownValue = stable(own);
      float pull = stable_slope(ownValue) / ownValue * share;
      row.finish([=](float (&s)[4], int column) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float g = stable_slope(s[j]) * inverse - (column + j == label ? pull : 0.0f);
          s[j] = column + j < p.columns ? g : 0.0f;
        }
      });
      // A logit of -infinity leaves the sum finite, but not the loss.
      return ownValue > 0.0f && is_finite(sum + ownValue);
    }
  }
}

// The loss; of use in lane 0.
template <int GROUPS>
__device__ inline double evaluate(Row<GROUPS>& row, int label, float own, const LossParameters& p) {
  switch (p.loss) {
    case LOSS_CROSS_ENTROPY: {
      float largest = largest_logit(row);
      float sum = sum_read(row, [=](float z) { return expf(z - largest); });
      return log((double)sum) - ((double)own - (double)largest);
    }
    case LOSS_MSE: {
      double sum = 0.0;
      row.read([&](const float (&z)[4], int column) {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          float difference = z[j] - (column + j == label ? 1.0f : 0.0f);
          // The square of a float is exact in double.
          sum = column + j < p.columns ? fma((double)difference, (double)difference, sum) : sum;
        }
      });
      return warp_sum(sum) / p.columns;
    }
    default: {
      float sum = sum_read(row, [](float z) { return stable(z); });
      return log((double)sum) - log((double)stable(own));
    }
  }
}

template <int GROUPS>
__device__ inline void evaluate_row(float* logits, int example, int label, const LossParameters& p) {
  Row<GROUPS> row(logits, p.columns);
  float own = logits[label];
  bool largest = true;
  row.read([&](const float (&z)[4], int column) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      bool below = column + j < label ? z[j] < own : z[j] <= own;
      largest = largest && (column + j >= p.columns || below);
    }
  });
  largest = __all_sync(WHOLE_WARP, largest);
  double loss = evaluate(row, label, own, p);
  if (threadIdx.x % WARP == 0) {
    in_slot(p.losses, p.slots)[example] = (float)loss;
    in_slot(p.correct, p.slots)[example] = largest ? 1 : 0;
  }
}

__device__ inline int example_of_warp() { return blockIdx.x * ROWS_PER_BLOCK + threadIdx.x / WARP; }

__device__ inline int label_of(int example, const LossParameters& p) {
  return in_slot(p.labels, p.slots)[in_slot(p.batch, p.slots)[example]];
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void loss_gradient(longrun::LossParameters p) {
  using namespace longrun;
  int example = example_of_warp();
  int examples = *in_slot(p.examples, p.slots);
  if (idle(p.slots) || example >= examples) {
    return;
  }
  int label = label_of(example, p);
  float* logits = in_slot(p.logits, p.slots) + (long long)example * p.logitsStride;
  bool finite;
  if (p.columns <= 4 * WARP) {
    finite = gradient<1>(logits, label, p, examples);
  } else if (p.columns <= 16 * WARP) {
    finite = gradient<4>(logits, label, p, examples);
  } else {
    finite = gradient<0>(logits, label, p, examples);
  }
  if (!finite && threadIdx.x % WARP == 0) {
    *in_slot(p.lossNotFinite, p.slots) = 1;  // all that write it write the same
  }
}

extern "C" __global__ void loss_evaluate(longrun::LossParameters p) {
  using namespace longrun;
  int example = example_of_warp();
  int examples = *in_slot(p.examples, p.slots);
  if (idle(p.slots) || example >= examples) {
    return;
  }
  int label = label_of(example, p);
  float* logits = in_slot(p.logits, p.slots) + (long long)example * p.logitsStride;
  if (p.columns <= 4 * WARP) {
    evaluate_row<1>(logits, example, label, p);
  } else if (p.columns <= 16 * WARP) {
    evaluate_row<4>(logits, example, label, p);
  } else {
    evaluate_row<0>(logits, example, label, p);
  }
}
