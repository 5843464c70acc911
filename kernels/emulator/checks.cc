// What the compiler calls for every load and store of a checked kernel (-fsanitize=kernel-address, with calls instead
// of code in line) and where a pointer is not aligned as its type demands or an index is beyond its array
// (-fsanitize=alignment,bounds). Part of the checked library of kernels only.

#include <link.h>
#include <stdio.h>

#include "library.h"

namespace emulator {

extern Services services;
[[noreturn]] void fault_here(int code, const char* what);

}  // namespace emulator

namespace {

using emulator::Region;

// Constants and variables of the kernels' own library may be read too.
extern "C" __attribute__((visibility("hidden"))) const ElfW(Ehdr) __ehdr_start;
extern "C" __attribute__((visibility("hidden"))) const char _end;

[[noreturn, gnu::noinline, gnu::cold]] void bad_access(uintptr_t address, size_t bytes, bool write) {
  char where[500];
  emulator::services.describe(address, where, sizeof where);
  char what[700];
  snprintf(what, sizeof what, "%s %zu bytes at 0x%llx: %s", write ? "writes" : "reads", bytes,
           static_cast<unsigned long long>(address), where);
  emulator::fault_here(emulator::FAULT_ADDRESS, what);
}

inline __attribute__((always_inline)) void check(uintptr_t address, size_t bytes, bool write) {
  const emulator::Window& window = emulator::services.window;
  uintptr_t offset = address - window.base;
  if (__builtin_expect(offset < window.bytes, 1)) {
    const Region& region = window.regions[offset >> emulator::REGION_BITS];
    if (__builtin_expect(address >= region.begin && address + bytes <= region.end, 1)) {
      return;
    }
  } else if (address >= reinterpret_cast<uintptr_t>(&__ehdr_start) &&
             address + bytes <= reinterpret_cast<uintptr_t>(&_end)) {
    return;
  }
  bad_access(address, bytes, write);
}

}  // namespace

#define CHECK(bytes)                                                                                \
  extern "C" void __asan_load##bytes##_noabort(uintptr_t address) { check(address, bytes, false); } \
  extern "C" void __asan_store##bytes##_noabort(uintptr_t address) { check(address, bytes, true); }
CHECK(1)
CHECK(2)
CHECK(4)
CHECK(8)
CHECK(16)
#undef CHECK

extern "C" void __asan_loadN_noabort(uintptr_t address, size_t bytes) { check(address, bytes, false); }
extern "C" void __asan_storeN_noabort(uintptr_t address, size_t bytes) { check(address, bytes, true); }
extern "C" void __asan_handle_no_return() {}

// ---- The compiler's descriptions of what it found, as its own runtime library has them.

namespace {

struct SourceLocation {
  const char* file;
  unsigned line;
  unsigned column;
};

struct TypeDescriptor {
  unsigned short kind;
  unsigned short info;
  char name[1];  // in quotes
};

struct TypeMismatch {
  SourceLocation location;
  const TypeDescriptor* type;
  unsigned char logAlignment;
  unsigned char kind;  // 0: load, 1: store, else a pointer or reference is made
};

struct OutOfBounds {
  SourceLocation location;
  const TypeDescriptor* array;
  const TypeDescriptor* index;
};

const char* short_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

}  // namespace

extern "C" void __ubsan_handle_type_mismatch_v1(const TypeMismatch* mismatch, uintptr_t address) {
  char what[500];
  snprintf(what, sizeof what, "%s %s at 0x%llx, which is not a multiple of %u (%s:%u)",
           mismatch->kind == 0   ? "reads"
           : mismatch->kind == 1 ? "writes"
                                 : "refers to a",
           mismatch->type->name, static_cast<unsigned long long>(address), 1u << mismatch->logAlignment,
           short_name(mismatch->location.file), mismatch->location.line);
  emulator::fault_here(emulator::FAULT_MISALIGNED, what);
}

extern "C" void __ubsan_handle_out_of_bounds(const OutOfBounds* access, uintptr_t index) {
  char what[500];
  snprintf(what, sizeof what, "uses index %lld of an array of type %s (%s:%u)", static_cast<long long>(index),
           access->array->name, short_name(access->location.file), access->location.line);
  emulator::fault_here(emulator::FAULT_ADDRESS, what);
}
