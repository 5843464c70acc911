// What a kernel sees when a C++ compiler, not nvcc, compiles it: the part of CUDA C++ that longrun's kernels use.
//
// Threads of a block are fibers (executor.cc). Everything they do together - barriers, shuffles, votes, the warp-wide
// matrix product - goes through emulator::meet and emulator::barrier, which check that all come to the same call.
// Compiled with -mno-red-zone, for their sake.
// Shared memory is declared with SHARED (see common/device.cuh), since every block needs its own.
//
// Included before anything else, so that the macros below cannot meet the standard library's headers.
#pragma once

#include <math.h>

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <source_location>
#include <type_traits>
#include <utility>

// emulator/wrap finds kernels and their launch bounds by these two; g++ itself gets to see neither.
#ifdef LONGRUN_EMULATOR_WRAP
#define __global__ longrun_kernel
#define __launch_bounds__(...) longrun_launch_bounds(__VA_ARGS__) longrun_end
#else
#define __global__
#define __launch_bounds__(...)
#endif
#define __device__
#define __host__
#define __constant__
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))

// ---- Types.

struct uint3 {
  unsigned x, y, z;
};
struct alignas(8) int2 {
  int x, y;
};
struct int3 {
  int x, y, z;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};
struct float3 {
  float x, y, z;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(16) longlong2 {
  long long x, y;
};
struct alignas(16) ulonglong2 {
  unsigned long long x, y;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

inline int2 make_int2(int x, int y) { return {x, y}; }
inline int3 make_int3(int x, int y, int z) { return {x, y, z}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float3 make_float3(float x, float y, float z) { return {x, y, z}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline longlong2 make_longlong2(long long x, long long y) { return {x, y}; }
inline ulonglong2 make_ulonglong2(unsigned long long x, unsigned long long y) { return {x, y}; }

namespace emulator {

// ---- The thread that runs. Constant as far as any one thread can tell, hence the attribute: a kernel asks once.

[[gnu::const]] unsigned thread_x() noexcept;
[[gnu::const]] unsigned thread_y() noexcept;
[[gnu::const]] unsigned thread_z() noexcept;
[[gnu::const]] unsigned block_x() noexcept;
[[gnu::const]] unsigned block_y() noexcept;
[[gnu::const]] unsigned block_z() noexcept;
[[gnu::const]] unsigned block_dim_x() noexcept;
[[gnu::const]] unsigned block_dim_y() noexcept;
[[gnu::const]] unsigned block_dim_z() noexcept;
[[gnu::const]] unsigned grid_dim_x() noexcept;
[[gnu::const]] unsigned grid_dim_y() noexcept;
[[gnu::const]] unsigned grid_dim_z() noexcept;
[[gnu::const]] unsigned lane() noexcept;

// ---- What threads do together.

// Where in the source a call stands; threads that meet must have come to the same line.
using Site = std::source_location;

enum class Operation : unsigned char { SYNC_WARP, BALLOT, MATRIX, SHUFFLE, SHUFFLE_UP, SHUFFLE_DOWN, SHUFFLE_XOR };
enum class Barrier : unsigned char { SYNC, COUNT, AND, OR };

// Another thread that can go on: its stack pointer, and what it gets from what it waited for.
struct Resumption {
  void* stackPointer;
  unsigned long long value;
};
extern "C" Resumption emulator_meet(const void* site, unsigned long long operationAndMask, unsigned long long value,
                                    unsigned source, void* stackPointer);
extern "C" Resumption emulator_barrier(const void* site, unsigned kind, bool predicate, void* unused,
                                       void* stackPointer);

// Calls `function` with the place where this thread goes on and four arguments more, and goes on where its result says,
// with the value that it gives. In line and by a jump: a return would be predicted to go where the thread before went
// on, which is often not where this one does.
#define LONGRUN_EMULATOR_SWITCH(function, rdi, rsi, rdx, rcx)                                                       \
  asm volatile(                                                                                                     \
      "pushq %%rbp\n\t"                                                                                             \
      "leaq 1f(%%rip), %%rax\n\t"                                                                                   \
      "pushq %%rax\n\t"                                                                                             \
      "movq %%rsp, %%r8\n\t"                                                                                        \
      "andq $-16, %%rsp\n\t"                                                                                        \
      "call " #function                                                                                             \
      "\n\t"                                                                                                        \
      "movq %%rax, %%rsp\n\t"                                                                                       \
      "popq %%rax\n\t"                                                                                              \
      "jmpq *%%rax\n"                                                                                               \
      "1:\tpopq %%rbp"                                                                                              \
      : "+D"(rdi), "+S"(rsi), "+d"(rdx), "+c"(rcx)                                                                  \
      :                                                                                                             \
      : "rax", "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", \
        "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory")

// Waits for the other threads of the warp that `mask` names. Shuffles: gives the value that lane `source` brought;
// BALLOT: gives the lanes, as bits, whose value was not 0.
inline __attribute__((always_inline)) unsigned long long meet(Operation operation, unsigned mask,
                                                              unsigned long long value, unsigned source, Site site) {
  const void* where = __builtin_bit_cast(const void*, site);
  unsigned long long what = static_cast<unsigned long long>(operation) << 32 | mask;
  unsigned long long from = source;
  LONGRUN_EMULATOR_SWITCH(emulator_meet, where, what, value, from);
  return value;
}

// Waits for the whole block.
inline __attribute__((always_inline)) void barrier(Barrier kind, bool predicate, Site site) {
  const void* where = __builtin_bit_cast(const void*, site);
  unsigned long long what = static_cast<unsigned long long>(kind);
  unsigned long long is = predicate;
  unsigned long long unused = 0;
  LONGRUN_EMULATOR_SWITCH(emulator_barrier, where, what, is, unused);
}

// The number of threads that brought a predicate to the last barrier.
int barrier_count() noexcept;

void bring_fragments(const float (&d)[4], const float (&a)[4], const float (&b)[2]);
void take_fragment(float (&d)[4]);

// d += a * b over a 16 x 8 tile with depth 8; fragments as in common/ptx.cuh. Operands lose the low 13 bits of their
// mantissa; products are then exact, and each is added, k ascending, to a float.
inline void mma_m16n8k8(float (&d)[4], const float (&a)[4], const float (&b)[2], Site site = Site::current()) {
  bring_fragments(d, a, b);
  meet(Operation::MATRIX, 0xffffffffu, 0, 0, site);
  take_fragment(d);
}

// Ends the launch with an error.
[[noreturn]] void trap(Site site);

constexpr unsigned MAX_WORKERS = 64;

// A variable in shared memory: one for each declaration in the source, with where it lies in the block that each worker
// is executing.
struct SharedVariable {
  size_t bytes;
  size_t alignment;
  const char* name;
  struct Place {
    unsigned long long block;  // serial number of the block for which `address` holds
    void* address;
  } places[MAX_WORKERS];
};

void* shared(SharedVariable* variable);

template <class T>
inline unsigned long long to_word(T value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>, "a shuffle moves at most 8 bytes");
  if constexpr (sizeof(T) == 8) {
    return __builtin_bit_cast(unsigned long long, value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bit_cast(unsigned, value);
  } else {
    return static_cast<unsigned long long>(value);
  }
}

template <class T>
inline T from_word(unsigned long long word) {
  if constexpr (sizeof(T) == 8) {
    return __builtin_bit_cast(T, word);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bit_cast(T, static_cast<unsigned>(word));
  } else {
    return static_cast<T>(word);
  }
}

template <class T>
inline T shuffle(Operation operation, unsigned mask, T value, unsigned source, Site site) {
  return from_word<T>(meet(operation, mask, to_word(value), source, site));
}

// ---- Kernels.

struct ParameterList {
  unsigned count;
  const size_t* offsets;
  const size_t* sizes;
};

struct Kernel {
  const char* name;
  void (*invoke)(const char* parameters);  // executes it for the thread that runs
  unsigned parameterBytes;
  unsigned maxThreads;  // per block
  ParameterList list;
};

// CUDA lays parameters out one after the other, each at its natural alignment.
template <class... P>
struct ParameterLayout {
  size_t offsets[sizeof...(P) + 1] = {};
  size_t sizes[sizeof...(P) + 1] = {sizeof(P)..., 0};
  size_t bytes = 0;

  constexpr ParameterLayout() {
    const size_t alignments[] = {alignof(P)..., 1};
    for (size_t i = 0; i < sizeof...(P); ++i) {
      offsets[i] = (bytes + alignments[i] - 1) / alignments[i] * alignments[i];
      bytes = offsets[i] + sizes[i];
    }
  }
};

template <auto KERNEL>
struct Signature;

template <class... P, void (*KERNEL)(P...)>
struct Signature<KERNEL> {
  static constexpr ParameterLayout<std::remove_cvref_t<P>...> LAYOUT{};
  static_assert(LAYOUT.bytes <= 4096, "a kernel takes at most 4096 bytes of parameters");

  template <size_t... I>
  static void call(const char* parameters, std::index_sequence<I...>) {
    KERNEL(*reinterpret_cast<const std::remove_cvref_t<P>*>(parameters + LAYOUT.offsets[I])...);
  }

  static void invoke(const char* parameters) { call(parameters, std::index_sequence_for<P...>()); }

  static constexpr ParameterList LIST{sizeof...(P), LAYOUT.offsets, LAYOUT.sizes};
};

template <auto KERNEL>
constexpr Kernel kernel(const char* name, unsigned maxThreads = 1024, unsigned = 0) {
  using S = Signature<KERNEL>;
  return {name, &S::invoke, static_cast<unsigned>(S::LAYOUT.bytes), maxThreads, S::LIST};
}

}  // namespace emulator

#define threadIdx (::uint3{::emulator::thread_x(), ::emulator::thread_y(), ::emulator::thread_z()})
#define blockIdx (::uint3{::emulator::block_x(), ::emulator::block_y(), ::emulator::block_z()})
#define blockDim (::uint3{::emulator::block_dim_x(), ::emulator::block_dim_y(), ::emulator::block_dim_z()})
#define gridDim (::uint3{::emulator::grid_dim_x(), ::emulator::grid_dim_y(), ::emulator::grid_dim_z()})
constexpr int warpSize = 32;

#define SHARED(type, name)                                                                   \
  static ::emulator::SharedVariable name##_variable{sizeof(type), alignof(type), #name, {}}; \
  type& name = *static_cast<std::add_pointer_t<type>>(::emulator::shared(&name##_variable))

// ---- Barriers, votes, shuffles.

inline void __syncthreads(emulator::Site site = emulator::Site::current()) {
  emulator::barrier(emulator::Barrier::SYNC, false, site);
}
inline int __syncthreads_count(int predicate, emulator::Site site = emulator::Site::current()) {
  emulator::barrier(emulator::Barrier::COUNT, predicate != 0, site);
  return emulator::barrier_count();
}
inline int __syncthreads_or(int predicate, emulator::Site site = emulator::Site::current()) {
  emulator::barrier(emulator::Barrier::OR, predicate != 0, site);
  return emulator::barrier_count() != 0;
}
inline int __syncthreads_and(int predicate, emulator::Site site = emulator::Site::current()) {
  emulator::barrier(emulator::Barrier::AND, predicate == 0, site);
  return emulator::barrier_count() == 0;
}
inline void __syncwarp(unsigned mask = 0xffffffffu, emulator::Site site = emulator::Site::current()) {
  emulator::meet(emulator::Operation::SYNC_WARP, mask, 0, 0, site);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, emulator::Site site = emulator::Site::current()) {
  return static_cast<unsigned>(emulator::meet(emulator::Operation::BALLOT, mask, predicate != 0, 0, site));
}
inline int __any_sync(unsigned mask, int predicate, emulator::Site site = emulator::Site::current()) {
  return __ballot_sync(mask, predicate, site) != 0;
}
inline int __all_sync(unsigned mask, int predicate, emulator::Site site = emulator::Site::current()) {
  return __ballot_sync(mask, predicate == 0, site) == 0;
}

// `width` cuts the warp into segments; a lane that would read beyond its own keeps its value.
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source, int width = 32,
                     emulator::Site site = emulator::Site::current()) {
  unsigned last = static_cast<unsigned>(width) - 1;
  unsigned from = (emulator::lane() & ~last) | (static_cast<unsigned>(source) & last);
  return emulator::shuffle(emulator::Operation::SHUFFLE, mask, value, from, site);
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                        emulator::Site site = emulator::Site::current()) {
  unsigned lane = emulator::lane();
  unsigned inSegment = lane & (static_cast<unsigned>(width) - 1);
  return emulator::shuffle(emulator::Operation::SHUFFLE_UP, mask, value, inSegment >= delta ? lane - delta : lane,
                           site);
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                          emulator::Site site = emulator::Site::current()) {
  unsigned lane = emulator::lane();
  unsigned inSegment = lane & (static_cast<unsigned>(width) - 1);
  bool inside = inSegment + delta < static_cast<unsigned>(width);
  return emulator::shuffle(emulator::Operation::SHUFFLE_DOWN, mask, value, inside ? lane + delta : lane, site);
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32,
                         emulator::Site site = emulator::Site::current()) {
  unsigned lane = emulator::lane();
  unsigned from = lane ^ static_cast<unsigned>(lanes);
  bool inside = from < (lane & ~(static_cast<unsigned>(width) - 1)) + static_cast<unsigned>(width);
  return emulator::shuffle(emulator::Operation::SHUFFLE_XOR, mask, value, inside ? from : lane, site);
}

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() {}
[[noreturn]] inline void __trap(emulator::Site site = emulator::Site::current()) { emulator::trap(site); }

// ---- Integers and bits.

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x)); }
inline int __mulhi(int a, int b) { return static_cast<int>((static_cast<long long>(a) * b) >> 32); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<unsigned long long>(a) * b) >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
inline long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }

template <class T>
inline T __ldg(const T* address) {
  return *address;
}

// ---- Arithmetic that is never fused, and arithmetic that is.

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline double __uint2double_rn(unsigned x) { return x; }
inline double __ull2double_rn(unsigned long long x) { return static_cast<double>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline float rsqrtf(float x) { return static_cast<float>(1.0 / sqrt(static_cast<double>(x))); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }
inline unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
inline unsigned min(int a, unsigned b) { return min(static_cast<unsigned>(a), b); }
inline unsigned min(unsigned a, int b) { return min(a, static_cast<unsigned>(b)); }
inline unsigned max(int a, unsigned b) { return max(static_cast<unsigned>(a), b); }
inline unsigned max(unsigned a, int b) { return max(a, static_cast<unsigned>(b)); }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline unsigned long long min(unsigned long long a, unsigned long long b) { return b < a ? b : a; }
inline unsigned long long max(unsigned long long a, unsigned long long b) { return a < b ? b : a; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

// ---- Atomic operations on integers. There are none on floats: their order would show in the result.

template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicAdd(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicOr(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_or(address, value, __ATOMIC_RELAXED);
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicAnd(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_and(address, value, __ATOMIC_RELAXED);
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicExch(T* address, std::type_identity_t<T> value) {
  return __atomic_exchange_n(address, value, __ATOMIC_RELAXED);
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicCAS(T* address, std::type_identity_t<T> expected,
                                                            std::type_identity_t<T> value) {
  __atomic_compare_exchange_n(address, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicMax(T* address, std::type_identity_t<T> value) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (old < value && !__atomic_compare_exchange_n(address, &old, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
template <class T>
inline std::enable_if_t<std::is_integral_v<T>, T> atomicMin(T* address, std::type_identity_t<T> value) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (value < old && !__atomic_compare_exchange_n(address, &old, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
