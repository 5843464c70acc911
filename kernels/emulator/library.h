// What the driver (driver/) and a library of kernels (executor.cc with the wrapped .cu files) know of each other.
//
// There are two such libraries, built from the same sources: liblongrun_kernels_checked.so, in which every load and
// store is checked, and liblongrun_kernels_fast.so. The driver loads them from the folder in which it lies itself.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "device.h"

namespace emulator {

// Codes of CUresult that a kernel can end with.
constexpr int FAULT_ADDRESS = 700;
constexpr int FAULT_RESOURCES = 701;
constexpr int FAULT_MISALIGNED = 716;
constexpr int FAULT_LAUNCH = 719;

constexpr size_t SHARED_BYTES = 48 << 10;  // that a block may have

// All device memory lies in one window of addresses, cut into regions. No two allocations share a region, so that a
// region knows, to the byte, which of its addresses may be used.
constexpr unsigned REGION_BITS = 21;
constexpr size_t REGION_BYTES = size_t{1} << REGION_BITS;

struct Region {
  uintptr_t begin, end;
};

struct Window {
  uintptr_t base;
  size_t bytes;
  const Region* regions;
};

// Memory of one worker thread, inside the window.
constexpr size_t WORKER_BYTES = size_t{64} << 20;
constexpr unsigned SHARED_REGIONS = 32;  // each shared variable of a block has one

struct WorkerMemory {
  unsigned number;
  char* memory;           // WORKER_BYTES of zeros: the worker itself, fibers' stacks
  char* shared;           // SHARED_REGIONS * REGION_BYTES
  Region* sharedRegions;  // SHARED_REGIONS of them
};

struct Launch {
  const Kernel* kernel;
  const char* parameters;
  uint3 grid;
  uint3 block;
  unsigned long long seed;
  unsigned long long blocks;
  unsigned long long firstBlock;  // blocks are taken in the order (firstBlock + i * blockStride) % blocks
  unsigned long long blockStride;
  std::atomic<unsigned long long> nextBlock;
  std::atomic<bool> stop;
  std::atomic<unsigned> sharedBytes;  // the most that a block took
};

// What the driver does for a library.
struct Services {
  Window window;
  // Says to which allocation an address belongs or is near; at most `size` bytes with the final 0.
  void (*describe)(uintptr_t address, char* text, size_t size);
  // A kernel has failed; the first fault of a launch counts.
  void (*fault)(Launch* launch, int code, const char* text);
};

struct Library {
  const Kernel* const* kernels;
  unsigned kernelCount;
  bool checked;
  // Makes the calling thread a worker.
  void (*enlist)(const WorkerMemory* memory);
  // Executes blocks of a launch until none is left.
  void (*run)(Launch* launch);
  // Whether the signal came from a kernel. Then the kernel's fault has been told and `context` goes on behind `run`.
  bool (*signal)(int signal, const siginfo_t* info, void* context);
};

}  // namespace emulator

// The only symbol that a library of kernels shows.
extern "C" const emulator::Library* longrun_kernel_library(const emulator::Services* services);
