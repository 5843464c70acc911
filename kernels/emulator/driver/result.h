// Error codes of the driver API (CUresult), with what they are called and say.
#pragma once

#include <string>

namespace emulator {

enum Result : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  SHARED_OBJECT_INIT_FAILED = 303,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_OUT_OF_RESOURCES = 701,
  PRIMARY_CONTEXT_ACTIVE = 708,
  CONTEXT_IS_DESTROYED = 709,
  MISALIGNED_ADDRESS = 716,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801,
  STREAM_CAPTURE_UNSUPPORTED = 900,
  STREAM_CAPTURE_INVALIDATED = 901,
  STREAM_CAPTURE_MERGE = 902,
  STREAM_CAPTURE_UNMATCHED = 903,
  STREAM_CAPTURE_UNJOINED = 904,
  STREAM_CAPTURE_ISOLATION = 905,
  STREAM_CAPTURE_IMPLICIT = 906,
  CAPTURED_EVENT = 907,
  STREAM_CAPTURE_WRONG_THREAD = 908,
  UNKNOWN = 999,
};

struct ResultText {
  int code;
  const char* name;
  const char* text;
};

// Null for a number that is no error code.
const ResultText* result_text(int code);

// Keeps `code` from the calling thread's present call, with what cuGetErrorString shall say of it.
[[gnu::format(printf, 2, 3)]] int refuse(int code, const char* format, ...);

// What the thread's last call that failed had to say of `code`; null if nothing.
const char* refusal(int code);
void forget_refusal();

}  // namespace emulator
