// Queues of work, and when they are executed.

#include <algorithm>
#include <chrono>

#include "context.h"
#include "host.h"
#include "memory.h"
#include "result.h"
#include "settings.h"

namespace emulator {
namespace {

// A stream with more work than that is executed, as a full queue makes a real driver wait.
constexpr size_t MAX_PENDING = 4096;

template <class... F>
struct Cases : F... {
  using F::operator()...;
};
template <class... F>
Cases(F...) -> Cases<F...>;

void drain(Stream* stream, unsigned long long number);

void stick(Context* context, int code, const std::string& text) {
  context->error = code;
  context->fault = text;
}

void fault(Context* context, int code, const std::string& text) {
  last_fault() = {code, text};
  stick(context, code, text);
}

// Says where a copy or fill goes wrong; empty if it does not.
std::string check_device_range(const void* address, size_t bytes, const char* what) {
  Memory* memory = Memory::instance();
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  if (bytes == 0 || memory->find(begin, bytes) != nullptr) {
    return "";
  }
  char where[500];
  memory->describe(begin, where, sizeof where);
  char text[700];
  snprintf(text, sizeof text, "%s %zu bytes at 0x%zx: %s", what, bytes, begin, where);
  return text;
}

bool in_window(const void* address) {
  const Window& window = Memory::instance()->window();
  return reinterpret_cast<uintptr_t>(address) - window.base < window.bytes;
}

void execute(Context* context, const KernelWork& work) {
  int code = launch(work.function, work.grid, work.parameters.data(), work.parameters.size());
  if (code != SUCCESS) {
    stick(context, code, last_fault().text);
  }
}

void execute(Context* context, const CopyWork& work) {
  std::string bad;
  const void* from = work.staged ? work.staged->data() : work.from;
  bool deviceFrom = !work.staged && in_window(from);
  bool deviceTo = in_window(work.to);
  if (deviceFrom) {
    bad = check_device_range(from, work.bytes, "a copy reads");
  }
  if (bad.empty() && deviceTo) {
    bad = check_device_range(work.to, work.bytes, "a copy writes");
  }
  if (bad.empty()) {
    size_t moved = work.bytes;
    if (deviceTo && (deviceFrom || work.staged)) {
      memmove(work.to, from, work.bytes);
    } else if (deviceTo) {
      moved = read_host(work.to, from, work.bytes);
    } else if (deviceFrom) {
      moved = write_host(work.to, from, work.bytes);
    }
    if (moved != work.bytes) {
      bad = "an asynchronous copy needs host memory that is no longer there";
    }
  }
  if (!bad.empty()) {
    fault(context, ILLEGAL_ADDRESS, bad);
  }
}

void execute(Context* context, const FillWork& work) {
  std::string bad = check_device_range(work.to, work.width * work.count, "a fill writes");
  if (!bad.empty()) {
    fault(context, ILLEGAL_ADDRESS, bad);
    return;
  }
  char* to = static_cast<char*>(work.to);
  if (work.width == 1) {
    memset(to, static_cast<int>(work.value), work.count);
    return;
  }
  for (size_t i = 0; i < work.count; ++i) {
    memcpy(to + i * work.width, &work.value, work.width);
  }
}

void execute(Context*, const RecordWork& work) {
  std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  work.mark->seconds = now.count();
  work.mark->done = true;
}

void execute(Context*, const WaitWork& work) { drain(work.mark->stream.get(), work.mark->number); }

void execute(Context*, const EmptyWork&) {}

void execute(Context* context, const GraphWork& work);

void execute_any(Context* context, const Work& work) {
  std::visit([context](const auto& one) { execute(context, one); }, work);
}

// Nodes come in an order that their dependencies allow, drawn from the seed where they allow several.
void execute(Context* context, const GraphWork& work) {
  ++counters().graphLaunches;
  const GraphExec& graph = *work.graph;
  size_t count = graph.work.size();
  if (graph.chain) {
    for (size_t i = 0; i < count && context->error == SUCCESS; ++i) {
      execute_any(context, graph.work[i]);
    }
    return;
  }
  std::vector<size_t> missing(count);
  std::vector<std::vector<size_t>> next(count);
  std::vector<size_t> ready;
  for (size_t i = 0; i < count; ++i) {
    missing[i] = graph.after[i].size();
    for (size_t before : graph.after[i]) {
      next[before].push_back(i);
    }
    if (missing[i] == 0) {
      ready.push_back(i);
    }
  }
  unsigned long long random = settings().seed;
  while (!ready.empty() && context->error == SUCCESS) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    std::swap(ready[(random >> 33) % ready.size()], ready.back());
    size_t node = ready.back();
    ready.pop_back();
    execute_any(context, graph.work[node]);
    for (size_t after : next[node]) {
      if (--missing[after] == 0) {
        ready.push_back(after);
      }
    }
  }
}

void drain(Stream* stream, unsigned long long number) {
  while (stream->executed < number && stream->context->error == SUCCESS) {
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    execute_any(stream->context, work);
    ++stream->executed;
  }
}

int result(Context* context) {
  return context->error == SUCCESS ? SUCCESS : refuse(context->error, "%s", context->fault.c_str());
}

int drain_on_device(Stream* stream, unsigned long long number) {
  if (stream->executed < number && stream->context->error == SUCCESS) {
    on_device([&] { drain(stream, number); });
  }
  return result(stream->context);
}

std::shared_ptr<Stream> owner_of(Stream* stream) {
  return stream->legacy ? stream->context->legacy : stream->context->streams.at(stream);
}

bool pending(const Stream* stream) { return stream->executed < stream->enqueued; }

void push(Stream* stream, Work work) {
  stream->queue.push_back(std::move(work));
  ++stream->enqueued;
}

void push_wait(Stream* stream, const std::shared_ptr<Stream>& other) {
  if (other.get() != stream && pending(other.get())) {
    push(stream, WaitWork{std::make_shared<Mark>(Mark{other, other->enqueued})});
  }
}

// Invalidates every capture for which `chosen` is true; says whether there was one.
template <class Chosen>
bool invalidate_if(Context* context, Chosen chosen) {
  bool any = false;
  for (auto& [handle, stream] : context->streams) {
    if (stream->capture && chosen(*stream)) {
      stream->capture->invalid = true;
      any = true;
    }
  }
  return any;
}

size_t add_node(Stream* stream, Work work) {
  Graph* graph = stream->capture->graph.get();
  auto node = std::make_unique<Node>();
  node->graph = graph;
  node->work = std::move(work);
  node->after.assign(stream->captured.begin(), stream->captured.end());
  graph->nodes.push_back(std::move(node));
  return graph->nodes.size() - 1;
}

}  // namespace

int synchronize(Stream* stream) { return drain_on_device(stream, stream->enqueued); }

int synchronize(const std::shared_ptr<Mark>& mark) { return drain_on_device(mark->stream.get(), mark->number); }

int synchronize(Context* context) {
  std::vector<std::shared_ptr<Stream>> all = context->closed;
  all.push_back(context->legacy);
  for (auto& [handle, stream] : context->streams) {
    all.push_back(stream);
  }
  // Streams that nothing orders may be executed in any order.
  unsigned long long random = settings().seed;
  for (size_t i = all.size(); i > 1; --i) {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    std::swap(all[i - 1], all[(random >> 33) % i]);
  }
  for (const auto& stream : all) {
    drain_on_device(stream.get(), stream->enqueued);
  }
  context->closed.clear();
  return result(context);
}

int enqueue(Stream* stream, Work work) {
  Context* context = stream->context;
  if (stream->capture) {
    if (stream->capture->invalid) {
      return refuse(STREAM_CAPTURE_INVALIDATED, "an earlier error has made the capture invalid");
    }
    stream->captured = {add_node(stream, std::move(work))};
    return SUCCESS;
  }
  if (stream->legacy) {
    if (invalidate_if(context, [](const Stream& other) { return other.blocking(); })) {
      return refuse(STREAM_CAPTURE_IMPLICIT,
                    "the legacy stream would have to wait for a stream that is being captured");
    }
    for (auto& [handle, other] : context->streams) {
      if (other->blocking()) {
        push_wait(stream, other);
      }
    }
    for (auto& other : context->closed) {
      if (other->blocking()) {
        push_wait(stream, other);
      }
    }
  } else if (stream->blocking()) {
    push_wait(stream, context->legacy);
  }
  push(stream, std::move(work));
  return stream->queue.size() > MAX_PENDING ? synchronize(stream) : SUCCESS;
}

// ---- Capture.

int forbid_capture(Context* context, const char* call) {
  if (invalidate_if(context, [](const Stream&) { return true; })) {
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "%s is not permitted while a stream is being captured", call);
  }
  return SUCCESS;
}

int forbid_unsafe_call(Context* context, const char* call) {
  auto concerns = [](const Stream& stream) {
    const Capture& capture = *stream.capture;
    return capture.mode == 0 || (capture.mode == 1 && capture.thread == std::this_thread::get_id());
  };
  if (invalidate_if(context, concerns)) {
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "%s is not permitted while a stream is being captured in that mode",
                  call);
  }
  return SUCCESS;
}

int forbid_capture(Stream* stream, const char* call) {
  if (stream->capture) {
    stream->capture->invalid = true;
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "%s is not permitted on a stream that is being captured", call);
  }
  bool implicit = stream->legacy && invalidate_if(stream->context, [](const Stream& one) { return one.blocking(); });
  return implicit ? refuse(STREAM_CAPTURE_IMPLICIT,
                           "%s of the legacy stream would wait for a stream that is being captured", call)
                  : SUCCESS;
}

void invalidate(Stream* stream) {
  if (stream->capture) {
    stream->capture->invalid = true;
  }
}

int begin_capture(Stream* stream, int mode) {
  if (stream->legacy) {
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "the legacy stream cannot be captured");
  }
  if (stream->capture) {
    return refuse(ILLEGAL_STATE, "the stream is being captured already");
  }
  if (mode < 0 || mode > 2) {
    return refuse(INVALID_VALUE, "capture mode %d", mode);
  }
  stream->capture =
      std::make_shared<Capture>(Capture{std::make_shared<Graph>(), stream, mode, std::this_thread::get_id()});
  stream->captured.clear();
  return SUCCESS;
}

int end_capture(Stream* stream, Graph** graph) {
  *graph = nullptr;
  std::shared_ptr<Capture> capture = stream->capture;
  if (!capture) {
    return refuse(ILLEGAL_STATE, "the stream is not being captured");
  }
  if (capture->mode != 2 && capture->thread != std::this_thread::get_id()) {
    return refuse(STREAM_CAPTURE_WRONG_THREAD, "another thread has begun the capture");
  }
  if (capture->origin != stream) {
    capture->invalid = true;
    return refuse(STREAM_CAPTURE_UNMATCHED, "the capture has begun in another stream");
  }
  // Everything that leads to where the stream is.
  std::set<size_t> joined = stream->captured;
  std::vector<size_t> open(joined.begin(), joined.end());
  while (!open.empty()) {
    size_t node = open.back();
    open.pop_back();
    for (size_t before : capture->graph->nodes[node]->after) {
      if (joined.insert(before).second) {
        open.push_back(before);
      }
    }
  }
  bool unjoined = false;
  for (auto& [handle, other] : stream->context->streams) {
    if (other->capture == capture) {
      unjoined |= !std::includes(joined.begin(), joined.end(), other->captured.begin(), other->captured.end());
      other->capture = nullptr;
      other->captured.clear();
    }
  }
  capture->ended = true;
  if (capture->invalid) {
    return refuse(STREAM_CAPTURE_INVALIDATED, "an earlier error has made the capture invalid");
  }
  if (unjoined) {
    return refuse(STREAM_CAPTURE_UNJOINED,
                  "a stream that joined the capture has work that its origin does not wait for");
  }
  *graph = capture->graph.get();
  stream->context->graphs[*graph] = capture->graph;
  return SUCCESS;
}

int record(Event* event, Stream* stream) {
  if (stream->capture) {
    if (stream->capture->invalid) {
      return refuse(STREAM_CAPTURE_INVALIDATED, "an earlier error has made the capture invalid");
    }
    event->mark = nullptr;
    event->capture = stream->capture;
    event->captured = stream->captured;
    return SUCCESS;
  }
  auto mark = std::make_shared<Mark>();
  mark->stream = owner_of(stream);
  int code = enqueue(stream, RecordWork{mark});
  if (code == SUCCESS) {
    mark->number = stream->enqueued;
    event->capture = nullptr;
    event->mark = mark;
  }
  return code;
}

int wait(Stream* stream, Event* event) {
  if (event->capture) {
    std::shared_ptr<Capture> capture = event->capture;
    if (capture->ended) {
      return refuse(CAPTURED_EVENT, "the event was recorded in a capture that has ended");
    }
    if (stream->capture && stream->capture != capture) {
      capture->invalid = true;
      stream->capture->invalid = true;
      return refuse(STREAM_CAPTURE_MERGE, "the event belongs to another capture");
    }
    if (stream->legacy) {
      capture->invalid = true;
      return refuse(STREAM_CAPTURE_IMPLICIT, "the legacy stream cannot join a capture");
    }
    if (!stream->capture) {
      stream->capture = capture;
      stream->captured.clear();
    }
    stream->captured.insert(event->captured.begin(), event->captured.end());
    return SUCCESS;
  }
  if (stream->capture) {
    stream->capture->invalid = true;
    return refuse(STREAM_CAPTURE_ISOLATION, "the event was not recorded in the capture");
  }
  return event->mark ? enqueue(stream, WaitWork{event->mark}) : SUCCESS;
}

std::shared_ptr<GraphExec> instantiate(Context* context, const Graph& graph) {
  auto exec = std::make_shared<GraphExec>();
  exec->context = context;
  exec->chain = true;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    exec->work.push_back(graph.nodes[i]->work);
    exec->after.push_back(graph.nodes[i]->after);
    exec->chain &= i == 0 || graph.nodes[i]->after == std::vector<size_t>{i - 1};
  }
  return exec;
}

}  // namespace emulator
