// Kernel images: what cuModuleLoadData is given.
#pragma once

#include <string>

namespace emulator {

// A part of an image that the device can execute.
struct Image {
  int result = 0;       // INVALID_IMAGE or NO_BINARY_FOR_GPU where there is none
  std::string why;      // with those
  std::string symbols;  // the part's bytes, in which kernels' names can be looked for
  enum class Kind { ELF, PTX, COMPRESSED } kind = Kind::ELF;
};

// Takes from a fat binary, a cubin or PTX text what a device of that compute capability executes: machine code of the
// same major and at most its minor version, the latest of them, or else PTX of at most its version.
Image read_image(const void* image, int major, int minor);

// Whether the image holds the kernel; true as well where it is compressed and cannot tell.
bool has_kernel(const Image& image, const std::string& name);

}  // namespace emulator
