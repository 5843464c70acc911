// The driver API: memory, copies, fills.

#include <string.h>

#include "api.h"

namespace emulator {
namespace {

void* pointer(DevicePointer address) { return reinterpret_cast<void*>(address); }

bool in_window(const void* address) {
  const Window& window = Memory::instance()->window();
  return reinterpret_cast<uintptr_t>(address) - window.base < window.bytes;
}

// What a call may be told of device memory at once; what becomes of it later shows when the work is executed.
int check_range(const void* address, size_t bytes) {
  if (bytes == 0 || Memory::instance()->find(reinterpret_cast<uintptr_t>(address), bytes) != nullptr) {
    return SUCCESS;
  }
  char where[500];
  Memory::instance()->describe(reinterpret_cast<uintptr_t>(address), where, sizeof where);
  return refuse(INVALID_VALUE, "%zu bytes at 0x%zx: %s", bytes, reinterpret_cast<size_t>(address), where);
}

int check_host(const void* address, size_t bytes) {
  if (address == nullptr && bytes != 0) {
    return refuse(INVALID_VALUE, "the host's pointer is null");
  }
  return in_window(address) ? check_range(address, bytes) : SUCCESS;
}

int enqueue_async(Context* context, Stream* handle, Work work) {
  Stream* stream = find_stream(context, handle);
  return stream == nullptr ? refuse(INVALID_HANDLE, "the stream does not exist") : enqueue(stream, std::move(work));
}

// A call that fails while a stream is captured makes the capture invalid.
int fail_async(Context* context, Stream* handle, int code) {
  if (Stream* stream = find_stream(context, handle)) {
    invalidate(stream);
  }
  return code;
}

int fill_async(Context* context, DevicePointer to, unsigned value, unsigned width, size_t count, Stream* stream) {
  if (to % width != 0) {
    return fail_async(context, stream, refuse(INVALID_VALUE, "the address is not a multiple of %u", width));
  }
  if (int code = check_range(pointer(to), width * count)) {
    return fail_async(context, stream, code);
  }
  return enqueue_async(context, stream, FillWork{pointer(to), value, width, count});
}

// Executes what the legacy stream has to have done before a synchronous copy.
int before_copy(Context* context, const char* call) {
  ++counters().synchronizations;
  if (int code = forbid_unsafe_call(context, call)) {
    return code;
  }
  if (int code = enqueue(context->legacy.get(), EmptyWork{})) {
    return code;
  }
  return synchronize(context->legacy.get());
}

}  // namespace
}  // namespace emulator

using namespace emulator;

API cuMemGetInfo_v2(size_t* free, size_t* total) {
  ENTER_CONTEXT("cuMemGetInfo")
  unsigned long long used = Memory::instance()->device_bytes();
  *total = settings().memoryBytes;
  *free = used > *total ? 0 : *total - used;
  return SUCCESS;
}

API cuMemAlloc_v2(DevicePointer* address, size_t bytes) {
  ENTER_CONTEXT("cuMemAlloc")
  if (int code = forbid_unsafe_call(context, "cuMemAlloc")) {
    return code;
  }
  if (bytes == 0) {
    return refuse(INVALID_VALUE, "an allocation of 0 bytes");
  }
  unsigned long long used = Memory::instance()->device_bytes();
  unsigned long long total = settings().memoryBytes;
  if (used > total || bytes > total - used) {
    return refuse(OUT_OF_MEMORY, "%zu bytes; %llu of the device's %llu are in use", bytes, used, total);
  }
  *address = Memory::instance()->allocate(bytes, MemoryKind::DEVICE, context);
  return *address == 0 ? refuse(OUT_OF_MEMORY, "this machine has no %zu bytes for the emulated device", bytes)
                       : SUCCESS;
}

API cuMemFree_v2(DevicePointer address) {
  ENTER_CONTEXT("cuMemFree")
  if (address == 0) {
    return SUCCESS;
  }
  if (int code = forbid_unsafe_call(context, "cuMemFree")) {
    return code;
  }
  int code = synchronize(context);
  if (!Memory::instance()->free(address, MemoryKind::DEVICE)) {
    return refuse(INVALID_VALUE, "no allocation begins at 0x%llx", address);
  }
  return code;
}

API cuMemGetAddressRange_v2(DevicePointer* base, size_t* bytes, DevicePointer address) {
  ENTER_CONTEXT("cuMemGetAddressRange")
  const Allocation* found = Memory::instance()->find(address, 1);
  if (found == nullptr) {
    return refuse(NOT_FOUND, "0x%llx belongs to no allocation", address);
  }
  if (base != nullptr) {
    *base = found->address;
  }
  if (bytes != nullptr) {
    *bytes = found->bytes;
  }
  return SUCCESS;
}

API cuMemHostAlloc(void** address, size_t bytes, unsigned flags) {
  ENTER_CONTEXT("cuMemHostAlloc")
  if (int code = forbid_unsafe_call(context, "cuMemHostAlloc")) {
    return code;
  }
  if (bytes == 0 || flags > 7) {
    return refuse(INVALID_VALUE, "%zu bytes, flags %u", bytes, flags);
  }
  *address = pointer(Memory::instance()->allocate(bytes, MemoryKind::PINNED, context));
  return *address == nullptr ? OUT_OF_MEMORY : SUCCESS;
}

API cuMemAllocHost_v2(void** address, size_t bytes) {
  ENTER_CONTEXT("cuMemAllocHost")
  return cuMemHostAlloc(address, bytes, 0);
}

API cuMemFreeHost(void* address) {
  ENTER_CONTEXT("cuMemFreeHost")
  if (int code = forbid_unsafe_call(context, "cuMemFreeHost")) {
    return code;
  }
  int code = synchronize(context);
  if (!Memory::instance()->free(reinterpret_cast<uintptr_t>(address), MemoryKind::PINNED)) {
    return refuse(INVALID_VALUE, "no pinned allocation begins at %p", address);
  }
  return code;
}

API cuMemHostGetDevicePointer_v2(DevicePointer* device, void* host, unsigned) {
  ENTER_CONTEXT("cuMemHostGetDevicePointer")
  *device = reinterpret_cast<DevicePointer>(host);
  return check_range(host, 1);
}

// ---- Copies.

// Memory that is not pinned is read at the call, but may reach the device later: only the legacy stream waits for that.
API cuMemcpyHtoD_v2(DevicePointer to, const void* from, size_t bytes) {
  ENTER_CONTEXT("cuMemcpyHtoD")
  int code = check_range(pointer(to), bytes);
  code = code == SUCCESS ? check_host(from, bytes) : code;
  code = code == SUCCESS ? before_copy(context, "cuMemcpyHtoD") : code;
  if (code != SUCCESS || bytes == 0) {
    return code;
  }
  if (in_window(from)) {
    memmove(pointer(to), from, bytes);
    return SUCCESS;
  }
  const char* begin = static_cast<const char*>(from);
  return enqueue(context->legacy.get(),
                 CopyWork{pointer(to), nullptr, bytes, std::make_shared<std::vector<char>>(begin, begin + bytes)});
}

API cuMemcpyDtoH_v2(void* to, DevicePointer from, size_t bytes) {
  ENTER_CONTEXT("cuMemcpyDtoH")
  int code = check_range(pointer(from), bytes);
  code = code == SUCCESS ? check_host(to, bytes) : code;
  code = code == SUCCESS ? before_copy(context, "cuMemcpyDtoH") : code;
  if (code == SUCCESS && bytes != 0) {
    memmove(to, pointer(from), bytes);
  }
  return code;
}

API cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes, Stream* stream) {
  ENTER_CONTEXT("cuMemcpyDtoDAsync")
  int code = check_range(pointer(to), bytes);
  code = code == SUCCESS ? check_range(pointer(from), bytes) : code;
  return code == SUCCESS ? enqueue_async(context, stream, CopyWork{pointer(to), pointer(from), bytes, nullptr})
                         : fail_async(context, stream, code);
}

API cuMemcpyDtoD_v2(DevicePointer to, DevicePointer from, size_t bytes) {
  ENTER_CONTEXT("cuMemcpyDtoD")
  return cuMemcpyDtoDAsync_v2(to, from, bytes, nullptr);
}

API cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, size_t bytes, Stream* stream) {
  ENTER_CONTEXT("cuMemcpyHtoDAsync")
  int code = check_range(pointer(to), bytes);
  code = code == SUCCESS ? check_host(from, bytes) : code;
  return code == SUCCESS ? enqueue_async(context, stream, CopyWork{pointer(to), from, bytes, nullptr})
                         : fail_async(context, stream, code);
}

API cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, size_t bytes, Stream* stream) {
  ENTER_CONTEXT("cuMemcpyDtoHAsync")
  int code = check_range(pointer(from), bytes);
  code = code == SUCCESS ? check_host(to, bytes) : code;
  return code == SUCCESS ? enqueue_async(context, stream, CopyWork{to, pointer(from), bytes, nullptr})
                         : fail_async(context, stream, code);
}

// ---- Fills.

API cuMemsetD8Async(DevicePointer to, unsigned char value, size_t count, Stream* stream) {
  ENTER_CONTEXT("cuMemsetD8Async")
  return fill_async(context, to, value, 1, count, stream);
}

API cuMemsetD16Async(DevicePointer to, unsigned short value, size_t count, Stream* stream) {
  ENTER_CONTEXT("cuMemsetD16Async")
  return fill_async(context, to, value, 2, count, stream);
}

API cuMemsetD32Async(DevicePointer to, unsigned value, size_t count, Stream* stream) {
  ENTER_CONTEXT("cuMemsetD32Async")
  return fill_async(context, to, value, 4, count, stream);
}

API cuMemsetD8_v2(DevicePointer to, unsigned char value, size_t count) {
  ENTER_CONTEXT("cuMemsetD8")
  return fill_async(context, to, value, 1, count, nullptr);
}

API cuMemsetD16_v2(DevicePointer to, unsigned short value, size_t count) {
  ENTER_CONTEXT("cuMemsetD16")
  return fill_async(context, to, value, 2, count, nullptr);
}

API cuMemsetD32_v2(DevicePointer to, unsigned value, size_t count) {
  ENTER_CONTEXT("cuMemsetD32")
  return fill_async(context, to, value, 4, count, nullptr);
}
