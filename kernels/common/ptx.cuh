// Instructions that C++ cannot say, each with a twin for the host.
#pragma once

#include "device.cuh"

namespace longrun {

// Rounds to tf32 (10 bits of mantissa), to nearest, ties away from zero; the result is a float whose low 13 bits are 0.
__device__ inline float to_tf32(float x) {
#ifdef __CUDACC__
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return __uint_as_float(bits);
#else
  unsigned bits = __float_as_uint(x);
  if ((bits & 0x7f800000u) == 0x7f800000u) {
    return x;
  }
  return __uint_as_float((bits + 0x1000u) & 0xffffe000u);
#endif
}

// d += a * b over one 16 x 8 tile with depth 8, tf32 operands, float sums; a warp together. Fragments as PTX defines them
// for mma.m16n8k8: with group = lane / 4 and member = lane % 4,
//   a[0] = A[group][member]      a[1] = A[group + 8][member]      a[2] = A[group][member + 4]  a[3] = A[group + 8][member + 4]
//   b[0] = B[member][group]      b[1] = B[member + 4][group]
//   d[0] = D[group][2 * member]  d[1] = D[group][2 * member + 1]  d[2] = D[group + 8][2 * member]  d[3] = D[group + 8][2 * member + 1]
__device__ inline void mma_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
#ifdef __CUDACC__
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
        "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
#else
  emulator::mma_m16n8k8(d, a, b);
#endif
}

}  // namespace longrun
