#include "context.h"

#include "memory.h"
#include "result.h"

namespace emulator {

std::recursive_mutex& driver_lock() {
  static auto* lock = new std::recursive_mutex();
  return *lock;
}

std::map<Context*, std::unique_ptr<Context>>& contexts() {
  static auto* all = new std::map<Context*, std::unique_ptr<Context>>();
  return *all;
}

std::vector<Context*>& current_contexts() {
  thread_local std::vector<Context*> stack;
  return stack;
}

Context* make_context(int device, bool primary) {
  auto made = std::make_unique<Context>();
  Context* context = made.get();
  context->device = device;
  context->primary = primary;
  context->legacy = std::make_shared<Stream>();
  context->legacy->context = context;
  context->legacy->flags = 0;
  context->legacy->priority = 0;
  context->legacy->legacy = true;
  contexts()[context] = std::move(made);
  return context;
}

void destroy_context(Context* context) {
  synchronize(context);
  Memory::instance()->free_all(context);
  contexts().erase(context);
}

Context* current_context(int& result) {
  std::vector<Context*>& stack = current_contexts();
  if (stack.empty() || stack.back() == nullptr) {
    result = refuse(INVALID_CONTEXT, "no context is current to this thread");
    return nullptr;
  }
  Context* context = stack.back();
  if (contexts().count(context) == 0) {
    result = refuse(CONTEXT_IS_DESTROYED, "the context that is current to this thread has been destroyed");
    return nullptr;
  }
  if (context->error != SUCCESS) {
    result = refuse(context->error, "%s", context->fault.c_str());
    return nullptr;
  }
  result = SUCCESS;
  return context;
}

Stream* find_stream(Context* context, Stream* handle) {
  if (handle == nullptr || handle == reinterpret_cast<Stream*>(1)) {
    return context->legacy.get();
  }
  auto found = context->streams.find(handle);
  return found == context->streams.end() ? nullptr : found->second.get();
}

}  // namespace emulator
