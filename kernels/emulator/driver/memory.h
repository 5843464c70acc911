// The window of addresses in which all memory lies that a kernel may touch.
#pragma once

#include <map>

#include "../library.h"

namespace emulator {

struct Context;

enum class MemoryKind {
  DEVICE,  // counts against the device's memory
  PINNED,  // of the host; kernels may use it
  INNER    // parameters of a launch
};

struct Allocation {
  uintptr_t address;
  size_t bytes;
  MemoryKind kind;
  Context* owner;
};

class Memory {
 public:
  // Null if the operating system has no room for the window.
  static Memory* instance();

  const Window& window() const { return window_; }

  // Filled with bytes 0xff: floats that are not numbers. 0 if the operating system has no memory left.
  uintptr_t allocate(size_t bytes, MemoryKind kind, Context* owner);

  // False if no allocation of that kind begins at `address`. From now on every access is a fault.
  bool free(uintptr_t address, MemoryKind kind);
  void free_all(Context* owner);

  // The allocation to which all of these bytes belong, or null.
  const Allocation* find(uintptr_t address, size_t bytes) const;

  // Says of an address outside all allocations, or that an access of some bytes there leaves one, where it lies.
  void describe(uintptr_t address, char* text, size_t size) const;

  WorkerMemory worker_memory(unsigned number);

  // The exact bytes that may be used of an INNER allocation.
  void shrink(uintptr_t address, size_t bytes);

  unsigned long long device_bytes() const { return deviceBytes_; }

 private:
  bool reserve();
  size_t take_regions(size_t count);
  void release(const Allocation& allocation);

  Window window_ = {};
  Region* regions_ = nullptr;
  size_t regionCount_ = 0;
  size_t cursor_ = 0;  // the region that is handed out next: a freed one comes last
  unsigned long long serial_ = 0;
  unsigned long long deviceBytes_ = 0;
  std::map<uintptr_t, Allocation> live_;
  std::map<uintptr_t, Allocation> freed_;
  struct Shared {
    uintptr_t begin, end;
  };
  std::map<uintptr_t, Shared> shared_;
};

}  // namespace emulator
