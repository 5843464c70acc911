// Computes: nothing of use. Each kernel here has one planted fault, or none, for the tests of the emulated driver.
// Shapes: data float[count], in and out; other arguments by kernel.
// Mapping: as launched by the test.
// Memory: shared memory as each kernel says.
// Numerics: exact; the values are small integers.
// Twin: longrun.cuda.EmulatedDriverTest. Compiled into the emulated driver only, never into the kernel image.
#include "../../common/ptx.cuh"

namespace longrun {

struct FaultParameters {
  float* data;
  long long count;
  int index;
  int unused;
};

constexpr int FAULT_THREADS = 64;

}  // namespace longrun

using longrun::FaultParameters;

// No fault: data[i] += index, for all blocks.
extern "C" __global__ __launch_bounds__(256) void fault_none(const FaultParameters p) {
  long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < p.count) {
    p.data[i] += (float)p.index;
  }
}

// Reverses each block's part of the data through shared memory; without a barrier if index is 1.
extern "C" __global__ __launch_bounds__(longrun::FAULT_THREADS) void fault_missing_barrier(const FaultParameters p) {
  using Buffer = float[longrun::FAULT_THREADS];
  SHARED(Buffer, buffer);
  long long base = (long long)blockIdx.x * longrun::FAULT_THREADS;
  buffer[threadIdx.x] = p.data[base + threadIdx.x];
  if (p.index == 0) {
    __syncthreads();
  }
  p.data[base + threadIdx.x] = buffer[longrun::FAULT_THREADS - 1 - threadIdx.x];
}

// Reverses each warp's part of the data through shared memory; without __syncwarp if index is 1.
extern "C" __global__ void fault_missing_warp_barrier(const FaultParameters p) {
  using Buffer = float[longrun::FAULT_THREADS];
  SHARED(Buffer, buffer);
  buffer[threadIdx.x] = p.data[threadIdx.x];
  if (p.index == 0) {
    __syncwarp();
  }
  p.data[threadIdx.x] = buffer[threadIdx.x ^ 31];
}

// Thread 3 reads data[index].
extern "C" __global__ void fault_read(const FaultParameters p) {
  if (threadIdx.x == 3) {
    p.data[0] = p.data[p.index];
  }
}

// Thread 3 of block 1 writes data[index].
extern "C" __global__ void fault_write(const FaultParameters p) {
  if (blockIdx.x == 1 && threadIdx.x == 3) {
    p.data[p.index] = 1.0f;
  }
}

// Thread 2 loads 16 bytes at data + index.
extern "C" __global__ void fault_misaligned(const FaultParameters p) {
  if (threadIdx.x == 2) {
    float4 value = longrun::load4(p.data + p.index);
    p.data[0] = value.x + value.y + value.z + value.w;
  }
}

// Writes all of the data but data[index].
extern "C" __global__ void fault_unwritten(const FaultParameters p) {
  for (long long i = threadIdx.x; i < p.count; i += blockDim.x) {
    if (i != p.index) {
      p.data[i] = 1.0f;
    }
  }
}

// Sums the data through shared memory of which one word, number index, is never written.
extern "C" __global__ void fault_unwritten_shared(const FaultParameters p) {
  using Buffer = float[longrun::FAULT_THREADS];
  SHARED(Buffer, buffer);
  if ((int)threadIdx.x != p.index) {
    buffer[threadIdx.x] = p.data[threadIdx.x];
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    float sum = 0.0f;
    for (int i = 0; i < longrun::FAULT_THREADS; ++i) {
      sum += buffer[i];
    }
    p.data[0] = sum;
  }
}

// 40 KiB of shared memory, 60 if index is 1.
extern "C" __global__ void fault_shared_size(const FaultParameters p) {
  using First = float[10240];
  SHARED(First, first);
  first[threadIdx.x] = 1.0f;
  p.data[threadIdx.x] = first[threadIdx.x];
  if (p.index == 1) {
    using Second = float[5120];
    SHARED(Second, second);
    second[threadIdx.x] = 1.0f;
  }
}

// Writes beyond a shared array, through a pointer.
extern "C" __global__ void fault_shared_bounds(const FaultParameters p) {
  using Buffer = float[longrun::FAULT_THREADS];
  SHARED(Buffer, buffer);
  float* pointer = buffer;
  pointer[threadIdx.x + p.index] = 1.0f;
}

// Threads from index on return before the barrier.
extern "C" __global__ void fault_early_return(const FaultParameters p) {
  if ((int)threadIdx.x >= p.index) {
    return;
  }
  __syncthreads();
  p.data[threadIdx.x] = 1.0f;
}

// Threads from index on come to another barrier than the others.
extern "C" __global__ void fault_divergent_barrier(const FaultParameters p) {
  if ((int)threadIdx.x >= p.index) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  p.data[threadIdx.x] = 1.0f;
}

// Lane index skips a shuffle of its warp.
extern "C" __global__ void fault_divergent_shuffle(const FaultParameters p) {
  float value = (float)threadIdx.x;
  if ((int)threadIdx.x != p.index) {
    value = longrun::warp_sum(value);
  }
  p.data[threadIdx.x] = value;
}

// Divides by index.
extern "C" __global__ void fault_division(const FaultParameters p) {
  p.data[threadIdx.x] = (float)((int)threadIdx.x / p.index);
}

// Needs more stack with each level of a recursion that index bounds.
__device__ __attribute__((noinline)) float descend(const FaultParameters& p, int depth) {
  volatile float frame[64];
  frame[depth % 64] = (float)depth;
  if (depth >= p.index) {
    return frame[depth % 64];
  }
  return descend(p, depth + 1) + frame[depth % 64];
}
extern "C" __global__ void fault_stack(const FaultParameters p) { p.data[threadIdx.x] = descend(p, 0); }

// A slot of dynamic parameters beyond the structure: reads p.data through a negative distance from the parameters.
extern "C" __global__ void fault_parameters(const FaultParameters p) {
  p.data[0] = reinterpret_cast<const float*>(&p)[p.index];
}

// Every collective, without fault: data[thread] gets the number of checks that failed.
extern "C" __global__ void fault_collectives(const FaultParameters p) {
  constexpr unsigned ALL = 0xffffffffu;
  int thread = (int)threadIdx.x;
  int lane = thread % 32;
  int wrong = 0;
  wrong += __shfl_sync(ALL, lane, 5) != 5;
  wrong += __shfl_sync(ALL, (double)lane, lane + 1) != (lane + 1) % 32;
  wrong += __shfl_sync(ALL, lane, 1, 8) != (lane & ~7) + 1;
  wrong += __shfl_up_sync(ALL, (long long)lane, 3) != (lane < 3 ? lane : lane - 3);
  wrong += __shfl_down_sync(ALL, (unsigned)lane, 3) != (unsigned)(lane > 28 ? lane : lane + 3);
  wrong += __shfl_xor_sync(ALL, (float)lane, 9) != (float)(lane ^ 9);
  wrong += __shfl_down_sync(ALL, lane, 2, 4) != (lane % 4 < 2 ? lane + 2 : lane);
  wrong += __ballot_sync(ALL, lane % 3 == 0) != 0x49249249u;
  wrong += __any_sync(ALL, lane == 7) != 1 || __any_sync(ALL, lane == 32) != 0;
  wrong += __all_sync(ALL, lane < 32) != 1 || __all_sync(ALL, lane < 31) != 0;
  if (lane < 16) {
    wrong += __shfl_xor_sync(0x0000ffffu, lane, 1) != (lane ^ 1);
    __syncwarp(0x0000ffffu);
  }
  wrong += longrun::warp_sum(lane) != 496;
  wrong += __syncthreads_count(thread % 2) != (int)blockDim.x / 2;
  wrong += __syncthreads_or(thread == 40) != 1 || __syncthreads_or(thread < 0) != 0;
  wrong += __syncthreads_and(thread >= 0) != 1 || __syncthreads_and(thread != 3) != 0;
  p.data[thread] = (float)wrong;
}

// One 16 x 8 tile with depth 8, by one warp: A[i][k] = i + k, B[k][j] = k - j, D[i][j] = 1 before.
extern "C" __global__ __launch_bounds__(32) void fault_matrix(const FaultParameters p) {
  int group = (int)threadIdx.x / 4;
  int member = (int)threadIdx.x % 4;
  float a[4] = {(float)(group + member), (float)(group + 8 + member), (float)(group + member + 4),
                (float)(group + 8 + member + 4)};
  float b[2] = {(float)(member - group), (float)(member + 4 - group)};
  float d[4] = {1.0f, 1.0f, 1.0f, 1.0f};
  longrun::mma_tf32(d, a, b);
  p.data[group * 8 + 2 * member] = d[0];
  p.data[group * 8 + 2 * member + 1] = d[1];
  p.data[(group + 8) * 8 + 2 * member] = d[2];
  p.data[(group + 8) * 8 + 2 * member + 1] = d[3];
}
