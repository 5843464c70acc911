// A tile of a matrix product: who computes what, and how the operands lie in shared memory.
//
// A block has two threads for each row of its square tile: 4 warps for 64 x 64, 8 warps for 128 x 128. Warps stand two
// abreast; each computes 32 rows x TILE / 2 columns. The summed index k is taken DEPTH at a time.
//
// An operand whose memory runs along k (in[r, k]; weight[n, k] of nt) lies in shared memory as rows of DEPTH floats, 4
// floats of room after every 4 rows:
//
//   row 0  k0 .. k15 | row 1 | row 2 | row 3 | 4 floats unused | row 4 ...
//
// so that 16 bytes (4 values of k) each of 8 rows 4 apart fall into different banks. An operand whose memory runs along
// the tile (weight[k, n] of nn; both of a weight's gradient) lies as DEPTH rows of TILE floats. Operands of tf32
// products lie otherwise (fragments.cuh).
#pragma once

#include "../common/device.cuh"
#include "../common/ptx.cuh"
#include "../common/vector4.cuh"

namespace longrun {

constexpr int DEPTH = 16;
constexpr int WARP_ROWS = 32;

// Where a row of an operand that runs along k begins.
__device__ constexpr int row_offset(int row) { return row * DEPTH + (row >> 2) * 4; }

// Floats of shared memory that one operand takes, in either layout.
template <int TILE>
__device__ constexpr int operand_floats() {
  return row_offset(TILE);
}

// Which way an operand's memory runs.
enum Along { ALONG_DEPTH, ALONG_TILE };

// This thread's share in fetching an operand: two chunks of 4 floats in each step of DEPTH. Beyond the matrix along k
// nothing is read and zeros are stored. Beyond it in the tile's direction its last row (its last chunk) is read again:
// what comes of that is never written.
template <int TILE, Along ALONG>
struct Operand {
  static constexpr int CHUNKS = TILE / 4;       // ALONG_TILE: in a row of shared memory
  static constexpr int ROWS_APART = DEPTH / 2;  // ALONG_TILE: from the first chunk's row to the second's
  static constexpr int APART = ALONG == ALONG_DEPTH ? 8 : ROWS_APART * TILE;  // the same in floats of shared memory

  const float* first;  // chunk of the next step
  int second;          // floats from the first chunk to the second

  // matrix: element (k = 0, tile position 0). `extent` is the matrix's in the tile's direction, where the tile begins
  // at `begin`.
  __device__ inline Operand(const float* matrix, int stride, int begin, int extent) {
    const int thread = (int)threadIdx.x;
    if (ALONG == ALONG_DEPTH) {
      first = matrix + (long long)min(begin + row(thread), extent - 1) * stride + 4 * chunk(thread);
      second = 8;
    } else {
      first = matrix + (long long)row(thread) * stride + min(begin + 4 * chunk(thread), (extent - 1) & ~3);
      second = ROWS_APART * stride;
    }
  }

  // The row of shared memory that a thread's first chunk is in. ALONG_DEPTH: the second is in it too; two lanes take 8
  // floats of a row, and 8 lanes rows 0, 1, 8 and 9, which are in different banks.
  __device__ static inline int row(int thread) {
    if (ALONG == ALONG_DEPTH) {
      return thread / 32 * 16 + (thread & 4) * 2 + (thread >> 2 & 6) + (thread >> 1 & 1);
    }
    return thread / CHUNKS;
  }
  __device__ static inline int chunk(int thread) { return ALONG == ALONG_DEPTH ? thread & 1 : thread % CHUNKS; }

  // Where the first chunk lies in shared memory; the second's place is APART further.
  __device__ static inline int place(int thread) {
    if (ALONG == ALONG_DEPTH) {
      return row_offset(row(thread)) + 4 * chunk(thread);
    }
    return row(thread) * TILE + 4 * chunk(thread);
  }

  // Whether the matrix reaches as far along k as a chunk of the next step; `left` is what it has from that step on.
  __device__ static inline bool first_inside(int thread, int left) {
    return (ALONG == ALONG_DEPTH ? 4 * chunk(thread) : row(thread)) < left;
  }
  __device__ static inline bool second_inside(int thread, int left) { return first_inside(thread, left - 8); }
  __device__ inline void advance() { first += ALONG == ALONG_DEPTH ? DEPTH : 2 * second; }

  // Sends the next step's chunks to shared memory.
  __device__ inline void copy(AsyncCopies& copies, float* shared, int thread, int left) {
    copies.copy(shared + place(thread), first, first_inside(thread, left));
    copies.copy(shared + place(thread) + APART, first + second, second_inside(thread, left));
    advance();
  }
};

// Where the thread's warp stands in the tile.
__device__ inline int warp_row(int thread) { return thread / (2 * WARP) * WARP_ROWS; }
template <int TILE>
__device__ inline int warp_column(int thread) {
  return thread / WARP % 2 * (TILE / 2);
}

// fp32: a thread computes 8 rows x TILE / 16 columns. Rows 4 * thread_row + {0, 1, 2, 3} of both 16-row halves of the
// warp's rows; columns 4 * thread_column + {0, 1, 2, 3} of every 32 of the warp's columns. Neighbouring lanes alternate
// between two rows, so that in every 16-byte read of shared memory each half-warp asks for at most 128 bytes.
__device__ inline int thread_row(int thread) { return (thread & 1) | ((thread >> 3) & 2); }
__device__ inline int thread_column(int thread) { return (thread >> 1) & 7; }

__device__ inline float component(const float4& v, int i) { return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w; }

}  // namespace longrun
