// Sums over a block of 256 threads, in one fixed order.
#pragma once

#include "device.cuh"

namespace longrun {

constexpr int BLOCK_WARPS = 8;

// Adds up each of COUNT values over the threads: a tree over each warp, then a tree over the warps. Warp 0 has the
// sums; what the other warps have means nothing. `scratch` is shared and free again after the next barrier.
template <class T, int COUNT>
__device__ inline void block_sum(T (&values)[COUNT], T (&scratch)[COUNT][BLOCK_WARPS]) {
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
#pragma unroll
  for (int i = 0; i < COUNT; ++i) {
    values[i] = warp_sum(values[i]);
    if (lane == 0) {
      scratch[i][warp] = values[i];
    }
  }
  __syncthreads();
  if (warp == 0) {
#pragma unroll
    for (int i = 0; i < COUNT; ++i) {
      values[i] = scratch[i][lane % BLOCK_WARPS];
#pragma unroll
      for (int distance = BLOCK_WARPS / 2; distance > 0; distance /= 2) {
        values[i] += __shfl_xor_sync(WHOLE_WARP, values[i], distance);
      }
    }
  }
}

}  // namespace longrun
