#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

namespace emulator {
namespace {

constexpr size_t PAGE = 4096;
constexpr size_t WINDOW_BYTES = size_t{1} << 40;
constexpr size_t ALIGNMENT = 256;  // what CUDA promises, and no more
constexpr int NO_PAGES = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

uintptr_t down(uintptr_t address) { return address / PAGE * PAGE; }
uintptr_t up(uintptr_t address) { return (address + PAGE - 1) / PAGE * PAGE; }

bool commit(uintptr_t begin, uintptr_t end) {
  return mmap(reinterpret_cast<void*>(begin), end - begin, PROT_READ | PROT_WRITE, NO_PAGES | MAP_FIXED, -1, 0) !=
         MAP_FAILED;
}

const char* name_of(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::DEVICE:
      return "allocation";
    case MemoryKind::PINNED:
      return "pinned host allocation";
    case MemoryKind::INNER:
      return "parameter block";
  }
  return "?";
}

}  // namespace

Memory* Memory::instance() {
  static Memory* memory = [] {
    auto* made = new Memory();
    return made->reserve() ? made : nullptr;
  }();
  return memory;
}

bool Memory::reserve() {
  // Where the system's own limits forbid so large a window, a smaller one does.
  for (size_t bytes = WINDOW_BYTES; bytes >= size_t{1} << 34; bytes /= 2) {
    void* base = mmap(nullptr, bytes + REGION_BYTES, PROT_NONE, NO_PAGES, -1, 0);
    if (base == MAP_FAILED) {
      continue;
    }
    regionCount_ = bytes / REGION_BYTES;
    void* table = mmap(nullptr, regionCount_ * sizeof(Region), PROT_READ | PROT_WRITE, NO_PAGES, -1, 0);
    if (table == MAP_FAILED) {
      return false;
    }
    regions_ = static_cast<Region*>(table);
    uintptr_t first = (reinterpret_cast<uintptr_t>(base) + REGION_BYTES - 1) / REGION_BYTES * REGION_BYTES;
    window_ = {first, bytes, regions_};
    return true;
  }
  return false;
}

// The first of `count` regions in a row that are free; regionCount_ if there are none.
size_t Memory::take_regions(size_t count) {
  for (int round = 0; round < 2; ++round) {
    size_t run = 0;
    for (size_t i = cursor_; i < regionCount_; ++i) {
      run = regions_[i].end == 0 ? run + 1 : 0;
      if (run == count) {
        cursor_ = i + 1;
        return i + 1 - count;
      }
    }
    cursor_ = 0;
  }
  return regionCount_;
}

uintptr_t Memory::allocate(size_t bytes, MemoryKind kind, Context* owner) {
  // Allocations begin at ever different distances from a region's start: they fall on different lines of the caches,
  // and nobody can count on more than the alignment that CUDA promises.
  size_t offset = (serial_++ * 37 + 1) % 512 * ALIGNMENT;
  size_t count = (offset + bytes + REGION_BYTES - 1) / REGION_BYTES;
  size_t first = take_regions(count);
  if (first == regionCount_) {
    return 0;
  }
  uintptr_t begin = window_.base + first * REGION_BYTES + offset;
  uintptr_t end = begin + bytes;
  if (!commit(down(begin), up(end))) {
    return 0;
  }
  memset(reinterpret_cast<void*>(begin), 0xff, bytes);
  for (size_t i = first; i < first + count; ++i) {
    regions_[i] = {begin, end};
  }
  freed_.erase(freed_.lower_bound(window_.base + first * REGION_BYTES),
               freed_.lower_bound(window_.base + (first + count) * REGION_BYTES));
  live_[begin] = {begin, bytes, kind, owner};
  if (kind == MemoryKind::DEVICE) {
    deviceBytes_ += bytes;
  }
  return begin;
}

void Memory::release(const Allocation& allocation) {
  uintptr_t begin = down(allocation.address);
  uintptr_t end = up(allocation.address + allocation.bytes);
  mmap(reinterpret_cast<void*>(begin), end - begin, PROT_NONE, NO_PAGES | MAP_FIXED, -1, 0);
  size_t first = (allocation.address - window_.base) / REGION_BYTES;
  size_t last = (allocation.address + allocation.bytes - 1 - window_.base) / REGION_BYTES;
  memset(&regions_[first], 0, (last - first + 1) * sizeof(Region));
  if (allocation.kind == MemoryKind::DEVICE) {
    deviceBytes_ -= allocation.bytes;
  }
  freed_[allocation.address] = allocation;
}

bool Memory::free(uintptr_t address, MemoryKind kind) {
  auto found = live_.find(address);
  if (found == live_.end() || found->second.kind != kind) {
    return false;
  }
  release(found->second);
  live_.erase(found);
  return true;
}

void Memory::free_all(Context* owner) {
  for (auto at = live_.begin(); at != live_.end();) {
    if (at->second.owner == owner) {
      release(at->second);
      at = live_.erase(at);
    } else {
      ++at;
    }
  }
}

const Allocation* Memory::find(uintptr_t address, size_t bytes) const {
  auto after = live_.upper_bound(address);
  if (after == live_.begin()) {
    return nullptr;
  }
  const Allocation& allocation = std::prev(after)->second;
  uintptr_t offset = address - allocation.address;
  return offset <= allocation.bytes && bytes <= allocation.bytes - offset ? &allocation : nullptr;
}

void Memory::shrink(uintptr_t address, size_t bytes) {
  regions_[(address - window_.base) / REGION_BYTES] = {address, address + bytes};
  live_[address].bytes = bytes;
}

WorkerMemory Memory::worker_memory(unsigned number) {
  constexpr size_t PRIVATE_REGIONS = WORKER_BYTES / REGION_BYTES;
  size_t first = take_regions(PRIVATE_REGIONS + SHARED_REGIONS);
  uintptr_t begin = window_.base + first * REGION_BYTES;
  uintptr_t shared = begin + WORKER_BYTES;
  uintptr_t end = shared + SHARED_REGIONS * REGION_BYTES;
  if (first == regionCount_ || !commit(begin, end)) {
    fprintf(stderr, "longrun emulated driver: no memory for worker thread %u\n", number);
    abort();
  }
  for (size_t i = 0; i < PRIVATE_REGIONS; ++i) {
    regions_[first + i] = {begin, shared};
  }
  for (size_t i = 0; i < SHARED_REGIONS; ++i) {
    regions_[first + PRIVATE_REGIONS + i] = {shared, shared};
  }
  shared_[shared] = {shared, end};
  return {number, reinterpret_cast<char*>(begin), reinterpret_cast<char*>(shared), &regions_[first + PRIVATE_REGIONS]};
}

void Memory::describe(uintptr_t address, char* text, size_t size) const {
  if (address - window_.base >= window_.bytes) {
    snprintf(text, size, "%s",
             address < PAGE ? "near the null pointer" : "neither device memory nor pinned host memory");
    return;
  }
  auto sharedAfter = shared_.upper_bound(address);
  if (sharedAfter != shared_.begin() && address < std::prev(sharedAfter)->second.end) {
    const Region& region = regions_[(address - window_.base) / REGION_BYTES];
    snprintf(text, size, "%lld bytes behind the start of a shared variable of %zu bytes",
             static_cast<long long>(address - region.begin), static_cast<size_t>(region.end - region.begin));
    return;
  }
  auto describe_near = [&](const Allocation& near, const char* state) {
    const char* what = name_of(near.kind);
    if (address < near.address) {
      snprintf(text, size, "%zu bytes before the %s%s of %zu bytes at 0x%zx", near.address - address, state, what,
               near.bytes, near.address);
    } else if (address < near.address + near.bytes) {
      snprintf(text, size, "%zu bytes before the end of the %s%s of %zu bytes at 0x%zx",
               near.address + near.bytes - address, state, what, near.bytes, near.address);
    } else {
      snprintf(text, size, "%zu bytes beyond the end of the %s%s of %zu bytes at 0x%zx",
               address - near.address - near.bytes, state, what, near.bytes, near.address);
    }
  };
  auto freedAfter = freed_.upper_bound(address);
  if (freedAfter != freed_.begin()) {
    const Allocation& freed = std::prev(freedAfter)->second;
    if (address < freed.address + freed.bytes) {
      describe_near(freed, "freed ");
      return;
    }
  }
  const Allocation* near = nullptr;
  auto after = live_.upper_bound(address);
  if (after != live_.end()) {
    near = &after->second;
  }
  if (after != live_.begin()) {
    const Allocation& before = std::prev(after)->second;
    if (near == nullptr || address - before.address - before.bytes < near->address - address ||
        address < before.address + before.bytes) {
      near = &before;
    }
  }
  if (near == nullptr) {
    snprintf(text, size, "nothing is allocated");
  } else {
    describe_near(*near, "");
  }
}

}  // namespace emulator
