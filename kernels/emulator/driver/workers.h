// The threads that execute kernels, and the two libraries of kernels.
#pragma once

#include <functional>
#include <string>

#include "../library.h"

namespace emulator {

// A kernel in both libraries.
struct Function {
  const Kernel* checked;
  const Kernel* fast;
};

struct Grid {
  uint3 blocks;
  uint3 threads;
};

// Loads the libraries of kernels. Empty, or what is wrong.
const std::string& load_kernels();

// Null if no kernel is called that.
const Function* find_function(const std::string& name);

// The most shared memory that a block of the function has taken so far, in bytes.
unsigned shared_bytes(const Function* function);

// Executes `work` on the first worker thread, which alone may call `launch`, and waits for it.
void on_device(const std::function<void()>& work);

// Executes a kernel with all workers. SUCCESS, or the code of its fault, whose text is then last_fault's.
int launch(const Function* function, const Grid& grid, const char* parameters, size_t parameterBytes);

}  // namespace emulator
