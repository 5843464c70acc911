// Executes the blocks of a launch: every thread of a block is a fiber of the worker thread that has the block.
//
// A fiber is a stack and, while it waits, a stack pointer. A thread starts on the stack on which the thread before it
// ended, so that a kernel without barriers is a plain loop over its threads; only a thread that waits keeps its stack.
// A waiting thread switches straight to the next one.
//
// A warp runs until all its lanes have ended or wait for the block; then the next warp does. The order of the warps
// between two barriers, and of the lanes of a warp between two meetings, is drawn from the seed and the block's number.
// So of two threads that no barrier orders, either may come first, depending on the seed.
//
// Compiled into each library of kernels, never with checks: its own accesses are not the kernel's.

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <new>
#include <utility>

#include "library.h"

#ifndef EMULATOR_CHECKED
#error "say whether this library is the checked one: -DEMULATOR_CHECKED=0 or 1"
#endif

namespace emulator {

Services services;

namespace {

constexpr unsigned MAX_THREADS = 1024;
constexpr unsigned MAX_WARPS = MAX_THREADS / 32;
constexpr size_t PAGE = 4096;
// Stack and guard page are an odd number of pages together, and tops are staggered, so that the stacks of a warp do not
// fall on the same lines of the caches.
constexpr size_t STACK_BYTES = 8 * PAGE;
constexpr size_t STACK_STRIDE = STACK_BYTES + PAGE;
constexpr unsigned ORDERS = 64;

struct Warp;

struct alignas(32) Lane {
  Warp* warp;
  unsigned index;  // in the warp
  uint3 thread;

  unsigned bit() const { return 1u << index; }
};

// For whom and where a lane waits.
struct Arrival {
  const void* where;  // a Site
  unsigned long long what;

  Site site() const { return __builtin_bit_cast(Site, where); }
  Operation operation() const { return static_cast<Operation>(what >> 32); }
  unsigned mask() const { return static_cast<unsigned>(what); }
};

struct Warp {
  unsigned exists;          // lanes, as bits
  unsigned runnable;        // among them the one that runs
  unsigned unstarted;       // subset of runnable
  unsigned meeting;         // wait for other lanes
  bool mixed;               // they wait for different lanes, or for different things
  unsigned long long what;  // that all of these wait for, unless mixed
  unsigned atBarrier;       // wait for the block
  unsigned ended;
  unsigned cursor;  // in `order`
  unsigned flip;
  const unsigned char* order;
  Lane* lanes;

  // By lane.
  void* stackPointer[32];  // while it waits
  char* stack[32];         // on which it runs
  Arrival arrival[32];     // of its meeting
  unsigned char source[32];
  unsigned long long in[32];
  unsigned long long out[32];

  float a[16][8];
  float b[8][8];
  float d[16][8];
};

struct Worker {
  void* mainStackPointer;
  Launch* launch;
  const WorkerMemory* memory;
  Warp* warp;  // whose turn it is
  unsigned position;
  unsigned warps;
  unsigned threads;
  uint3 shape;  // for which lanes are set up
  uint3 block;
  unsigned long long serial;  // of the block among all that this worker has executed
  unsigned long long random;
  unsigned long long orderSeed;
  bool ordersDrawn;

  unsigned sharedCount;
  size_t sharedBytes;

  Barrier barrierKind;
  Site barrierSite;
  unsigned barrierArrivals;
  int barrierCount;
  int barrierResult;

  unsigned freeStacks;
  unsigned stacks;  // made so far

  unsigned char warpOrder[MAX_WARPS];
  unsigned char orders[ORDERS][32];
  char* freeStack[MAX_THREADS];
  Lane lanes[MAX_THREADS];
  Warp warpTable[MAX_WARPS];
};

constexpr size_t STACKS_AT = (sizeof(Worker) + PAGE - 1) / PAGE * PAGE;
static_assert(STACKS_AT + MAX_THREADS * STACK_STRIDE <= WORKER_BYTES, "a worker's memory is too small");

// The linker's names for the ends of the list that LONGRUN_KERNEL makes.
extern "C" __attribute__((visibility("hidden"))) const Kernel* const __start_longrun_kernels[];
extern "C" __attribute__((visibility("hidden"))) const Kernel* const __stop_longrun_kernels[];

// Read with two instructions, also in a library that is loaded late.
__thread Lane* current __attribute__((tls_model("initial-exec"))) = nullptr;
__thread Worker* worker __attribute__((tls_model("initial-exec"))) = nullptr;

unsigned long long mix(unsigned long long x) {  // splitmix64
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

inline unsigned draw(Worker* w) {
  w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
  return static_cast<unsigned>(w->random >> 32);
}

void shuffle(Worker* w, unsigned char* items, unsigned count) {
  for (unsigned i = count; i > 1; --i) {
    unsigned j = static_cast<unsigned>((static_cast<unsigned long long>(draw(w)) * i) >> 32);
    std::swap(items[i - 1], items[j]);
  }
}

// ---- Switching.

// Goes on elsewhere and never comes back.
[[noreturn]] inline __attribute__((always_inline)) void leave_stack(Resumption to) {
  asm volatile(
      "movq %0, %%rsp\n\t"
      "popq %%rax\n\t"
      "jmpq *%%rax\n\t"
      :
      : "S"(to.stackPointer), "d"(to.value)
      : "memory");
  __builtin_unreachable();
}

void fiber();

[[gnu::noinline]] char* take_stack(Worker* w) {
  if (w->freeStacks > 0) {
    return w->freeStack[--w->freeStacks];
  }
  char* lowest = w->memory->memory + STACKS_AT + w->stacks * STACK_STRIDE;
  ++w->stacks;
  mprotect(lowest, PAGE, PROT_NONE);
  return lowest;
}

// A stack pointer from which leaving or switching starts `fiber`.
void* fresh(Worker* w, char* stack) {
  size_t number = static_cast<size_t>(stack - (w->memory->memory + STACKS_AT)) / STACK_STRIDE;
  char* top = stack + STACK_STRIDE - 64 - number % 16 * 256;
  void** pointer = reinterpret_cast<void**>(top);
  *--pointer = nullptr;  // where a return address would be: the stack is aligned as if `fiber` had been called
  *--pointer = reinterpret_cast<void*>(&fiber);
  return pointer;
}

// ---- Faults.

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::SYNC_WARP:
      return "__syncwarp";
    case Operation::SHUFFLE:
      return "__shfl_sync";
    case Operation::SHUFFLE_UP:
      return "__shfl_up_sync";
    case Operation::SHUFFLE_DOWN:
      return "__shfl_down_sync";
    case Operation::SHUFFLE_XOR:
      return "__shfl_xor_sync";
    case Operation::BALLOT:
      return "a vote";
    case Operation::MATRIX:
      return "mma";
  }
  return "?";
}

const char* name_of(Barrier kind) {
  switch (kind) {
    case Barrier::SYNC:
      return "__syncthreads";
    case Barrier::COUNT:
      return "__syncthreads_count";
    case Barrier::AND:
      return "__syncthreads_and";
    case Barrier::OR:
      return "__syncthreads_or";
  }
  return "?";
}

const char* file_of(const Site& site) {
  const char* path = site.file_name();
  const char* slash = strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

void tell(int code, const uint3& thread, const char* what) {
  Worker* w = worker;
  char text[1200];
  snprintf(text, sizeof text, "kernel %s, block (%u, %u, %u), thread (%u, %u, %u): %s", w->launch->kernel->name,
           w->block.x, w->block.y, w->block.z, thread.x, thread.y, thread.z, what);
  services.fault(w->launch, code, text);
}

[[noreturn]] void abandon() {
  current = nullptr;
  leave_stack({worker->mainStackPointer, 0});
}

[[noreturn, gnu::cold, gnu::noinline, gnu::format(printf, 3, 4)]] void fail(int code, const uint3& thread,
                                                                            const char* format, ...) {
  char what[900];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  tell(code, thread, what);
  abandon();
}

// Where a thread is that others wait for.
void describe_absent(const Warp* w, unsigned lane, char* text, size_t size) {
  if (w->ended >> lane & 1) {
    snprintf(text, size, "has returned from the kernel");
  } else if (w->meeting >> lane & 1) {
    const Arrival& at = w->arrival[lane];
    snprintf(text, size, "waits at %s (%s:%u, mask 0x%08x)", name_of(at.operation()), file_of(at.site()),
             at.site().line(), at.mask());
  } else {
    snprintf(text, size, "waits at %s (%s:%u)", name_of(worker->barrierKind), file_of(worker->barrierSite),
             worker->barrierSite.line());
  }
}

// No lane of the warp can run, and some wait for lanes that will not come.
[[noreturn, gnu::cold, gnu::noinline]] void fail_meeting(Warp* w) {
  unsigned waiting = static_cast<unsigned>(__builtin_ctz(w->meeting));
  const Arrival& at = w->arrival[waiting];
  unsigned together = 0;
  for (unsigned i = 0; i < 32; ++i) {
    together |= w->meeting >> i & 1 && w->arrival[i].what == at.what ? 1u << i : 0;
  }
  unsigned absent = static_cast<unsigned>(__builtin_ctz(at.mask() & ~together));
  char where[300];
  describe_absent(w, absent, where, sizeof where);
  const uint3& thread = w->lanes[absent].thread;
  fail(FAULT_LAUNCH, w->lanes[waiting].thread, "waits at %s (%s:%u, mask 0x%08x) for thread (%u, %u, %u), which %s",
       name_of(at.operation()), file_of(at.site()), at.site().line(), at.mask(), thread.x, thread.y, thread.z, where);
}

// All warps have stopped, some threads at the barrier, others at the end of the kernel.
[[noreturn, gnu::cold, gnu::noinline]] void fail_barrier(Worker* w) {
  const Lane* waiting = nullptr;
  const Lane* ended = nullptr;
  for (unsigned i = 0; i < w->threads; ++i) {
    const Lane& lane = w->lanes[i];
    const Lane*& first = lane.warp->atBarrier & lane.bit() ? waiting : ended;
    first = first == nullptr ? &lane : first;
  }
  fail(FAULT_LAUNCH, waiting->thread, "waits at %s (%s:%u) for thread (%u, %u, %u), which has returned from the kernel",
       name_of(w->barrierKind), file_of(w->barrierSite), w->barrierSite.line(), ended->thread.x, ended->thread.y,
       ended->thread.z);
}

// ---- Whose turn it is.

// Another order for the lanes of a warp.
inline void deal(Worker* w, Warp* warp) {
  unsigned random = draw(w);
  warp->order = w->orders[random % ORDERS];
  warp->flip = random >> 8 & 31;
  warp->cursor = 0;
}

void draw_orders(Worker* w) {
  if (w->ordersDrawn && w->orderSeed == w->launch->seed) {
    return;
  }
  w->ordersDrawn = true;
  w->orderSeed = w->launch->seed;
  w->random = mix(w->launch->seed);
  for (auto& order : w->orders) {
    for (unsigned i = 0; i < 32; ++i) {
      order[i] = static_cast<unsigned char>(i);
    }
    shuffle(w, order, 32);
  }
}

void set_up_lanes(Worker* w) {
  const uint3& shape = w->launch->block;
  if (shape.x == w->shape.x && shape.y == w->shape.y && shape.z == w->shape.z) {
    return;
  }
  w->shape = shape;
  w->threads = shape.x * shape.y * shape.z;
  w->warps = (w->threads + 31) / 32;
  for (unsigned i = 0; i < w->threads; ++i) {
    Lane& lane = w->lanes[i];
    lane.warp = &w->warpTable[i / 32];
    lane.index = i % 32;
    lane.thread = {i % shape.x, i / shape.x % shape.y, i / shape.x / shape.y};
  }
  for (unsigned i = 0; i < w->warps; ++i) {
    unsigned lanes = w->threads - 32 * i;
    w->warpTable[i].lanes = &w->lanes[32 * i];
    w->warpTable[i].exists = lanes >= 32 ? 0xffffffffu : (1u << lanes) - 1;
  }
}

// All warps may run.
void release(Worker* w) {
  shuffle(w, w->warpOrder, w->warps);
  for (unsigned i = 0; i < w->warps; ++i) {
    Warp& warp = w->warpTable[i];
    warp.runnable = warp.exists;
    warp.atBarrier = 0;
    deal(w, &warp);
  }
  w->position = 0;
  w->warp = &w->warpTable[w->warpOrder[0]];
}

// Takes the next block of the launch, if there is one.
bool start_block(Worker* w) {
  Launch* launch = w->launch;
  if (launch->stop.load(std::memory_order_relaxed)) {
    return false;
  }
  unsigned long long taken = launch->nextBlock.fetch_add(1, std::memory_order_relaxed);
  if (taken >= launch->blocks) {
    return false;
  }
  unsigned long long block = (launch->firstBlock + taken * launch->blockStride) % launch->blocks;
  w->block.x = static_cast<unsigned>(block % launch->grid.x);
  w->block.y = static_cast<unsigned>(block / launch->grid.x % launch->grid.y);
  w->block.z = static_cast<unsigned>(block / launch->grid.x / launch->grid.y);
  w->random = mix(launch->seed ^ mix(block));
  ++w->serial;
  w->sharedCount = 0;
  w->sharedBytes = 0;
  w->barrierCount = 0;
  w->barrierArrivals = 0;
  for (unsigned i = 0; i < w->warps; ++i) {
    Warp& warp = w->warpTable[i];
    w->warpOrder[i] = static_cast<unsigned char>(i);
    warp.unstarted = warp.exists;
    warp.meeting = 0;
    warp.mixed = false;
    warp.ended = 0;
  }
  release(w);
  return true;
}

// Goes from a warp that has stopped to one that can run. False: the launch has no block left.
[[gnu::noinline]] bool next_warp(Worker* w) {
  if (w->warp->meeting != 0) {
    fail_meeting(w->warp);
  }
  if (++w->position < w->warps) {
    w->warp = &w->warpTable[w->warpOrder[w->position]];
    return true;
  }
  unsigned waiting = w->barrierArrivals;
  if (waiting == 0) {
    return start_block(w);
  }
  if (waiting < w->threads) {
    fail_barrier(w);
  }
  w->barrierResult = w->barrierCount;
  w->barrierCount = 0;
  w->barrierArrivals = 0;
  release(w);
  return true;
}

// The thread to go on with: its number in the warp whose turn it is. NONE: the launch has no block left.
constexpr unsigned NONE = 32;

inline unsigned next(Worker* w) {
  for (;;) {
    Warp* warp = w->warp;
    unsigned runnable = warp->runnable;
    unsigned cursor = warp->cursor;
    while (cursor < 32) {
      unsigned i = warp->order[cursor++] ^ warp->flip;
      if (runnable >> i & 1) {
        warp->cursor = cursor;
        return i;
      }
    }
    if (runnable != 0) {
      deal(w, warp);
    } else if (!next_warp(w)) {
      return NONE;
    }
  }
}

[[gnu::noinline]] void* start(Worker* w, Warp* warp, unsigned i) {
  warp->unstarted &= ~(1u << i);
  warp->stack[i] = take_stack(w);
  return fresh(w, warp->stack[i]);
}

// How to go on when a thread waits. There is always one that can: the one that waits waits for somebody.
inline Resumption resume_next(Worker* w) {
  unsigned i = next(w);
  Warp* warp = w->warp;
  current = &warp->lanes[i];
  if (__builtin_expect(warp->unstarted >> i & 1, 0)) {
    return {start(w, warp, i), 0};
  }
  return {warp->stackPointer[i], warp->out[i]};
}

// Executes one thread after the other, on the stack that it finds itself on.
void fiber() {
  Worker* w = worker;
  const Kernel* kernel = w->launch->kernel;
  const char* parameters = w->launch->parameters;
  char* stack = current->warp->stack[current->index];
  for (;;) {
    kernel->invoke(parameters);
    Lane* self = current;
    self->warp->runnable &= ~self->bit();
    self->warp->ended |= self->bit();
    unsigned i = next(w);
    if (i == NONE) {
      w->freeStack[w->freeStacks++] = stack;
      abandon();
    }
    Warp* warp = w->warp;
    current = &warp->lanes[i];
    if (!(warp->unstarted >> i & 1)) {
      w->freeStack[w->freeStacks++] = stack;
      leave_stack({warp->stackPointer[i], warp->out[i]});
    }
    warp->unstarted &= ~(1u << i);
    warp->stack[i] = stack;
  }
}

// ---- Meetings.

// d += a * b, eight columns at a time.
void multiply(Warp* warp) {
  using Row = float __attribute__((vector_size(32), aligned(4), may_alias));
  for (unsigned m = 0; m < 16; ++m) {
    Row sum = *reinterpret_cast<const Row*>(warp->d[m]);
    for (unsigned k = 0; k < 8; ++k) {
      sum += warp->a[m][k] * *reinterpret_cast<const Row*>(warp->b[k]);
    }
    *reinterpret_cast<Row*>(warp->d[m]) = sum;
  }
}

[[gnu::noinline]] void complete(Warp* warp, Operation operation, unsigned mask) {
  switch (operation) {
    case Operation::SYNC_WARP:
      return;
    case Operation::MATRIX:
      multiply(warp);
      return;
    case Operation::BALLOT: {
      unsigned votes = 0;
      for (unsigned i = 0; i < 32; ++i) {
        votes |= (mask >> i & 1 && warp->in[i] != 0) ? 1u << i : 0;
      }
      for (unsigned i = 0; i < 32; ++i) {
        if (mask >> i & 1) {
          warp->out[i] = votes;
        }
      }
      return;
    }
    case Operation::SHUFFLE:
    case Operation::SHUFFLE_UP:
    case Operation::SHUFFLE_DOWN:
    case Operation::SHUFFLE_XOR:
      if (mask == 0xffffffffu) {
        for (unsigned i = 0; i < 32; ++i) {
          warp->out[i] = warp->in[warp->source[i]];
        }
        return;
      }
      for (unsigned i = 0; i < 32; ++i) {
        if (mask >> i & 1) {
          warp->out[i] = warp->in[warp->source[i]];
        }
      }
  }
}

[[noreturn, gnu::cold, gnu::noinline]] void fail_mismatch(Warp* warp, unsigned self, unsigned other) {
  char where[300];
  describe_absent(warp, other, where, sizeof where);
  const uint3& thread = warp->lanes[other].thread;
  const Arrival& at = warp->arrival[self];
  fail(FAULT_LAUNCH, warp->lanes[self].thread,
       "comes to %s (%s:%u, mask 0x%08x) while thread (%u, %u, %u) of its warp %s", name_of(at.operation()),
       file_of(at.site()), at.site().line(), at.mask(), thread.x, thread.y, thread.z, where);
}

// The lanes that wait for the same as lane i, where not all lanes that wait do. Who waits for the same lanes, but for
// something else, will never be met.
[[gnu::noinline]] unsigned present_lanes(Warp* warp, unsigned i) {
  warp->mixed = true;
  unsigned present = 0;
  for (unsigned j = 0; j < 32; ++j) {
    if (!(warp->meeting >> j & 1) || warp->arrival[j].mask() != warp->arrival[i].mask()) {
      continue;
    }
    if (warp->arrival[j].operation() != warp->arrival[i].operation()) {
      fail_mismatch(warp, i, j);
    }
    present |= 1u << j;
  }
  return present;
}

[[noreturn, gnu::cold, gnu::noinline]] void fail_arrival(const Lane* self, Operation operation, unsigned mask,
                                                         unsigned source, const Site& site) {
  unsigned lanes = self->warp->exists;
  if (!(mask & self->bit())) {
    fail(FAULT_LAUNCH, self->thread, "comes to %s (%s:%u) with the mask 0x%08x, which lacks its own lane %u",
         name_of(operation), file_of(site), site.line(), mask, self->index);
  }
  if (operation == Operation::MATRIX) {
    fail(FAULT_LAUNCH, self->thread, "comes to mma (%s:%u) in a warp of %d threads", file_of(site), site.line(),
         __builtin_popcount(lanes));
  }
  fail(FAULT_LAUNCH, self->thread, "reads from lane %u at %s (%s:%u), which takes no part: mask 0x%08x, %d threads",
       source, name_of(operation), file_of(site), site.line(), mask, __builtin_popcount(lanes));
}

}  // namespace

extern "C" Resumption emulator_meet(const void* where, unsigned long long operationAndMask, unsigned long long value,
                                    unsigned source, void* stackPointer) {
  Worker* w = worker;
  Lane* self = current;
  Warp* warp = self->warp;
  unsigned i = self->index;
  unsigned bit = 1u << i;
  auto operation = static_cast<Operation>(operationAndMask >> 32);
  unsigned mask = static_cast<unsigned>(operationAndMask) & warp->exists;
  unsigned long long what = (operationAndMask >> 32 << 32) | mask;
  warp->stackPointer[i] = stackPointer;
  warp->arrival[i] = {where, what};
  warp->in[i] = value;
  warp->source[i] = static_cast<unsigned char>(source);

  // Its own lane takes part, and so does the one from which a shuffle reads.
  unsigned needed = bit | (operation >= Operation::SHUFFLE ? 1u << source : 0);
  bool whole = operation != Operation::MATRIX || mask == 0xffffffffu;
  if (__builtin_expect((mask & needed) != needed || !whole, 0)) {
    fail_arrival(self, operation, static_cast<unsigned>(operationAndMask), source, __builtin_bit_cast(Site, where));
  }
  unsigned present = warp->meeting;
  if (present == 0) {
    warp->what = what;
  } else {
    if (__builtin_expect(warp->mixed || warp->what != what, 0)) {
      present = present_lanes(warp, i);
    }
    if (present != 0) {
      unsigned j = static_cast<unsigned>(__builtin_ctz(present));
      if (warp->arrival[j].where != where && warp->arrival[j].site().line() != warp->arrival[i].site().line()) {
        fail_mismatch(warp, i, j);
      }
    }
  }
  if ((present | bit) != mask) {
    warp->meeting |= bit;
    warp->runnable &= ~bit;
  } else {
    warp->meeting &= ~mask;
    warp->mixed &= warp->meeting != 0;
    warp->runnable |= mask;
    complete(warp, operation, mask);
    deal(w, warp);
  }
  return resume_next(w);
}

extern "C" Resumption emulator_barrier(const void* where, unsigned number, bool predicate, void*, void* stackPointer) {
  Worker* w = worker;
  Lane* self = current;
  Warp* warp = self->warp;
  warp->stackPointer[self->index] = stackPointer;
  auto kind = static_cast<Barrier>(number);
  Site site = __builtin_bit_cast(Site, where);
  if (w->barrierArrivals == 0) {
    w->barrierKind = kind;
    w->barrierSite = site;
  } else if (w->barrierKind != kind || w->barrierSite.line() != site.line()) {
    fail(FAULT_LAUNCH, self->thread, "comes to %s (%s:%u) while other threads of the block wait at %s (%s:%u)",
         name_of(kind), file_of(site), site.line(), name_of(w->barrierKind), file_of(w->barrierSite),
         w->barrierSite.line());
  }
  ++w->barrierArrivals;
  w->barrierCount += predicate;
  warp->runnable &= ~self->bit();
  warp->atBarrier |= self->bit();
  return resume_next(w);
}

int barrier_count() noexcept { return worker->barrierResult; }

void bring_fragments(const float (&d)[4], const float (&a)[4], const float (&b)[2]) {
  auto truncated = [](float x) { return __uint_as_float(__float_as_uint(x) & 0xffffe000u); };
  Warp* warp = current->warp;
  unsigned group = current->index / 4;
  unsigned member = current->index % 4;
  warp->a[group][member] = truncated(a[0]);
  warp->a[group + 8][member] = truncated(a[1]);
  warp->a[group][member + 4] = truncated(a[2]);
  warp->a[group + 8][member + 4] = truncated(a[3]);
  warp->b[member][group] = truncated(b[0]);
  warp->b[member + 4][group] = truncated(b[1]);
  warp->d[group][2 * member] = d[0];
  warp->d[group][2 * member + 1] = d[1];
  warp->d[group + 8][2 * member] = d[2];
  warp->d[group + 8][2 * member + 1] = d[3];
}

void take_fragment(float (&d)[4]) {
  const Warp* warp = current->warp;
  unsigned group = current->index / 4;
  unsigned member = current->index % 4;
  d[0] = warp->d[group][2 * member];
  d[1] = warp->d[group][2 * member + 1];
  d[2] = warp->d[group + 8][2 * member];
  d[3] = warp->d[group + 8][2 * member + 1];
}

void trap(Site site) { fail(FAULT_LAUNCH, current->thread, "__trap (%s:%u)", file_of(site), site.line()); }

// ---- Shared memory.

namespace {

void* place(Worker* w, SharedVariable* variable) {
  size_t alignment = variable->alignment < 16 ? 16 : variable->alignment;
  size_t at = (w->sharedBytes + alignment - 1) / alignment * alignment;
  w->sharedBytes = at + variable->bytes;
  if (w->sharedBytes > SHARED_BYTES) {
    fail(FAULT_RESOURCES, current->thread,
         "needs %zu bytes of shared memory with the %zu of '%s'; a block may have %zu", w->sharedBytes, variable->bytes,
         variable->name, SHARED_BYTES);
  }
  Launch* launch = w->launch;
  unsigned most = launch->sharedBytes.load(std::memory_order_relaxed);
  while (most < w->sharedBytes &&
         !launch->sharedBytes.compare_exchange_weak(most, static_cast<unsigned>(w->sharedBytes))) {
  }
  char* address = w->memory->shared + at;
#if EMULATOR_CHECKED
  // In a region of its own, whose bounds are the variable's; floats that nobody has written are NaN.
  if (w->sharedCount == SHARED_REGIONS) {
    fail(FAULT_RESOURCES, current->thread, "has more than %u shared variables", SHARED_REGIONS);
  }
  address = w->memory->shared + w->sharedCount * REGION_BYTES + at;
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  w->memory->sharedRegions[w->sharedCount] = {begin, begin + variable->bytes};
  memset(address, 0xff, variable->bytes);
#endif
  ++w->sharedCount;
  variable->places[w->memory->number] = {w->serial, address};
  return address;
}

}  // namespace

void* shared(SharedVariable* variable) {
  Worker* w = worker;
  const SharedVariable::Place& last = variable->places[w->memory->number];
  return last.block == w->serial ? last.address : place(w, variable);
}

// ---- What a thread asks.

unsigned thread_x() noexcept { return current->thread.x; }
unsigned thread_y() noexcept { return current->thread.y; }
unsigned thread_z() noexcept { return current->thread.z; }
unsigned block_x() noexcept { return worker->block.x; }
unsigned block_y() noexcept { return worker->block.y; }
unsigned block_z() noexcept { return worker->block.z; }
unsigned block_dim_x() noexcept { return worker->launch->block.x; }
unsigned block_dim_y() noexcept { return worker->launch->block.y; }
unsigned block_dim_z() noexcept { return worker->launch->block.z; }
unsigned grid_dim_x() noexcept { return worker->launch->grid.x; }
unsigned grid_dim_y() noexcept { return worker->launch->grid.y; }
unsigned grid_dim_z() noexcept { return worker->launch->grid.z; }
unsigned lane() noexcept { return current->index; }

// Ends the kernel that runs, for checks.cc.
[[noreturn]] void fault_here(int code, const char* what) {
  tell(code, current->thread, what);
  abandon();
}

namespace {

// ---- What the driver asks.

void enlist(const WorkerMemory* memory) {
  Worker* w = new (memory->memory) Worker;  // its memory is zero
  w->memory = memory;
  worker = w;
}

// Called by LONGRUN_EMULATOR_SWITCH: goes to the first fiber; abandon() comes back.
extern "C" Resumption emulator_enter(Worker* w, void* to, unsigned long long, unsigned long long, void* stackPointer) {
  w->mainStackPointer = stackPointer;
  return {to, 0};
}

void enter(Worker* w, void* to) {
  unsigned long long unused = 0;
  unsigned long long unused2 = 0;
  LONGRUN_EMULATOR_SWITCH(emulator_enter, w, to, unused, unused2);
}

void run(Launch* launch) {
  Worker* w = worker;
  w->launch = launch;
  draw_orders(w);
  set_up_lanes(w);
  if (!start_block(w)) {
    return;
  }
  unsigned first = next(w);
  current = &w->warp->lanes[first];
  enter(w, start(w, w->warp, first));
  if (launch->stop.load(std::memory_order_relaxed)) {
    // A kernel may have been abandoned with its threads' stacks: all are free again.
    w->freeStacks = 0;
    for (unsigned i = 0; i < w->stacks; ++i) {
      w->freeStack[w->freeStacks++] = w->memory->memory + STACKS_AT + i * STACK_STRIDE;
    }
  }
}

bool signal(int number, const siginfo_t* info, void* context) {
  Worker* w = worker;
  Lane* self = current;
  if (w == nullptr || self == nullptr) {
    return false;
  }
  char what[800];
  int code = FAULT_LAUNCH;
  if (number == SIGFPE) {
    snprintf(what, sizeof what, "divides an integer by zero");
  } else {
    uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
    uintptr_t guard = reinterpret_cast<uintptr_t>(self->warp->stack[self->index]);
    if (address >= guard && address < guard + PAGE) {
      snprintf(what, sizeof what, "needs more than %zu bytes of local memory", STACK_BYTES);
    } else if (address == 0) {
      // The processor gives no address for a vector access that is not aligned, nor for an impossible address.
      code = FAULT_ADDRESS;
      snprintf(what, sizeof what, "accesses address 0, an impossible address or a vector that is not aligned");
    } else {
      char where[500];
      services.describe(address, where, sizeof where);
      code = FAULT_ADDRESS;
      snprintf(what, sizeof what, "accesses 0x%llx: %s", static_cast<unsigned long long>(address), where);
    }
  }
  tell(code, self->thread, what);
  current = nullptr;
  // Go on where leaving the fiber would have.
  void** pointer = static_cast<void**>(w->mainStackPointer);
  auto* machine = static_cast<ucontext_t*>(context);
  machine->uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(pointer[0]);
  machine->uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(pointer + 1);
  return true;
}

}  // namespace
}  // namespace emulator

extern "C" __attribute__((visibility("default"))) const emulator::Library* longrun_kernel_library(
    const emulator::Services* services) {
  using namespace emulator;
  emulator::services = *services;
  static const Library library{__start_longrun_kernels,
                               static_cast<unsigned>(__stop_longrun_kernels - __start_longrun_kernels),
                               EMULATOR_CHECKED != 0,
                               enlist,
                               run,
                               emulator::signal};
  return &library;
}
