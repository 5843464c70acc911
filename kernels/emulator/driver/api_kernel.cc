// The driver API: modules, functions, launches.

#include <string.h>

#include "api.h"

namespace emulator {
namespace {

constexpr unsigned MAX_BLOCK_Z = 64;
constexpr unsigned MAX_GRID_YZ = 65535;

ModuleFunction* find(Context* context, ModuleFunction* handle) {
  auto found = context->functions.find(handle);
  return found == context->functions.end() ? nullptr : found->second;
}

int no_function() { return refuse(INVALID_HANDLE, "the function does not exist; was its module unloaded?"); }

const Kernel& kernel(const ModuleFunction* function) { return *function->function->checked; }

int check_shape(const ModuleFunction* function, const Grid& grid, unsigned sharedBytes) {
  const char* name = function->name.c_str();
  const uint3& b = grid.blocks;
  const uint3& t = grid.threads;
  if (b.x == 0 || b.y == 0 || b.z == 0 || b.x > 0x7fffffff || b.y > MAX_GRID_YZ || b.z > MAX_GRID_YZ) {
    return refuse(INVALID_VALUE, "kernel %s: a grid of (%u, %u, %u) blocks; at most (2147483647, 65535, 65535)", name,
                  b.x, b.y, b.z);
  }
  unsigned long long threads = static_cast<unsigned long long>(t.x) * t.y * t.z;
  if (threads == 0 || t.x > 1024 || t.y > 1024 || t.z > MAX_BLOCK_Z || threads > 1024) {
    return refuse(INVALID_VALUE, "kernel %s: a block of (%u, %u, %u) threads; at most (1024, 1024, 64), together 1024",
                  name, t.x, t.y, t.z);
  }
  if (threads > kernel(function).maxThreads) {
    return refuse(LAUNCH_OUT_OF_RESOURCES, "kernel %s: a block of %llu threads; its launch bounds allow %u", name,
                  threads, kernel(function).maxThreads);
  }
  if (sharedBytes + shared_bytes(function->function) > SHARED_BYTES) {
    return refuse(INVALID_VALUE,
                  "kernel %s: %u bytes of dynamic shared memory; a block may have %zu with its %u of static", name,
                  sharedBytes, SHARED_BYTES, shared_bytes(function->function));
  }
  return SUCCESS;
}

// The parameters of a launch, from whichever of the two lists it has.
int read_parameters(const ModuleFunction* function, void** kernelParams, void** extra, std::vector<char>& parameters) {
  unsigned bytes = kernel(function).parameterBytes;
  const char* name = function->name.c_str();
  if ((kernelParams != nullptr) == (extra != nullptr) && bytes != 0) {
    return refuse(INVALID_VALUE, "kernel %s: exactly one of kernelParams and extra must be given", name);
  }
  if (kernelParams != nullptr) {
    const ParameterList& list = kernel(function).list;
    parameters.resize(bytes);
    for (unsigned i = 0; i < list.count; ++i) {
      if (kernelParams[i] == nullptr) {
        return refuse(INVALID_VALUE, "kernel %s: parameter %u of %u is missing", name, i, list.count);
      }
      memcpy(&parameters[list.offsets[i]], kernelParams[i], list.sizes[i]);
    }
    return SUCCESS;
  }
  const char* buffer = nullptr;
  size_t size = 0;
  constexpr size_t END = 0;
  constexpr size_t BUFFER_POINTER = 1;
  constexpr size_t BUFFER_SIZE = 2;
  for (void** entry = extra; entry != nullptr && reinterpret_cast<size_t>(*entry) != END; entry += 2) {
    switch (reinterpret_cast<size_t>(*entry)) {
      case BUFFER_POINTER:
        buffer = static_cast<const char*>(entry[1]);
        break;
      case BUFFER_SIZE:
        size = *static_cast<const size_t*>(entry[1]);
        break;
      default:
        return refuse(INVALID_VALUE, "kernel %s: extra holds %p where a CU_LAUNCH_PARAM is expected", name, *entry);
    }
  }
  if (size != bytes || (buffer == nullptr && bytes != 0)) {
    return refuse(INVALID_VALUE, "kernel %s: %zu bytes of parameters were given, it takes %u", name, size, bytes);
  }
  parameters.assign(buffer, buffer + size);
  return SUCCESS;
}

}  // namespace
}  // namespace emulator

using namespace emulator;

API cuModuleLoadData(Module** handle, const void* data) {
  ENTER_CONTEXT("cuModuleLoadData")
  if (int code = forbid_unsafe_call(context, "cuModuleLoadData")) {
    return code;
  }
  Image image = read_image(data, settings().major, settings().minor);
  if (image.result != SUCCESS) {
    return refuse(image.result, "%s", image.why.c_str());
  }
  auto module = std::make_unique<Module>();
  module->context = context;
  module->image = std::move(image);
  *handle = module.get();
  context->modules[*handle] = std::move(module);
  return SUCCESS;
}

API cuModuleLoadDataEx(Module** handle, const void* data, unsigned, int*, void**) {
  ENTER_CONTEXT("cuModuleLoadDataEx")
  return cuModuleLoadData(handle, data);
}

API cuModuleLoadFatBinary(Module** handle, const void* data) {
  ENTER_CONTEXT("cuModuleLoadFatBinary")
  return cuModuleLoadData(handle, data);
}

API cuModuleUnload(Module* handle) {
  ENTER_CONTEXT("cuModuleUnload")
  auto found = context->modules.find(handle);
  if (found == context->modules.end()) {
    return refuse(INVALID_HANDLE, "the module does not exist");
  }
  int code = synchronize(context);
  for (auto& [name, function] : found->second->functions) {
    context->functions.erase(function.get());
  }
  context->modules.erase(found);
  return code;
}

API cuModuleGetFunction(ModuleFunction** handle, Module* moduleHandle, const char* name) {
  ENTER_CONTEXT("cuModuleGetFunction")
  auto found = context->modules.find(moduleHandle);
  if (found == context->modules.end()) {
    return refuse(INVALID_HANDLE, "the module does not exist");
  }
  Module* module = found->second.get();
  const Function* function = find_function(name);
  if (function == nullptr) {
    return refuse(NOT_FOUND, "the emulated driver has no kernel named '%s'", name);
  }
  if (!has_kernel(module->image, name)) {
    return refuse(NOT_FOUND, "the image has no kernel named '%s'", name);
  }
  std::unique_ptr<ModuleFunction>& slot = module->functions[name];
  if (slot == nullptr) {
    slot.reset(new ModuleFunction{module, function, name});
    context->functions[slot.get()] = slot.get();
  }
  *handle = slot.get();
  return SUCCESS;
}

// Kernels here have no variables outside of them.
API cuModuleGetGlobal_v2(DevicePointer*, size_t*, Module* moduleHandle, const char* name) {
  ENTER_CONTEXT("cuModuleGetGlobal")
  if (context->modules.count(moduleHandle) == 0) {
    return refuse(INVALID_HANDLE, "the module does not exist");
  }
  return refuse(NOT_FOUND, "the emulated driver has no variable named '%s'", name);
}

API cuFuncGetModule(Module** module, ModuleFunction* handle) {
  ENTER_CONTEXT("cuFuncGetModule")
  ModuleFunction* function = find(context, handle);
  if (function == nullptr) {
    return no_function();
  }
  *module = function->module;
  return SUCCESS;
}

API cuFuncGetAttribute(int* value, int attribute, ModuleFunction* handle) {
  ENTER_CONTEXT("cuFuncGetAttribute")
  ModuleFunction* function = find(context, handle);
  if (function == nullptr) {
    return no_function();
  }
  switch (attribute) {
    case 0:  // threads per block
      *value = static_cast<int>(kernel(function).maxThreads);
      return SUCCESS;
    case 1:  // static shared bytes: known from the blocks that were executed
      *value = static_cast<int>(shared_bytes(function->function));
      return SUCCESS;
    case 4:  // registers: none here; as many as its threads can have on a GPU
      *value = static_cast<int>(std::min(255u, 65536u / kernel(function).maxThreads));
      return SUCCESS;
    case 5:  // PTX version
      *value = 80;
      return SUCCESS;
    case 6:  // binary version
      *value = settings().major * 10 + settings().minor;
      return SUCCESS;
    case 8:  // dynamic shared bytes
      *value = static_cast<int>(SHARED_BYTES - shared_bytes(function->function));
      return SUCCESS;
    default:
      if (attribute < 0 || attribute > 15) {
        return refuse(INVALID_VALUE, "there is no function attribute %d", attribute);
      }
      *value = 0;
      return SUCCESS;
  }
}

API cuFuncSetAttribute(ModuleFunction* handle, int attribute, int value) {
  ENTER_CONTEXT("cuFuncSetAttribute")
  ModuleFunction* function = find(context, handle);
  if (function == nullptr) {
    return no_function();
  }
  if (attribute == 9) {  // how much of the cache shall be shared memory: a wish
    return SUCCESS;
  }
  if (attribute != 8) {
    return refuse(INVALID_VALUE, "function attribute %d cannot be set", attribute);
  }
  return value >= 0 && static_cast<size_t>(value) + shared_bytes(function->function) <= SHARED_BYTES
             ? SUCCESS
             : refuse(INVALID_VALUE, "%d bytes of dynamic shared memory", value);
}

API cuFuncSetCacheConfig(ModuleFunction* handle, int) {
  ENTER_CONTEXT("cuFuncSetCacheConfig")
  return find(context, handle) == nullptr ? no_function() : SUCCESS;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, ModuleFunction* handle, int threads, size_t sharedBytes) {
  ENTER_CONTEXT("cuOccupancyMaxActiveBlocksPerMultiprocessor")
  ModuleFunction* function = find(context, handle);
  if (function == nullptr) {
    return no_function();
  }
  if (threads <= 0 || threads > 1024) {
    return refuse(INVALID_VALUE, "%d threads per block", threads);
  }
  size_t shared = sharedBytes + shared_bytes(function->function) + 1024;  // the system keeps 1 KiB of each block's
  size_t most = std::min<size_t>(32, 2048 / static_cast<size_t>((threads + 31) / 32 * 32));
  *blocks = static_cast<int>(std::min(most, 233472 / shared));
  return SUCCESS;
}

API cuLaunchKernel(ModuleFunction* handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned sharedBytes, Stream* streamHandle, void** kernelParams,
                   void** extra) {
  ENTER_CONTEXT("cuLaunchKernel")
  Stream* stream = find_stream(context, streamHandle);
  if (stream == nullptr) {
    return refuse(INVALID_HANDLE, "the stream does not exist");
  }
  ModuleFunction* function = find(context, handle);
  if (function == nullptr) {
    invalidate(stream);
    return no_function();
  }
  KernelWork work{function->function, {{gridX, gridY, gridZ}, {blockX, blockY, blockZ}}, sharedBytes, {}};
  int code = check_shape(function, work.grid, sharedBytes);
  code = code == SUCCESS ? read_parameters(function, kernelParams, extra, work.parameters) : code;
  if (code != SUCCESS) {
    invalidate(stream);
    return code;
  }
  return enqueue(stream, std::move(work));
}
