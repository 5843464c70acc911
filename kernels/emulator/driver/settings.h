// What a test can choose and learn: environment variables at load, functions longrun_emulator_* at any time.
#pragma once

#include <atomic>
#include <string>

namespace emulator {

struct Settings {
  unsigned long long seed = 0;
  unsigned long long memoryBytes = 0;  // of each device
  int devices = 1;
  bool checks = true;
  unsigned threads = 1;
  int major = 9;  // compute capability
  int minor = 0;
};

Settings& settings();

struct Counters {
  std::atomic<unsigned long long> kernels{0};           // executed
  std::atomic<unsigned long long> graphLaunches{0};     // executed
  std::atomic<unsigned long long> synchronizations{0};  // calls for which the host may have to wait
};

Counters& counters();

// One for each function of the API.
struct CallCounter {
  const char* name;
  unsigned long long calls = 0;
};

CallCounter* call_counter(const char* name);

// Counts a call and says with which code it has to fail; 0: not at all.
int count_call(CallCounter* counter);

// What a kernel's end told last; empty if none has failed.
struct LastFault {
  int code = 0;
  std::string text;
};

LastFault& last_fault();

}  // namespace emulator
