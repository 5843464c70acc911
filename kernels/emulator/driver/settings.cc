#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "../device.h"
#include "result.h"

namespace emulator {
namespace {

constexpr unsigned long long DEFAULT_MEMORY_BYTES = 4ull << 30;

struct Failure {
  std::string function;
  unsigned long long nth;  // counted from when the failure was asked for
  unsigned long long from;
  int code;
};

struct State {
  std::mutex mutex;
  std::map<std::string, CallCounter*> calls;
  std::deque<std::string> names;
  std::vector<Failure> failures;
};

State& state() {
  static State* all = new State();
  return *all;
}

[[noreturn]] void bad_variable(const char* name, const char* value, const char* expected) {
  fprintf(stderr, "longrun emulated driver: %s=%s: expected %s\n", name, value, expected);
  exit(2);
}

unsigned long long number(const char* name, unsigned long long otherwise) {
  const char* value = getenv(name);
  if (value == nullptr || *value == '\0') {
    return otherwise;
  }
  char* end;
  unsigned long long result = strtoull(value, &end, 0);
  if (*end != '\0' || *value == '-') {
    bad_variable(name, value, "a number");
  }
  return result;
}

// JCuda and most people leave the version of an entry point out.
std::string base_name(std::string name) {
  size_t length = name.size();
  if (length > 3 && name[length - 3] == '_' && name[length - 2] == 'v') {
    name.resize(length - 3);
  }
  return name;
}

CallCounter* counter_of(const std::string& name) {
  State& all = state();
  CallCounter*& counter = all.calls[name];
  if (counter == nullptr) {
    all.names.push_back(name);
    counter = new CallCounter{all.names.back().c_str()};
  }
  return counter;
}

void add_failure(const std::string& function, unsigned long long nth, int code) {
  std::string name = base_name(function);
  state().failures.push_back({name, nth, counter_of(name)->calls, code});
}

// FUNCTION:NTH or FUNCTION:NTH:CODE, several separated by commas.
void add_failures(const char* list) {
  std::string rest = list;
  while (!rest.empty()) {
    size_t comma = rest.find(',');
    std::string one = rest.substr(0, comma);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    char function[64];
    unsigned long long nth;
    int code = UNKNOWN;
    if (sscanf(one.c_str(), "%63[^:]:%llu:%d", function, &nth, &code) < 2 || nth == 0) {
      bad_variable("LONGRUN_EMULATOR_FAIL", list, "FUNCTION:NTH or FUNCTION:NTH:CODE");
    }
    add_failure(function, nth, code);
  }
}

Settings from_environment() {
  Settings result;
  result.seed = number("LONGRUN_EMULATOR_SEED", 0);
  result.memoryBytes = number("LONGRUN_EMULATOR_MEMORY", DEFAULT_MEMORY_BYTES);
  result.devices = static_cast<int>(number("LONGRUN_EMULATOR_DEVICES", 1));
  result.checks = number("LONGRUN_EMULATOR_CHECKS", 1) != 0;
  unsigned cores = std::thread::hardware_concurrency();
  result.threads = static_cast<unsigned>(number("LONGRUN_EMULATOR_THREADS", cores == 0 ? 1 : cores));
  if (result.threads == 0 || result.threads > MAX_WORKERS) {
    bad_variable("LONGRUN_EMULATOR_THREADS", getenv("LONGRUN_EMULATOR_THREADS"), "1 to 64");
  }
  const char* capability = getenv("LONGRUN_EMULATOR_COMPUTE_CAPABILITY");
  if (capability != nullptr && sscanf(capability, "%d.%d", &result.major, &result.minor) != 2) {
    bad_variable("LONGRUN_EMULATOR_COMPUTE_CAPABILITY", capability, "MAJOR.MINOR");
  }
  return result;
}

}  // namespace

Settings& settings() {
  static Settings* all = [] {
    if (const char* failures = getenv("LONGRUN_EMULATOR_FAIL")) {
      std::lock_guard guard(state().mutex);
      add_failures(failures);
    }
    return new Settings(from_environment());
  }();
  return *all;
}

Counters& counters() {
  static Counters* all = new Counters();
  return *all;
}

LastFault& last_fault() {
  static LastFault* last = new LastFault();
  return *last;
}

CallCounter* call_counter(const char* name) {
  settings();
  std::lock_guard guard(state().mutex);
  return counter_of(base_name(name));
}

int count_call(CallCounter* counter) {
  State& all = state();
  std::lock_guard guard(all.mutex);
  ++counter->calls;
  for (auto failure = all.failures.begin(); failure != all.failures.end(); ++failure) {
    if (failure->function == counter->name && counter->calls == failure->from + failure->nth) {
      int code = failure->code;
      all.failures.erase(failure);
      return code;
    }
  }
  return SUCCESS;
}

}  // namespace emulator

// ---- For tests in the same process. README.md describes them.

#define CONTROL extern "C" __attribute__((visibility("default")))

CONTROL const char* longrun_emulator_version() { return "longrun emulated CUDA driver 1"; }

CONTROL void longrun_emulator_set_seed(unsigned long long seed) { emulator::settings().seed = seed; }

CONTROL void longrun_emulator_set_memory(unsigned long long bytes) { emulator::settings().memoryBytes = bytes; }

CONTROL void longrun_emulator_set_devices(int devices) { emulator::settings().devices = devices; }

CONTROL void longrun_emulator_set_checks(int on) { emulator::settings().checks = on != 0; }

CONTROL void longrun_emulator_set_compute_capability(int major, int minor) {
  emulator::settings().major = major;
  emulator::settings().minor = minor;
}

CONTROL void longrun_emulator_fail_call(const char* function, unsigned long long nth, int code) {
  emulator::settings();
  std::lock_guard guard(emulator::state().mutex);
  emulator::add_failure(function, nth, code == 0 ? emulator::UNKNOWN : code);
}

CONTROL unsigned long long longrun_emulator_calls(const char* function) {
  return emulator::call_counter(function)->calls;
}

CONTROL unsigned long long longrun_emulator_kernels() { return emulator::counters().kernels; }
CONTROL unsigned long long longrun_emulator_graph_launches() { return emulator::counters().graphLaunches; }
CONTROL unsigned long long longrun_emulator_synchronizations() { return emulator::counters().synchronizations; }

CONTROL const char* longrun_emulator_last_fault() { return emulator::last_fault().text.c_str(); }

// Everything as the environment says; counters at zero. Contexts, memory and streams stay as they are.
CONTROL void longrun_emulator_reset() {
  emulator::settings();
  {
    std::lock_guard guard(emulator::state().mutex);
    emulator::state().failures.clear();
    for (auto& [name, counter] : emulator::state().calls) {
      counter->calls = 0;
    }
    if (const char* failures = getenv("LONGRUN_EMULATOR_FAIL")) {
      emulator::add_failures(failures);
    }
  }
  unsigned threads = emulator::settings().threads;
  emulator::settings() = emulator::from_environment();
  emulator::settings().threads = threads;
  emulator::counters().kernels = 0;
  emulator::counters().graphLaunches = 0;
  emulator::counters().synchronizations = 0;
  emulator::last_fault() = {};
}
