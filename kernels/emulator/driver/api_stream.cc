// The driver API: streams, events, capture, graphs.

#include "api.h"

namespace emulator {
namespace {

int no_stream() { return refuse(INVALID_HANDLE, "the stream does not exist"); }

std::shared_ptr<Event> find_event(Context* context, Event* handle) {
  auto found = context->events.find(handle);
  return found == context->events.end() ? nullptr : found->second;
}

int no_event() { return refuse(INVALID_HANDLE, "the event does not exist"); }

// Work that is not done is not done at the first question either, but at the second: who asks again has to get on.
template <class Place, class Synchronize>
int query(Place& place, Synchronize synchronize) {
  if (!place.queried) {
    place.queried = true;
    return NOT_READY;
  }
  place.queried = false;
  return synchronize();
}

}  // namespace
}  // namespace emulator

using namespace emulator;

// ---- Streams.

API cuStreamCreateWithPriority(Stream** handle, unsigned flags, int priority) {
  ENTER_CONTEXT("cuStreamCreateWithPriority")
  if (flags > 1) {
    return refuse(INVALID_VALUE, "stream flags %u", flags);
  }
  auto stream = std::make_shared<Stream>();
  stream->context = context;
  stream->flags = flags;
  stream->priority = priority;
  stream->legacy = false;
  *handle = stream.get();
  context->streams[*handle] = stream;
  return SUCCESS;
}

API cuStreamCreate(Stream** handle, unsigned flags) {
  ENTER_CONTEXT("cuStreamCreate")
  return cuStreamCreateWithPriority(handle, flags, 0);
}

API cuStreamDestroy_v2(Stream* handle) {
  ENTER_CONTEXT("cuStreamDestroy")
  auto found = context->streams.find(handle);
  if (found == context->streams.end()) {
    return no_stream();
  }
  std::shared_ptr<Stream> stream = found->second;
  if (stream->capture) {
    stream->capture->invalid = true;
    if (stream->capture->origin == handle) {
      stream->capture->ended = true;
      std::shared_ptr<Capture> capture = stream->capture;
      for (auto& [other, one] : context->streams) {
        if (one->capture == capture) {
          one->capture = nullptr;
        }
      }
    }
  }
  context->streams.erase(found);
  if (stream->executed < stream->enqueued) {
    context->closed.push_back(stream);
  }
  return SUCCESS;
}

API cuStreamSynchronize(Stream* handle) {
  ENTER_CONTEXT("cuStreamSynchronize")
  ++counters().synchronizations;
  Stream* stream = find_stream(context, handle);
  if (stream == nullptr) {
    return no_stream();
  }
  if (int code = forbid_capture(stream, "cuStreamSynchronize")) {
    return code;
  }
  if (stream->legacy) {
    if (int code = enqueue(stream, EmptyWork{})) {
      return code;
    }
  }
  return synchronize(stream);
}

API cuStreamQuery(Stream* handle) {
  ENTER_CONTEXT("cuStreamQuery")
  Stream* stream = find_stream(context, handle);
  if (stream == nullptr) {
    return no_stream();
  }
  if (int code = forbid_capture(stream, "cuStreamQuery")) {
    return code;
  }
  if (stream->executed == stream->enqueued) {
    return SUCCESS;
  }
  return query(*stream, [&] { return synchronize(stream); });
}

API cuStreamGetFlags(Stream* handle, unsigned* flags) {
  ENTER_CONTEXT("cuStreamGetFlags")
  Stream* stream = find_stream(context, handle);
  if (stream == nullptr) {
    return no_stream();
  }
  *flags = stream->flags;
  return SUCCESS;
}

API cuStreamGetPriority(Stream* handle, int* priority) {
  ENTER_CONTEXT("cuStreamGetPriority")
  Stream* stream = find_stream(context, handle);
  if (stream == nullptr) {
    return no_stream();
  }
  *priority = stream->priority;
  return SUCCESS;
}

API cuStreamGetCtx(Stream* handle, Context** of) {
  ENTER_CONTEXT("cuStreamGetCtx")
  if (find_stream(context, handle) == nullptr) {
    return no_stream();
  }
  *of = context;
  return SUCCESS;
}

API cuStreamWaitEvent(Stream* handle, Event* eventHandle, unsigned) {
  ENTER_CONTEXT("cuStreamWaitEvent")
  Stream* stream = find_stream(context, handle);
  std::shared_ptr<Event> event = find_event(context, eventHandle);
  return stream == nullptr ? no_stream() : event == nullptr ? no_event() : wait(stream, event.get());
}

// ---- Events.

API cuEventCreate(Event** handle, unsigned flags) {
  ENTER_CONTEXT("cuEventCreate")
  if (flags > 7) {
    return refuse(INVALID_VALUE, "event flags %u", flags);
  }
  auto event = std::make_shared<Event>();
  event->context = context;
  event->flags = flags;
  *handle = event.get();
  context->events[*handle] = event;
  return SUCCESS;
}

API cuEventDestroy_v2(Event* handle) {
  ENTER_CONTEXT("cuEventDestroy")
  return context->events.erase(handle) == 0 ? no_event() : SUCCESS;
}

API cuEventRecord(Event* eventHandle, Stream* handle) {
  ENTER_CONTEXT("cuEventRecord")
  Stream* stream = find_stream(context, handle);
  std::shared_ptr<Event> event = find_event(context, eventHandle);
  return stream == nullptr ? no_stream() : event == nullptr ? no_event() : record(event.get(), stream);
}

API cuEventQuery(Event* handle) {
  ENTER_CONTEXT("cuEventQuery")
  std::shared_ptr<Event> event = find_event(context, handle);
  if (event == nullptr) {
    return no_event();
  }
  if (event->capture) {
    event->capture->invalid = true;
    return refuse(CAPTURED_EVENT, "the event was last recorded in a capture");
  }
  if (!event->mark || event->mark->done) {
    return SUCCESS;
  }
  return query(*event->mark, [&] { return synchronize(event->mark); });
}

API cuEventSynchronize(Event* handle) {
  ENTER_CONTEXT("cuEventSynchronize")
  ++counters().synchronizations;
  std::shared_ptr<Event> event = find_event(context, handle);
  if (event == nullptr) {
    return no_event();
  }
  if (event->capture) {
    event->capture->invalid = true;
    return refuse(CAPTURED_EVENT, "the event was last recorded in a capture");
  }
  return event->mark ? synchronize(event->mark) : SUCCESS;
}

API cuEventElapsedTime(float* milliseconds, Event* fromHandle, Event* toHandle) {
  ENTER_CONTEXT("cuEventElapsedTime")
  std::shared_ptr<Event> from = find_event(context, fromHandle);
  std::shared_ptr<Event> to = find_event(context, toHandle);
  if (from == nullptr || to == nullptr) {
    return no_event();
  }
  if (!from->timed() || !to->timed() || !from->mark || !to->mark) {
    return refuse(INVALID_HANDLE, "an event was %s",
                  from->timed() && to->timed() ? "never recorded" : "made without timing");
  }
  if (!from->mark->done || !to->mark->done) {
    return NOT_READY;
  }
  *milliseconds = static_cast<float>((to->mark->seconds - from->mark->seconds) * 1e3);
  return SUCCESS;
}

// ---- Capture.

API cuStreamBeginCapture_v2(Stream* handle, int mode) {
  ENTER_CONTEXT("cuStreamBeginCapture")
  Stream* stream = find_stream(context, handle);
  return stream == nullptr ? no_stream() : begin_capture(stream, mode);
}

API cuStreamEndCapture(Stream* handle, Graph** graph) {
  ENTER_CONTEXT("cuStreamEndCapture")
  Stream* stream = find_stream(context, handle);
  return stream == nullptr ? no_stream() : end_capture(stream, graph);
}

API cuStreamIsCapturing(Stream* handle, int* status) {
  ENTER_CONTEXT("cuStreamIsCapturing")
  Stream* stream = find_stream(context, handle);
  if (stream == nullptr) {
    return no_stream();
  }
  *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
  return SUCCESS;
}

// ---- Graphs.

API cuGraphDestroy(Graph* graph) {
  ENTER_CONTEXT("cuGraphDestroy")
  return context->graphs.erase(graph) == 0 ? refuse(INVALID_VALUE, "the graph does not exist") : SUCCESS;
}

API cuGraphInstantiateWithFlags(GraphExec** exec, Graph* graph, unsigned long long) {
  ENTER_CONTEXT("cuGraphInstantiate")
  auto found = context->graphs.find(graph);
  if (found == context->graphs.end()) {
    return refuse(INVALID_VALUE, "the graph does not exist");
  }
  std::shared_ptr<GraphExec> made = instantiate(context, *found->second);
  *exec = made.get();
  context->execs[*exec] = made;
  return SUCCESS;
}

API cuGraphExecDestroy(GraphExec* exec) {
  ENTER_CONTEXT("cuGraphExecDestroy")
  return context->execs.erase(exec) == 0 ? refuse(INVALID_VALUE, "the executable graph does not exist") : SUCCESS;
}

API cuGraphUpload(GraphExec* exec, Stream*) {
  ENTER_CONTEXT("cuGraphUpload")
  return context->execs.count(exec) == 0 ? refuse(INVALID_VALUE, "the executable graph does not exist") : SUCCESS;
}

API cuGraphLaunch(GraphExec* exec, Stream* handle) {
  ENTER_CONTEXT("cuGraphLaunch")
  Stream* stream = find_stream(context, handle);
  auto found = context->execs.find(exec);
  if (stream == nullptr) {
    return no_stream();
  }
  if (found == context->execs.end()) {
    return refuse(INVALID_VALUE, "the executable graph does not exist");
  }
  if (stream->capture) {
    invalidate(stream);
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "the emulated driver captures no graph in a graph");
  }
  return enqueue(stream, GraphWork{found->second});
}

API cuGraphGetNodes(Graph* graph, Node** nodes, size_t* count) {
  ENTER_CONTEXT("cuGraphGetNodes")
  auto found = context->graphs.find(graph);
  if (found == context->graphs.end()) {
    return refuse(INVALID_VALUE, "the graph does not exist");
  }
  const auto& all = graph->nodes;
  // JCuda gives an array, but not its length: no more is written than there are nodes.
  for (size_t i = 0; nodes != nullptr && i < std::min(*count, all.size()); ++i) {
    nodes[i] = all[i].get();
  }
  *count = nodes == nullptr ? all.size() : std::min(*count, all.size());
  return SUCCESS;
}

API cuGraphNodeGetType(Node* node, int* type) {
  ENTER_CONTEXT("cuGraphNodeGetType")
  for (const auto& [handle, graph] : context->graphs) {
    for (const auto& one : graph->nodes) {
      if (one.get() == node) {
        *type = std::holds_alternative<KernelWork>(node->work) ? 0
                : std::holds_alternative<CopyWork>(node->work) ? 1
                : std::holds_alternative<FillWork>(node->work) ? 2
                                                               : 5;
        return SUCCESS;
      }
    }
  }
  return refuse(INVALID_VALUE, "the node does not exist");
}
