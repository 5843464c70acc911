// What follows a matrix product's sums: bias, addend, residual, activation or its derivative, and the way to memory.
//
// The tile's sums pass through shared memory, 64 rows at a time, so that a warp writes whole rows and so that what is
// fused is coded once, not once for every sum of a thread.
#pragma once

#include "../common/activation.cuh"
#include "tile.cuh"

namespace longrun {

constexpr int SLAB_ROWS = 64;
// Floats from one row of sums to the next.
template <int TILE>
__device__ constexpr int slab_pitch() {
  return TILE + 4;
}
template <int TILE>
__device__ constexpr int slab_floats() {
  return SLAB_ROWS * slab_pitch<TILE>();
}
// A tile of 64 rows is one slab; of a tile of 128 rows, slab i has the i-th 16 of each warp's 32 rows.
template <int TILE>
__device__ constexpr int slabs() {
  return TILE / SLAB_ROWS;
}
template <int TILE>
__device__ inline int slab_row(int warpRow) {
  return warpRow / slabs<TILE>();
}
template <int TILE>
__device__ inline int tile_row(int slab, int row) {
  return slabs<TILE>() == 1 ? row : row / 16 * WARP_ROWS + slab * 16 + row % 16;
}

__device__ inline float4 multiply4(float4 a, float4 b) {
  return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w);
}
__device__ inline float4 activate4(float4 v, int activation) {
  return make_float4(activate(v.x, activation), activate(v.y, activation), activate(v.z, activation),
                     activate(v.w, activation));
}
__device__ inline float4 activation_derivative4(float4 v, int activation) {
  return make_float4(activation_derivative(v.x, activation), activation_derivative(v.y, activation),
                     activation_derivative(v.z, activation), activation_derivative(v.w, activation));
}
// Calls f with the activation as a constant, so that the choice is made once and not for every element.
template <class F>
__device__ inline void with_activation(int activation, F f) {
  switch (activation) {
    case ACTIVATION_RELU:
      f(ACTIVATION_RELU);
      break;
    case ACTIVATION_GELU:
      f(ACTIVATION_GELU);
      break;
    case ACTIVATION_SQUARE:
      f(ACTIVATION_SQUARE);
      break;
    default:
      break;
  }
}

// One job's epilogue for one tile; its pointers have been moved to the slot. A thread keeps to 4 columns and takes
// every 8th row, BATCH of them at a time, all loads of a batch before its stores.
template <int TILE, bool TRANSPOSED>
struct Epilogue {
  static constexpr int BATCH = 4;
  static constexpr int CHUNKS = TILE / 4;

  const MatmulJob& job;
  const Slots& slots;
  float* out;
  float* preActivation;
  const float* addend;
  const float* saved;
  const int* batch;
  int rows;  // of the job in this step
  int firstRow;
  int column;
  float4 bias;

  __device__ inline Epilogue(const MatmulJob& job, const Slots& slots, int rows, int firstRow, int firstColumn)
      : job(job),
        slots(slots),
        out(in_slot(job.out, slots)),
        preActivation(in_slot(job.preActivation, slots)),
        addend(in_slot(job.addend, slots)),
        saved(in_slot(job.saved, slots)),
        batch(in_slot(job.batch, slots)),
        rows(rows),
        firstRow(firstRow),
        column(firstColumn + 4 * ((int)threadIdx.x % CHUNKS)),
        bias(zero4()) {
    if (!TRANSPOSED && job.bias != nullptr && column < job.columns) {
      bias = load4(in_slot(job.bias, slots) + column);
    }
  }

  __device__ inline void write(const float* sums, int slab) const {
    if (column >= job.columns) {
      return;
    }
#pragma unroll 1
    for (int row = (int)threadIdx.x / CHUNKS; row < SLAB_ROWS; row += 8 * BATCH) {
      write_batch(sums + row * slab_pitch<TILE>() + 4 * ((int)threadIdx.x % CHUNKS), slab, row);
    }
  }

 private:
  // Rows row, row + 8, ... of the slab.
  __device__ inline void write_batch(const float* sums, int slab, int row) const {
    int r[BATCH];
    bool inside[BATCH];
    float4 value[BATCH];
    float4 more[BATCH];   // addend
    float4 other[BATCH];  // nn: residual; nt: what the derivative is taken from
#pragma unroll
    for (int i = 0; i < BATCH; ++i) {
      r[i] = firstRow + tile_row<TILE>(slab, row + 8 * i);
      inside[i] = r[i] < rows;
      value[i] = load4(sums + 8 * i * slab_pitch<TILE>());
      more[i] = other[i] = zero4();
    }
    if (addend != nullptr) {
#pragma unroll
      for (int i = 0; i < BATCH; ++i) {
        if (inside[i]) {
          more[i] = load4(addend + (long long)r[i] * job.addendStride + column);
        }
      }
    }
    if (TRANSPOSED) {
      finish_transposed(r, inside, value, more, other);
    } else {
      finish(r, inside, value, more, other);
    }
#pragma unroll
    for (int i = 0; i < BATCH; ++i) {
      if (inside[i]) {
        store4(out + (long long)r[i] * job.outStride + column, without_padding(value[i], column, job.columns));
      }
    }
  }

  __device__ inline void finish(const int (&r)[BATCH], const bool (&inside)[BATCH], float4 (&value)[BATCH],
                                const float4 (&more)[BATCH], float4 (&other)[BATCH]) const {
    if (job.residual != nullptr) {
#pragma unroll
      for (int i = 0; i < BATCH; ++i) {
        if (inside[i]) {
          const Source& source = job.residual[r[i] % job.residualSources];
          other[i] = load4(row_at(source, r[i] / job.residualSources, batch, slots) + column);
        }
      }
    }
#pragma unroll
    for (int i = 0; i < BATCH; ++i) {
      value[i] = add4(add4(add4(value[i], bias), more[i]), other[i]);
    }
    if (preActivation != nullptr) {
#pragma unroll
      for (int i = 0; i < BATCH; ++i) {
        if (inside[i]) {
          store4(preActivation + (long long)r[i] * job.preActivationStride + column,
                 without_padding(value[i], column, job.columns));
        }
      }
    }
    with_activation(job.activation, [&](int activation) {
#pragma unroll
      for (int i = 0; i < BATCH; ++i) {
        value[i] = activate4(value[i], activation);
      }
    });
  }

  __device__ inline void finish_transposed(const int (&r)[BATCH], const bool (&inside)[BATCH], float4 (&value)[BATCH],
                                           const float4 (&more)[BATCH], float4 (&other)[BATCH]) const {
    if (saved != nullptr) {
#pragma unroll
      for (int i = 0; i < BATCH; ++i) {
        if (inside[i]) {
          other[i] = load4(saved + (long long)r[i] * job.savedStride + column);
        }
      }
      with_activation(job.activation, [&](int activation) {
#pragma unroll
        for (int i = 0; i < BATCH; ++i) {
          value[i] = multiply4(value[i], activation_derivative4(other[i], activation));
        }
      });
    }
#pragma unroll
    for (int i = 0; i < BATCH; ++i) {
      value[i] = add4(more[i], value[i]);
    }
  }
};

// A block's part of a launch: its job, its tile, and whether there is anything to do.
template <int TILE>
struct MatmulTile {
  const MatmulJob& job;
  int rows;
  int firstRow;
  int firstColumn;

  __device__ inline MatmulTile(const MatmulJob& job, const Slots& slots, int block)
      : job(job), rows(row_count(job.rows, slots)) {
    const int tile = block - job.firstBlock;
    firstRow = tile / job.columnTiles * TILE;
    firstColumn = tile % job.columnTiles * TILE;
  }
  __device__ inline bool empty() const { return firstRow >= rows || firstColumn >= job.columns; }
};

}  // namespace longrun
