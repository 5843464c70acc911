// Operands of tf32 products: from global memory through registers, where they are rounded, to shared memory, where they
// lie in units of 16 bytes as mma wants them in consecutive registers.
//
// A step of DEPTH = 16 values of k is two mma deep. Lane `member` of mma takes k = 4 * member + {0, 1} for the first
// (half 0) and 4 * member + {2, 3} for the second: as its k = member and k = member + 4. Both operands agree, so only
// the order in which mma adds its 8 products is touched.
//
// A unit of the first operand is a thread's a[0] .. a[3]: {A[i][k], A[j][k], A[i][k + 1], A[j][k + 1]} for two rows i,
// j. A unit of the second is b[0], b[1] of two tiles of mma: {B[k][n], B[k + 1][n], B[k][n + 1], B[k + 1][n + 1]}.
//
// Columns are dealt to the tiles of mma so that a thread's sums stand in fours: column q of tile j (of 4 tiles, 32
// columns) is column 4 * mma_chunk(q) + j. What a thread then holds of a row are chunk `member` (columns 2 * member of
// the four tiles) and chunk member + 4 (columns 2 * member + 1).
#pragma once

#include "tile.cuh"

namespace longrun {

__device__ inline int mma_group(int thread) { return thread % WARP / 4; }
__device__ inline int mma_member(int thread) { return thread % 4; }
__device__ constexpr int mma_chunk(int q) { return q / 2 + q % 2 * 4; }

// The two operands of a product.
enum Side { FIRST, SECOND };

// Two chunks of 4 floats of global memory on their way to shared memory, the second `second` floats after the first.
struct Chunks {
  const float* first;
  int second;
  float4 value[2];

  __device__ inline void load(bool firstInside, bool secondInside) {
    value[0] = firstInside ? load4(first) : zero4();
    value[1] = secondInside ? load4(first + second) : zero4();
  }
  // Elements i and j of both chunks, those of a chunk together or those of a place in the chunk together.
  __device__ inline float4 together(int i, int j, bool ofChunk) const {
    const float a = to_tf32(component(value[0], i));
    const float b = to_tf32(component(value[0], j));
    const float c = to_tf32(component(value[1], i));
    const float d = to_tf32(component(value[1], j));
    return ofChunk ? make_float4(a, b, c, d) : make_float4(a, c, b, d);
  }
};

// An operand whose memory runs along k: in[r, k]; weight[n, k] of nt. A thread takes the same 4 values of k of two rows
// and makes one unit for each half. Units of a half lie one after the other, pair of rows by pair of rows, in the order
// in which the lanes of a warp will read them.
template <int TILE, Side SIDE>
struct FragmentsAlongDepth {
  static constexpr int HALF = TILE / 2 * 16;  // floats
  Chunks chunks;

  // First operand: rows group and group + 8 of each tile of mma. Second: columns j and j + 1 of chunk mma_chunk(group).
  __device__ static inline int pair_row(int pair) {
    return SIDE == FIRST ? pair / 8 * 16 + pair % 8 : pair / 16 * 32 + 4 * mma_chunk(pair % 8) + pair / 8 % 2 * 2;
  }

  __device__ inline FragmentsAlongDepth(const float* matrix, int stride, int begin, int extent, int thread) {
    const int row = begin + pair_row(thread / 4);
    const int last = extent - 1;
    chunks.first = matrix + (long long)min(row, last) * stride + thread % 4 * 4;
    chunks.second = (min(row + (SIDE == FIRST ? 8 : 1), last) - min(row, last)) * stride;
  }
  // `left` is what the matrix has along k from the next step on.
  __device__ inline void load(int thread, int left) {
    const bool inside = thread % 4 * 4 < left;
    chunks.load(inside, inside);
    chunks.first += DEPTH;
  }
  __device__ inline void store(float* shared, int thread) const {
    store4(shared + 4 * thread, chunks.together(0, 1, SIDE == SECOND));
    store4(shared + 4 * thread + HALF, chunks.together(2, 3, SIDE == SECOND));
  }
  // What a warp whose part of the tile begins at `begin` reads: the first operand's tile `index` of mma, the second's
  // tiles 2 * index and 2 * index + 1.
  __device__ static inline float4 unit(const float* shared, int begin, int index, int half, int thread) {
    return load4(shared + begin / 2 * 16 + thread % WARP * 4 + index * 8 * 16 + half * HALF);
  }
};

// An operand whose memory runs along the tile: weight[k, n] of nn; both of a weight's gradient. A thread takes the same
// 4 columns of k and k + 1, k even, and makes two units, one for each pair of columns. Units of the first pairs lie in
// one half of the memory, units of the second pairs in the other; within a row of units (one pair of k) their order is
// such that 8 lanes meet 8 different banks.
template <int TILE, Side SIDE>
struct FragmentsAlongTile {
  static constexpr int CHUNKS = TILE / 4;
  static constexpr int SECOND_PAIRS = DEPTH / 2 * TILE;  // floats
  Chunks chunks;

  __device__ static inline int place(int kPair, int chunk) { return kPair * TILE + 4 * (chunk ^ (kPair / 2)); }

  __device__ inline FragmentsAlongTile(const float* matrix, int stride, int begin, int extent, int thread) {
    const int column = min(begin + thread % CHUNKS * 4, (extent - 1) & ~3);
    chunks.first = matrix + (long long)(thread / CHUNKS * 2) * stride + column;
    chunks.second = stride;
  }
  __device__ inline void load(int thread, int left) {
    const int k = thread / CHUNKS * 2;
    chunks.load(k < left, k + 1 < left);
    chunks.first += DEPTH * chunks.second;
  }
  __device__ inline void store(float* shared, int thread) const {
    float* to = shared + place(thread / CHUNKS, thread % CHUNKS);
    store4(to, chunks.together(0, 1, SIDE == FIRST));
    store4(to + SECOND_PAIRS, chunks.together(2, 3, SIDE == FIRST));
  }
  // As above; of the first operand's tile `index`, rows group and group + 8 are columns 2 * index and 2 * index + 1 of
  // chunk mma_chunk(group) of the 32 that begin at `begin`.
  __device__ static inline float4 unit(const float* shared, int begin, int index, int half, int thread) {
    return load4(shared + place(2 * mma_member(thread), mma_chunk(mma_group(thread))) + begin + half * TILE +
                 index / 2 * 32 + index % 2 * SECOND_PAIRS);
  }
};

}  // namespace longrun
