// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1,
// 2, 3", SC 2011), word for word those of longrun.random.Philox.
//
//   key     = (seed low, seed high)
//   counter = (block low, block high, stream number, part)
//
// A block yields four words; word i of a stream is word i % 4 of block i / 4.
#pragma once

#include "device.cuh"

namespace longrun {

// The numbers of longrun.random.Stream.
enum Stream { STREAM_INITIALIZATION = 0, STREAM_BATCH_ORDER = 3 };

struct PhiloxBlock {
  unsigned word[4];
};

__device__ inline PhiloxBlock philox(unsigned long long seed, unsigned long long block, unsigned stream,
                                     unsigned part) {
  unsigned c0 = (unsigned)block;
  unsigned c1 = (unsigned)(block >> 32);
  unsigned c2 = stream;
  unsigned c3 = part;
  unsigned k0 = (unsigned)seed;
  unsigned k1 = (unsigned)(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    unsigned long long p0 = 0xD2511F53ull * c0;
    unsigned long long p1 = 0xCD9E8D57ull * c2;
    c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
    c1 = (unsigned)p1;
    c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
    c3 = (unsigned)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// One word of a stream.
__device__ inline unsigned philox_word(unsigned long long seed, unsigned stream, unsigned part,
                                       unsigned long long index) {
  PhiloxBlock block = philox(seed, index >> 2, stream, part);
  unsigned low = (index & 1) != 0 ? block.word[1] : block.word[0];
  unsigned high = (index & 1) != 0 ? block.word[3] : block.word[2];
  return (index & 2) != 0 ? high : low;
}

}  // namespace longrun
