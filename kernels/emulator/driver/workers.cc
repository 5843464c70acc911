#include "workers.h"

#include <dlfcn.h>
#include <immintrin.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <numeric>

#include "memory.h"
#include "result.h"
#include "settings.h"

namespace emulator {
namespace {

// ---- Libraries.

struct Libraries {
  std::string error;
  const Library* checked = nullptr;
  const Library* fast = nullptr;
  std::map<std::string, Function> functions;
  std::map<const Function*, unsigned> sharedBytes;
};

std::mutex faultMutex;

void tell_fault(Launch* launch, int code, const char* text) {
  std::lock_guard guard(faultMutex);
  if (!launch->stop.exchange(true)) {
    last_fault() = {code, text};
  }
}

void describe(uintptr_t address, char* text, size_t size) { Memory::instance()->describe(address, text, size); }

const Library* load(const std::string& folder, const char* name, std::string& error) {
  std::string path = folder + name;
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    error = std::string("the emulated driver's kernels cannot be loaded: ") + dlerror();
    return nullptr;
  }
  using Entry = const Library* (*)(const Services*);
  auto entry = reinterpret_cast<Entry>(dlsym(handle, "longrun_kernel_library"));
  if (entry == nullptr) {
    error = path + " is no library of kernels";
    return nullptr;
  }
  Services services{Memory::instance()->window(), describe, tell_fault};
  return entry(&services);
}

Libraries& libraries() {
  static Libraries* all = [] {
    auto* made = new Libraries();
    if (Memory::instance() == nullptr) {
      made->error = "the emulated driver cannot reserve addresses for device memory";
      return made;
    }
    Dl_info self;
    dladdr(reinterpret_cast<void*>(&tell_fault), &self);
    std::string path = self.dli_fname;
    std::string folder = path.find('/') == std::string::npos ? "" : path.substr(0, path.rfind('/') + 1);
    made->checked = load(folder, "liblongrun_kernels_checked.so", made->error);
    made->fast = made->checked == nullptr ? nullptr : load(folder, "liblongrun_kernels_fast.so", made->error);
    if (made->fast == nullptr) {
      return made;
    }
    for (unsigned i = 0; i < made->checked->kernelCount; ++i) {
      made->functions[made->checked->kernels[i]->name].checked = made->checked->kernels[i];
    }
    for (unsigned i = 0; i < made->fast->kernelCount; ++i) {
      made->functions[made->fast->kernels[i]->name].fast = made->fast->kernels[i];
    }
    for (auto& [name, function] : made->functions) {
      if (function.checked == nullptr || function.fast == nullptr) {
        made->error = "the emulated driver's two libraries of kernels differ: only one has " + name;
      }
    }
    return made;
  }();
  return *all;
}

// ---- Signals: an access that no check sees, a division by zero.

struct sigaction previous[NSIG];

void on_signal(int number, siginfo_t* info, void* context) {
  Libraries& all = libraries();
  if (all.checked->signal(number, info, context) || all.fast->signal(number, info, context)) {
    return;
  }
  // Not a kernel's: whoever was there before, the JVM for one, gets it.
  const struct sigaction& before = previous[number];
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler == SIG_DFL) {
    sigaction(number, &before, nullptr);  // the instruction faults once more, and this time ends the process
  } else if (before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  }
}

void catch_signals() {
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    sigaction(number, &action, &previous[number]);
  }
}

// ---- Threads.

constexpr size_t THREAD_STACK_BYTES = 1 << 20;
constexpr unsigned SPINS = 4000;
// A launch of fewer threads than this is not worth a second worker.
constexpr unsigned long long WORTH_SHARING = 256;

// The launch that workers may join. `gate` counts the workers inside and says whether more may come:
// generation << 32 | OPEN | workers inside.
constexpr unsigned long long OPEN = 1ull << 31;
constexpr unsigned long long INSIDE = OPEN - 1;

struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  const std::function<void()>* work = nullptr;
  bool done = false;

  std::atomic<unsigned long long> gate{0};
  std::atomic<const Library*> library{nullptr};
  std::atomic<Launch*> launch{nullptr};
  std::atomic<unsigned> wakeups{0};  // a futex
  std::atomic<unsigned> sleepers{0};
  unsigned threads = 0;
};

Pool* pool = nullptr;

// What a worker executes the kernels of either library in.
struct Place {
  WorkerMemory checked;
  WorkerMemory fast;
};

const Place* make_place(unsigned number) {
  Memory* memory = Memory::instance();
  return new Place{memory->worker_memory(number), memory->worker_memory(number)};
}

void enlist(const Place* place) {
  stack_t stack = {};  // for signals: a fiber's own may be what has overflowed
  stack.ss_size = 64 << 10;
  stack.ss_sp = malloc(stack.ss_size);
  sigaltstack(&stack, nullptr);
  libraries().checked->enlist(&place->checked);
  libraries().fast->enlist(&place->fast);
}

void help(const Place* place) {
  enlist(place);
  unsigned long long seen = 0;
  unsigned spins = 0;
  for (;;) {
    unsigned long long gate = pool->gate.load(std::memory_order_acquire);
    if ((gate & OPEN) && gate >> 32 != seen) {
      if (pool->gate.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) {
        seen = gate >> 32;
        pool->library.load()->run(pool->launch.load());
        pool->gate.fetch_sub(1, std::memory_order_acq_rel);
        spins = 0;
      }
      continue;
    }
    if (++spins < SPINS) {
      _mm_pause();
      continue;
    }
    spins = 0;
    unsigned wakeups = pool->wakeups.load();
    pool->sleepers.fetch_add(1);
    gate = pool->gate.load();
    if (!(gate & OPEN) || gate >> 32 == seen) {
      syscall(SYS_futex, &pool->wakeups, FUTEX_WAIT_PRIVATE, wakeups, nullptr, nullptr, 0);
    }
    pool->sleepers.fetch_sub(1);
  }
}

void lead(const Place* place) {
  enlist(place);
  std::unique_lock lock(pool->mutex);
  for (;;) {
    pool->changed.wait(lock, [] { return pool->work != nullptr; });
    const std::function<void()>* work = pool->work;
    lock.unlock();
    (*work)();
    lock.lock();
    pool->work = nullptr;
    pool->done = true;
    pool->changed.notify_all();
  }
}

void start_thread(std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  // Signals meant for the process go to its own threads.
  sigset_t all, before;
  sigfillset(&all);
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    sigdelset(&all, number);
  }
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  auto* heap = new std::function<void()>(std::move(body));
  int error = pthread_create(
      &thread, &attributes,
      [](void* function) -> void* {
        (*static_cast<std::function<void()>*>(function))();
        return nullptr;
      },
      heap);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    fprintf(stderr, "longrun emulated driver: cannot start a worker thread\n");
    abort();
  }
}

void start_pool() {
  pool = new Pool();
  pool->threads = settings().threads;
  catch_signals();
  const Place* first = make_place(0);
  start_thread([first] { lead(first); });
  for (unsigned i = 1; i < pool->threads; ++i) {
    const Place* place = make_place(i);
    start_thread([place] { help(place); });
  }
}

void run_launch(const Library* library, Launch* launch) {
  bool shared = pool->threads > 1 && launch->blocks > 1 &&
                launch->blocks * launch->block.x * launch->block.y * launch->block.z >= WORTH_SHARING;
  if (!shared) {
    library->run(launch);
    return;
  }
  pool->library = library;
  pool->launch = launch;
  unsigned long long generation = (pool->gate.load() >> 32) + 1;
  pool->gate.store(generation << 32 | OPEN, std::memory_order_seq_cst);
  if (pool->sleepers.load() > 0) {
    pool->wakeups.fetch_add(1);
    syscall(SYS_futex, &pool->wakeups, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
  }
  library->run(launch);
  pool->gate.fetch_and(~OPEN, std::memory_order_acq_rel);
  for (unsigned spins = 0; pool->gate.load(std::memory_order_acquire) & INSIDE;) {
    if (++spins > SPINS) {
      sched_yield();
    } else {
      _mm_pause();
    }
  }
}

unsigned long long mix(unsigned long long x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace

const std::string& load_kernels() { return libraries().error; }

const Function* find_function(const std::string& name) {
  const auto& functions = libraries().functions;
  auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

unsigned shared_bytes(const Function* function) { return libraries().sharedBytes[function]; }

void on_device(const std::function<void()>& work) {
  if (pool == nullptr) {
    start_pool();
  }
  std::unique_lock lock(pool->mutex);
  pool->work = &work;
  pool->done = false;
  pool->changed.notify_all();
  pool->changed.wait(lock, [] { return pool->done; });
}

int launch(const Function* function, const Grid& grid, const char* parameters, size_t parameterBytes) {
  // In device memory of its own, so that a read beyond the parameters is seen.
  Memory* memory = Memory::instance();
  static uintptr_t block = memory->allocate(4096, MemoryKind::INNER, nullptr);
  memcpy(reinterpret_cast<char*>(block), parameters, parameterBytes);
  memory->shrink(block, parameterBytes);

  Launch launch;
  launch.kernel = settings().checks ? function->checked : function->fast;
  launch.parameters = reinterpret_cast<const char*>(block);
  launch.grid = grid.blocks;
  launch.block = grid.threads;
  launch.seed = settings().seed;
  launch.blocks = static_cast<unsigned long long>(grid.blocks.x) * grid.blocks.y * grid.blocks.z;
  launch.firstBlock = mix(launch.seed) % launch.blocks;
  launch.blockStride = mix(~launch.seed) % launch.blocks;
  while (std::gcd(launch.blockStride, launch.blocks) != 1) {
    ++launch.blockStride;
  }
  launch.nextBlock = 0;
  launch.stop = false;
  launch.sharedBytes = 0;
  run_launch(settings().checks ? libraries().checked : libraries().fast, &launch);

  ++counters().kernels;
  unsigned& shared = libraries().sharedBytes[function];
  shared = std::max(shared, launch.sharedBytes.load());
  return launch.stop ? last_fault().code : SUCCESS;
}

}  // namespace emulator
