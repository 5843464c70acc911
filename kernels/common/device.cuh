// What every kernel shares: slots, rows, jobs, 16-byte accesses, sums over a warp.
//
// The same source is compiled by nvcc for a GPU and by a C++ compiler for the emulated driver (kernels/emulator), where
// the threads of a block are fibers. So: shared memory is declared with SHARED, instructions that C++ cannot say are in
// ptx.cuh with a twin for the host, and products that shall be fused are written fmaf (the build forbids the compiler to
// fuse others, so that every architecture rounds alike).
#pragma once

#ifdef __CUDACC__
// A variable of the block: SHARED(Tile, tile); with `using Tile = float[64][64];`.
#define SHARED(type, name) __shared__ type name
#else
#include "../emulator/device.h"
#endif

#include "parameters.cuh"

namespace longrun {

constexpr int WARP = 32;
constexpr unsigned WHOLE_WARP = 0xffffffffu;

// A pointer into the arena of slot 0, moved to this block's slot; null stays null.
template <class T>
__device__ inline T* in_slot(T* pointer, const Slots& slots) {
  using Word = const char;
  if (pointer == nullptr) {
    return nullptr;
  }
  return (T*)((Word*)pointer + 4 * slots.stride * (long long)blockIdx.y);
}

// Whether this block's slot takes no part in the launch.
__device__ inline bool idle(const Slots& slots) { return slots.active[blockIdx.y] == 0; }

// Rows that a job has in this step, in this block's slot.
__device__ inline int row_count(const Rows& rows, const Slots& slots) {
  return rows.examples == nullptr ? rows.perExample : *in_slot(rows.examples, slots) * rows.perExample;
}

// The number of the row that a reader reads; `batch` has been moved to the slot.
__device__ inline int row_of(const Source& source, int reader, const int* batch) {
  if (source.table == nullptr) {
    return reader;
  }
  return source.table[batch == nullptr ? reader : batch[reader]];
}

// The row that a reader reads.
__device__ inline const float* row_at(const Source& source, int reader, const int* batch, const Slots& slots) {
  return in_slot(source.rows, slots) + (long long)row_of(source, reader, batch) * source.stride;
}

// The job that this block works for.
template <class Parameters>
__device__ inline int find_job(const Parameters& p) {
  int job = 0;
  while (job + 1 < p.jobs && (int)blockIdx.x >= p.job[job + 1].firstBlock) {
    ++job;
  }
  return job;
}

// 16 bytes at once; the address is a multiple of 16.
__device__ inline float4 load4(const float* from) { return *reinterpret_cast<const float4*>(from); }
__device__ inline void store4(float* to, float4 value) { *reinterpret_cast<float4*>(to) = value; }

// Columns with their padding.
__device__ inline int padded(int columns) { return (columns + 3) & ~3; }

// The sum over a warp, in a fixed tree; every lane has it.
template <class T>
__device__ inline T warp_sum(T value) {
#pragma unroll
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(WHOLE_WARP, value, distance);
  }
  return value;
}

// The maximum over a warp; every lane has it. A NaN may be lost.
__device__ inline float warp_max(float value) {
#pragma unroll
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(WHOLE_WARP, value, distance));
  }
  return value;
}

}  // namespace longrun
