// Arithmetic on four neighbouring columns.
#pragma once

#include "device.cuh"

namespace longrun {

__device__ inline float4 zero4() { return {0.0f, 0.0f, 0.0f, 0.0f}; }

__device__ inline float4 add4(float4 a, float4 b) { return {a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w}; }

__device__ inline float sum4(float4 a) { return (a.x + a.y) + (a.z + a.w); }

// Zero in columns from `columns` on; `column` is the first of the four.
__device__ inline float4 without_padding(float4 a, int column, int columns) {
  return {column < columns ? a.x : 0.0f, column + 1 < columns ? a.y : 0.0f, column + 2 < columns ? a.z : 0.0f,
          column + 3 < columns ? a.w : 0.0f};
}

// The sum over lanes `lanes`, 2 * `lanes`, ... apart, lanes being a power of two; every lane has it.
__device__ inline float4 sum_apart4(float4 a, int lanes) {
  for (int distance = WARP / 2; distance >= lanes; distance /= 2) {
    a.x += __shfl_xor_sync(WHOLE_WARP, a.x, distance);
    a.y += __shfl_xor_sync(WHOLE_WARP, a.y, distance);
    a.z += __shfl_xor_sync(WHOLE_WARP, a.z, distance);
    a.w += __shfl_xor_sync(WHOLE_WARP, a.w, distance);
  }
  return a;
}

}  // namespace longrun
