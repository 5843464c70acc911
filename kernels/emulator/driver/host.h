// Access to memory of the host that may not be there any more.
#pragma once

#include <cstddef>

namespace emulator {

// Copy as much as is there; give the number of bytes.
size_t read_host(void* to, const void* from, size_t bytes);
size_t write_host(void* to, const void* from, size_t bytes);

}  // namespace emulator
