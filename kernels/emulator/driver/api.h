// What every entry point begins with.
#pragma once

#include "context.h"
#include "memory.h"
#include "result.h"
#include "settings.h"

#define API extern "C" __attribute__((visibility("default"))) int

// Counts the call, fails it where a test asked for that, and has the driver to itself.
#define ENTER(name)                                                                     \
  std::lock_guard enter_guard(::emulator::driver_lock());                               \
  static ::emulator::CallCounter* const enter_counter = ::emulator::call_counter(name); \
  if (int enter_code = ::emulator::enter(enter_counter)) {                              \
    return enter_code;                                                                  \
  }

// The same for calls that need a driver, or a context, called `context`.
#define ENTER_DRIVER(name)                                                           \
  ENTER(name)                                                                        \
  if (!::emulator::initialized()) {                                                  \
    return ::emulator::refuse(::emulator::NOT_INITIALIZED, "cuInit was not called"); \
  }

#define ENTER_CONTEXT(name)                                                                  \
  ENTER_DRIVER(name)                                                                         \
  int context_code;                                                                          \
  [[maybe_unused]] ::emulator::Context* context = ::emulator::current_context(context_code); \
  if (context == nullptr) {                                                                  \
    return context_code;                                                                     \
  }

namespace emulator {

bool& initialized();

inline int enter(CallCounter* counter) {
  forget_refusal();
  return count_call(counter);
}

using DevicePointer = unsigned long long;

}  // namespace emulator
