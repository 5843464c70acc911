// The driver API: the driver itself, devices, contexts, errors.

#include <string.h>

#include <array>

#include "api.h"

namespace emulator {

bool& initialized() {
  static bool value = false;
  return value;
}

namespace {

// What the device says of itself, by CUdevice_attribute: of the numbers that programs plan by, those of an H100; of
// what is not here, 0.
struct Attribute {
  int number;
  int value;
};
constexpr Attribute ATTRIBUTES[] = {
    {1, 1024},         // threads per block
    {2, 1024},         // block x
    {3, 1024},         // block y
    {4, 64},           // block z
    {5, 2147483647},   // grid x
    {6, 65535},        // grid y
    {7, 65535},        // grid z
    {8, 49152},        // shared bytes per block
    {9, 65536},        // constant bytes
    {10, 32},          // warp
    {11, 2147483647},  // pitch
    {12, 65536},       // registers per block
    {13, 1980000},     // clock, kHz
    {14, 512},         // texture alignment
    {15, 1},           // copies while kernels run
    {16, 132},         // multiprocessors
    {19, 1},           // can map host memory
    {31, 1},           // concurrent kernels
    {36, 2619000},     // memory clock, kHz
    {37, 5120},        // memory bus, bits
    {38, 52428800},    // L2 bytes
    {39, 2048},        // threads per multiprocessor
    {40, 1},           // copy engines
    {41, 1},           // unified addressing
    {78, 1},           // stream priorities
    {81, 233472},      // shared bytes per multiprocessor
    {82, 65536},       // registers per multiprocessor
    {97, 49152},       // shared bytes per block, opted in
    {106, 32},         // blocks per multiprocessor
};
constexpr int CAPABILITY_MAJOR = 75;
constexpr int CAPABILITY_MINOR = 76;
constexpr int MAX_ATTRIBUTE = 140;

constexpr int DRIVER_VERSION = 12060;

struct Primary {
  Context* context = nullptr;
  int uses = 0;
  unsigned flags = 0;
};

Primary& primary(int device) {
  static auto* all = new std::map<int, Primary>();
  return (*all)[device];
}

int check_device(int device) {
  return device >= 0 && device < settings().devices
             ? SUCCESS
             : refuse(INVALID_DEVICE, "device %d of %d", device, settings().devices);
}

void close_primary(int device) {
  Primary& one = primary(device);
  if (one.context != nullptr) {
    destroy_context(one.context);
    one.context = nullptr;
  }
}

}  // namespace
}  // namespace emulator

using namespace emulator;

API cuInit(unsigned flags) {
  ENTER("cuInit")
  if (flags != 0) {
    return refuse(INVALID_VALUE, "flags are 0");
  }
  if (!load_kernels().empty()) {
    return refuse(SHARED_OBJECT_INIT_FAILED, "%s", load_kernels().c_str());
  }
  if (settings().devices == 0) {
    return NO_DEVICE;
  }
  initialized() = true;
  return SUCCESS;
}

API cuDriverGetVersion(int* version) {
  ENTER("cuDriverGetVersion")
  if (version == nullptr) {
    return INVALID_VALUE;
  }
  *version = DRIVER_VERSION;
  return SUCCESS;
}

API cuGetErrorName(int code, const char** name) {
  const ResultText* text = result_text(code);
  *name = text == nullptr ? nullptr : text->name;
  return text == nullptr ? INVALID_VALUE : SUCCESS;
}

// Of the error that the thread's last call gave, and of the last kernel's fault: what exactly was wrong.
API cuGetErrorString(int code, const char** string) {
  std::lock_guard guard(driver_lock());
  const ResultText* text = result_text(code);
  if (const char* special = refusal(code)) {
    *string = special;
    return SUCCESS;
  }
  if (code != SUCCESS && last_fault().code == code) {
    *string = last_fault().text.c_str();
    return SUCCESS;
  }
  *string = text == nullptr ? nullptr : text->text;
  return text == nullptr ? INVALID_VALUE : SUCCESS;
}

// ---- Devices.

API cuDeviceGetCount(int* count) {
  ENTER_DRIVER("cuDeviceGetCount")
  *count = settings().devices;
  return SUCCESS;
}

API cuDeviceGet(int* device, int ordinal) {
  ENTER_DRIVER("cuDeviceGet")
  *device = ordinal;
  return check_device(ordinal);
}

API cuDeviceGetName(char* name, int size, int device) {
  ENTER_DRIVER("cuDeviceGetName")
  if (int code = check_device(device)) {
    return code;
  }
  if (name == nullptr || size <= 0) {
    return INVALID_VALUE;
  }
  snprintf(name, static_cast<size_t>(size), "longrun emulated device");
  return SUCCESS;
}

API cuDeviceGetUuid(char* uuid, int device) {
  ENTER_DRIVER("cuDeviceGetUuid")
  if (int code = check_device(device)) {
    return code;
  }
  memset(uuid, 0, 16);
  memcpy(uuid, "longrun emulate", 15);
  uuid[15] = static_cast<char>(device);
  return SUCCESS;
}
API cuDeviceGetUuid_v2(char* uuid, int device) { return cuDeviceGetUuid(uuid, device); }

API cuDeviceTotalMem_v2(size_t* bytes, int device) {
  ENTER_DRIVER("cuDeviceTotalMem")
  *bytes = settings().memoryBytes;
  return check_device(device);
}

API cuDeviceGetAttribute(int* value, int attribute, int device) {
  ENTER_DRIVER("cuDeviceGetAttribute")
  if (int code = check_device(device)) {
    return code;
  }
  if (attribute <= 0 || attribute > MAX_ATTRIBUTE) {
    return refuse(INVALID_VALUE, "there is no device attribute %d", attribute);
  }
  *value = attribute == CAPABILITY_MAJOR ? settings().major : attribute == CAPABILITY_MINOR ? settings().minor : 0;
  for (const Attribute& one : ATTRIBUTES) {
    *value = one.number == attribute ? one.value : *value;
  }
  return SUCCESS;
}

API cuDeviceComputeCapability(int* major, int* minor, int device) {
  ENTER_DRIVER("cuDeviceComputeCapability")
  *major = settings().major;
  *minor = settings().minor;
  return check_device(device);
}

// ---- Primary contexts.

API cuDevicePrimaryCtxRetain(Context** context, int device) {
  ENTER_DRIVER("cuDevicePrimaryCtxRetain")
  if (int code = check_device(device)) {
    return code;
  }
  Primary& one = primary(device);
  if (one.context == nullptr) {
    one.context = make_context(device, true);
  }
  ++one.uses;
  *context = one.context;
  return SUCCESS;
}

API cuDevicePrimaryCtxRelease_v2(int device) {
  ENTER_DRIVER("cuDevicePrimaryCtxRelease")
  if (int code = check_device(device)) {
    return code;
  }
  Primary& one = primary(device);
  if (one.uses == 0) {
    return refuse(INVALID_CONTEXT, "the primary context is not retained");
  }
  if (--one.uses == 0) {
    close_primary(device);
  }
  return SUCCESS;
}

API cuDevicePrimaryCtxReset_v2(int device) {
  ENTER_DRIVER("cuDevicePrimaryCtxReset")
  if (int code = check_device(device)) {
    return code;
  }
  close_primary(device);
  return SUCCESS;
}

API cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) {
  ENTER_DRIVER("cuDevicePrimaryCtxSetFlags")
  primary(device).flags = flags;
  return check_device(device);
}

API cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  ENTER_DRIVER("cuDevicePrimaryCtxGetState")
  *flags = primary(device).flags;
  *active = primary(device).context != nullptr;
  return check_device(device);
}

// ---- Contexts.

API cuCtxCreate_v2(Context** context, unsigned, int device) {
  ENTER_DRIVER("cuCtxCreate")
  if (int code = check_device(device)) {
    return code;
  }
  *context = make_context(device, false);
  current_contexts().push_back(*context);
  return SUCCESS;
}

API cuCtxDestroy_v2(Context* context) {
  ENTER_DRIVER("cuCtxDestroy")
  auto found = contexts().find(context);
  if (found == contexts().end() || context->primary) {
    return refuse(INVALID_CONTEXT, "the context is %s", found == contexts().end() ? "none" : "a primary one");
  }
  if (!current_contexts().empty() && current_contexts().back() == context) {
    current_contexts().pop_back();
  }
  destroy_context(context);
  return SUCCESS;
}

API cuCtxSetCurrent(Context* context) {
  ENTER_DRIVER("cuCtxSetCurrent")
  if (context != nullptr && contexts().count(context) == 0) {
    return refuse(INVALID_CONTEXT, "the context does not exist");
  }
  std::vector<Context*>& stack = current_contexts();
  if (!stack.empty()) {
    stack.pop_back();
  }
  if (context != nullptr) {
    stack.push_back(context);
  }
  return SUCCESS;
}

API cuCtxGetCurrent(Context** context) {
  ENTER_DRIVER("cuCtxGetCurrent")
  *context = current_contexts().empty() ? nullptr : current_contexts().back();
  return SUCCESS;
}

API cuCtxPushCurrent_v2(Context* context) {
  ENTER_DRIVER("cuCtxPushCurrent")
  if (contexts().count(context) == 0) {
    return refuse(INVALID_CONTEXT, "the context does not exist");
  }
  current_contexts().push_back(context);
  return SUCCESS;
}

API cuCtxPopCurrent_v2(Context** context) {
  ENTER_DRIVER("cuCtxPopCurrent")
  std::vector<Context*>& stack = current_contexts();
  if (stack.empty()) {
    return refuse(INVALID_CONTEXT, "no context is current to this thread");
  }
  if (context != nullptr) {
    *context = stack.back();
  }
  stack.pop_back();
  return SUCCESS;
}

API cuCtxGetDevice(int* device) {
  ENTER_CONTEXT("cuCtxGetDevice")
  *device = context->device;
  return SUCCESS;
}

API cuCtxSynchronize() {
  ENTER_CONTEXT("cuCtxSynchronize")
  ++counters().synchronizations;
  int code = forbid_capture(context, "cuCtxSynchronize");
  return code == SUCCESS ? synchronize(context) : code;
}
