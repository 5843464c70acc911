// A row that a warp works on: each lane has 4 neighbouring columns, then those 128 further on. The first KEPT of these
// fours stay in registers between passes; columns beyond are read again, from the cache.
#pragma once

#include "../common/vector4.cuh"

namespace longrun {

constexpr int KEPT = 4;
constexpr int COLUMNS_AT_ONCE = 4 * WARP;

struct Kept {
  float4 at[KEPT];
};

// The lane's fours of a row; zero beyond `columns`.
__device__ inline void load_kept(Kept& kept, const float* row, int columns, int lane) {
#pragma unroll
  for (int i = 0; i < KEPT; ++i) {
    const int column = i * COLUMNS_AT_ONCE + 4 * lane;
    kept.at[i] = column < columns ? load4(row + column) : zero4();
  }
}

// Calls body(column, values) for each of the lane's fours, which may hold up to 3 columns of padding.
template <class Body>
__device__ inline void for_columns(const Kept& kept, const float* row, int columns, int lane, const Body& body) {
#pragma unroll
  for (int i = 0; i < KEPT; ++i) {
    if (i * COLUMNS_AT_ONCE + 4 * lane < columns) {
      body(i * COLUMNS_AT_ONCE + 4 * lane, kept.at[i]);
    }
  }
  for (int column = KEPT * COLUMNS_AT_ONCE + 4 * lane; column < columns; column += COLUMNS_AT_ONCE) {
    body(column, load4(row + column));
  }
}

}  // namespace longrun
