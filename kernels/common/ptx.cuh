// Instructions that C++ cannot say, each with a twin for the host.
#pragma once

#include "device.cuh"

namespace longrun {

// Rounds to tf32 (10 bits of mantissa) to nearest: the float's low 13 bits become 0 (subnormal results may keep some,
// worth less than 2^-136). Veltkamp's splitting, in three operations of the units that are idle while the tensor cores
// work; the instruction cvt.rna.tf32 is four operations of the units that compute addresses. What is not finite, or at
// least 2^115, becomes NaN.
__device__ inline float to_tf32(float x) {
  const float scaled = x * 8193.0f;
  return scaled - (scaled - x);
}

// d += a * b over one 16 x 8 tile with depth 8, tf32 operands, float sums; a warp together. Fragments as PTX defines
// them for mma.m16n8k8: with group = lane / 4 and member = lane % 4,
//   a[0] = A[group][member]      a[1] = A[group + 8][member]
//   a[2] = A[group][member + 4]  a[3] = A[group + 8][member + 4]
//   b[0] = B[member][group]      b[1] = B[member + 4][group]
//   d[0] = D[group][2 * member]  d[1] = D[group][2 * member + 1]
//   d[2] = D[group + 8][2 * member]  d[3] = D[group + 8][2 * member + 1]
__device__ inline void mma_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
#ifdef __CUDACC__
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
        "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
#else
  emulator::mma_m16n8k8(d, a, b);
#endif
}

// threadIdx.x and blockIdx.x, read where this stands and every time: what is computed from them is computed anew and
// holds no register in between.
__device__ inline int thread_anew() {
#ifdef __CUDACC__
  int thread;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
  return thread;
#else
  return (int)threadIdx.x;
#endif
}
__device__ inline int block_anew() {
#ifdef __CUDACC__
  int block;
  asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(block));
  return block;
#else
  return (int)blockIdx.x;
#endif
}

// The same with a's four and b's two given by name.
__device__ inline void mma_tf32(float (&d)[4], const float4& a, float b0, float b1) {
  const float first[4] = {a.x, a.y, a.z, a.w};
  const float second[2] = {b0, b1};
  mma_tf32(d, first, second);
}

// Copies of 16 bytes from global to shared memory that go on while the thread computes. A thread's copies form groups:
// copy..., commit, copy..., commit. After wait<NEWER>() all of its groups but the NEWER latest have arrived, for
// itself; for the block after the next barrier. Where `inside` is false nothing is read and zeros arrive.
//
// The twin is as late as the rules allow: until the wait the destination holds NaN.
struct AsyncCopies {
#ifdef __CUDACC__
  __device__ inline void copy(float* shared, const float* global, bool inside) {
    const unsigned to = (unsigned)__cvta_generic_to_shared(shared);
    asm volatile(
        "{\n\t"
        ".reg .pred outside;\n\t"
        "setp.eq.s32 outside, %2, 0;\n\t"
        "cp.async.cg.shared.global.L2::128B [%0], [%1], 16, outside;\n\t"
        "}" ::"r"(to),
        "l"(global), "r"((int)inside)
        : "memory");
  }
  __device__ inline void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
  template <int NEWER>
  __device__ inline void wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(NEWER) : "memory");
  }
#else
  static constexpr int CAPACITY = 32;
  float* to[CAPACITY];
  float4 value[CAPACITY];
  int group[CAPACITY];
  int count = 0;
  int groups = 0;

  // A block's shared memory may be another's as soon as its threads have left.
  inline ~AsyncCopies() {
    if (count != 0) {
      __trap();
    }
  }
  inline void copy(float* shared, const float* global, bool inside) {
    if (count == CAPACITY) {
      __trap();
    }
    const float unknown = __uint_as_float(0x7fffffffu);
    to[count] = shared;
    value[count] = inside ? load4(global) : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    group[count] = groups;
    ++count;
    store4(shared, make_float4(unknown, unknown, unknown, unknown));
  }
  inline void commit() { ++groups; }
  template <int NEWER>
  inline void wait() {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      if (group[i] < groups - NEWER) {
        store4(to[i], value[i]);
      } else {
        to[kept] = to[i];
        value[kept] = value[i];
        group[kept] = group[i];
        ++kept;
      }
    }
    count = kept;
  }
#endif
};

}  // namespace longrun
