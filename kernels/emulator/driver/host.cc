#include "host.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace emulator {
namespace {

constexpr size_t PAGE = 4096;

// `move` is process_vm_readv or _writev, which report an unmapped page where a plain access would end the process.
template <class Move>
size_t copy(Move move, char* own, char* other, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    size_t at = reinterpret_cast<size_t>(other) + done;
    size_t piece = std::min(bytes - done, PAGE - at % PAGE);
    iovec local{own + done, piece};
    iovec remote{reinterpret_cast<void*>(at), piece};
    if (move(getpid(), &local, 1, &remote, 1, 0) != static_cast<ssize_t>(piece)) {
      break;
    }
    done += piece;
  }
  return done;
}

bool supported() {
  static const bool works = [] {
    char from = 1;
    char to = 0;
    iovec local{&to, 1};
    iovec remote{&from, 1};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
  }();
  return works;
}

}  // namespace

size_t read_host(void* to, const void* from, size_t bytes) {
  if (!supported()) {
    memcpy(to, from, bytes);
    return bytes;
  }
  return copy(process_vm_readv, static_cast<char*>(to), static_cast<char*>(const_cast<void*>(from)), bytes);
}

size_t write_host(void* to, const void* from, size_t bytes) {
  if (!supported()) {
    memcpy(to, from, bytes);
    return bytes;
  }
  return copy(process_vm_writev, static_cast<char*>(const_cast<void*>(from)), static_cast<char*>(to), bytes);
}

}  // namespace emulator
