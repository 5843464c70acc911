// Contexts, modules, streams, events and graphs.
//
// A stream is a queue that nobody serves: its work is done when somebody synchronises, as late as CUDA allows, so that
// a missing synchronisation shows. Everything here is guarded by the one lock that every call of the API takes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "image.h"
#include "workers.h"

namespace emulator {

struct Context;
struct Stream;
struct Graph;
struct GraphExec;

std::recursive_mutex& driver_lock();

// ---- Work.

struct KernelWork {
  const Function* function;
  Grid grid;
  unsigned sharedBytes;
  std::vector<char> parameters;
};

struct CopyWork {
  void* to;
  const void* from;
  size_t bytes;
  std::shared_ptr<std::vector<char>> staged;  // what to copy from, if the host's memory was read at the call
};

struct FillWork {
  void* to;
  unsigned value;
  unsigned width;  // bytes of the value
  size_t count;
};

// A place in a stream: behind its first `number` pieces of work.
struct Mark {
  std::shared_ptr<Stream> stream;
  unsigned long long number = 0;
  bool done = false;
  bool queried = false;
  double seconds = 0;
};

struct RecordWork {
  std::shared_ptr<Mark> mark;
};

struct WaitWork {
  std::shared_ptr<Mark> mark;
};

struct GraphWork {
  std::shared_ptr<const GraphExec> graph;
};

struct EmptyWork {};

using Work = std::variant<KernelWork, CopyWork, FillWork, RecordWork, WaitWork, GraphWork, EmptyWork>;

// ---- Graphs.

struct Node {
  Graph* graph;
  Work work;
  std::vector<size_t> after;  // numbers of nodes
};

struct Graph {
  std::vector<std::unique_ptr<Node>> nodes;
};

struct GraphExec {
  Context* context;
  std::vector<Work> work;
  std::vector<std::vector<size_t>> after;
  bool chain;  // every node comes after the one before it
};

// What streams record into a graph instead of executing it.
struct Capture {
  std::shared_ptr<Graph> graph;
  Stream* origin;
  int mode;  // 0: global, 1: thread-local, 2: relaxed
  std::thread::id thread;
  bool invalid = false;
  bool ended = false;
};

// ---- Streams and events.

struct Stream {
  Context* context;
  unsigned flags;
  int priority;
  bool legacy;  // the one that is called 0
  std::deque<Work> queue;
  unsigned long long enqueued = 0;
  unsigned long long executed = 0;
  bool queried = false;

  std::shared_ptr<Capture> capture;
  std::set<size_t> captured;  // nodes behind which the next one comes

  bool blocking() const { return (flags & 1) == 0; }
};

struct Event {
  Context* context;
  unsigned flags;
  std::shared_ptr<Mark> mark;  // null: never recorded
  std::shared_ptr<Capture> capture;
  std::set<size_t> captured;

  bool timed() const { return (flags & 2) == 0; }
};

// ---- Modules.

struct Module;

struct ModuleFunction {
  Module* module;
  const Function* function;
  std::string name;
};

struct Module {
  Context* context;
  Image image;
  std::map<std::string, std::unique_ptr<ModuleFunction>> functions;
};

// ---- Contexts.

struct Context {
  int device;
  bool primary;
  int error = 0;  // of a kernel: from then on, of every call
  std::string fault;
  std::shared_ptr<Stream> legacy;
  std::map<Stream*, std::shared_ptr<Stream>> streams;
  std::vector<std::shared_ptr<Stream>> closed;  // destroyed, with work left
  std::map<Event*, std::shared_ptr<Event>> events;
  std::map<Module*, std::unique_ptr<Module>> modules;
  std::map<ModuleFunction*, ModuleFunction*> functions;
  std::map<Graph*, std::shared_ptr<Graph>> graphs;
  std::map<GraphExec*, std::shared_ptr<GraphExec>> execs;
};

// Those of the process.
std::map<Context*, std::unique_ptr<Context>>& contexts();
Context* make_context(int device, bool primary);
void destroy_context(Context* context);

// The calling thread's stack of current contexts.
std::vector<Context*>& current_contexts();

// The calling thread's context; otherwise null, and `result` says why, or which error has stuck to it.
Context* current_context(int& result);

// ---- Execution. Each gives SUCCESS or the error that has stuck to the context.

int synchronize(Stream* stream);
int synchronize(const std::shared_ptr<Mark>& mark);
int synchronize(Context* context);

// Puts work at the end of a stream, or into the graph that the stream captures.
int enqueue(Stream* stream, Work work);

// Null if it is neither a stream of the context's nor 0 or 1, the legacy stream.
Stream* find_stream(Context* context, Stream* handle);

// ---- Capture.

// For calls that must not happen while streams are captured: SUCCESS, or an error, and the captures are invalid.
int forbid_capture(Context* context, const char* call);      // it waits for all streams
int forbid_unsafe_call(Context* context, const char* call);  // it might wait, as allocations do: if the mode says so
int forbid_capture(Stream* stream, const char* call);        // it asks about or waits for this stream

void invalidate(Stream* stream);
int begin_capture(Stream* stream, int mode);
int end_capture(Stream* stream, Graph** graph);
int record(Event* event, Stream* stream);
int wait(Stream* stream, Event* event);

std::shared_ptr<GraphExec> instantiate(Context* context, const Graph& graph);

}  // namespace emulator
