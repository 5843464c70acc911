// What both weight gradients share: which part of a launch a block does, and where its sums go.
#pragma once

#include "tile.cuh"

namespace longrun {

constexpr int GRADIENT_TILE = 64;

// A block's tile of [weightRows, columns] and its rows of the batch.
struct GradientTile {
  const WeightGradientJob& job;
  int split;
  int rowTile;
  int firstRow;     // of the tile, in the weight
  int firstColumn;  // of the tile
  int begin;        // of the rows to sum over
  int rows;         // how many there are in this step; 0 or less: none

  __device__ inline GradientTile(const WeightGradientJob& job, const Slots& slots) : job(job) {
    const int block = (int)blockIdx.x - job.firstBlock;
    rowTile = block / job.columnTiles % job.rowTiles;
    split = block / job.columnTiles / job.rowTiles;
    firstRow = rowTile * GRADIENT_TILE;
    firstColumn = block % job.columnTiles * GRADIENT_TILE;
    begin = split * job.rowsPerSplit;
    rows = min(row_count(job.rows, slots) - begin, job.rowsPerSplit);
  }
  __device__ inline bool sums_bias() const { return job.biasPartial != nullptr && rowTile == 0; }

  // Writes 4 sums of row `row` of the tile, from column `column` of the tile on.
  __device__ inline void write(const Slots& slots, int row, int column, float4 sums) const {
    if (firstRow + row < job.weightRows && firstColumn + column < job.columns) {
      float* to = in_slot(job.partial, slots) + (long long)split * job.splitFloats +
                  (long long)(firstRow + row) * job.partialStride + firstColumn + column;
      store4(to, without_padding(sums, firstColumn + column, job.columns));
    }
  }
};

// Sums of columns: 16 threads abreast have 4 columns each, 8 such rows of threads take different rows of the batch.
// Their sums are added in order. `shared` has room for 8 * GRADIENT_TILE floats; every thread of the block takes part.
__device__ inline void write_bias(const GradientTile& tile, const Slots& slots, float4 sum, float* shared) {
  const int thread = (int)threadIdx.x;
  store4(shared + 4 * thread, sum);
  __syncthreads();
  const int column = tile.firstColumn + 4 * thread;
  if (thread < GRADIENT_TILE / 4 && column < tile.job.columns) {
    float4 total = sum;
#pragma unroll
    for (int i = 1; i < 8; ++i) {
      total = add4(total, load4(shared + 4 * thread + i * GRADIENT_TILE));
    }
    store4(in_slot(tile.job.biasPartial, slots) + (long long)tile.split * tile.job.biasSplitFloats + column,
           without_padding(total, column, tile.job.columns));
  }
}

}  // namespace longrun
