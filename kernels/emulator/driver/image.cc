#include "image.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "result.h"

namespace emulator {
namespace {

constexpr uint32_t FATBIN_MAGIC = 0xba55ed50;
constexpr uint32_t WRAPPER_MAGIC = 0x466243b1;
constexpr uint32_t ELF_MAGIC = 0x464c457f;
constexpr uint16_t ELF_MACHINE_CUDA = 190;

// The layout is not documented; these fields are what cubins and PTX in files that nvcc writes agree on.
struct FatbinHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t headerBytes;
  uint64_t bytes;  // of all parts
};

struct PartHeader {
  uint16_t kind;  // 1: PTX, 2: ELF
  uint16_t version;
  uint32_t headerBytes;
  uint64_t bytes;
  uint32_t compressedBytes;  // 0: not compressed
  uint32_t unused0;
  uint16_t minor, major;  // of the format
  uint32_t architecture;  // 80 for sm_80 and compute_80
  uint64_t unused1;
  uint64_t flags;
  uint64_t unused2;
  uint64_t plainBytes;
};
static_assert(sizeof(FatbinHeader) == 16 && sizeof(PartHeader) == 64);

constexpr uint64_t COMPRESSED_FLAGS = 0x2000 | 0x8000;
constexpr uint16_t PTX = 1;
constexpr uint16_t ELF = 2;

Image refuse_image(int result, const std::string& why) {
  Image image;
  image.result = result;
  image.why = why;
  return image;
}

// An image brings no size with it, and a truncated one may end where memory does.
std::string read_all(const void* from, size_t bytes) {
  std::string result(bytes, '\0');
  result.resize(read_host(result.data(), from, bytes));
  return result;
}

bool runs(uint16_t kind, uint32_t architecture, int major, int minor) {
  uint32_t device = static_cast<uint32_t>(major * 10 + minor);
  return kind == PTX ? architecture <= device : architecture / 10 == device / 10 && architecture <= device;
}

Image read_fatbin(const void* image, const FatbinHeader& header, int major, int minor) {
  if (header.version != 1 || header.headerBytes != sizeof header || header.bytes < sizeof(PartHeader) ||
      header.bytes > size_t{1} << 31) {
    return refuse_image(INVALID_IMAGE, "the fat binary's header is damaged");
  }
  std::string parts = read_all(static_cast<const char*>(image) + sizeof header, header.bytes);
  if (parts.size() < header.bytes) {
    return refuse_image(INVALID_IMAGE, "the fat binary is truncated");
  }
  std::string found;
  PartHeader best = {};
  size_t bestAt = 0;
  for (size_t at = 0; at < parts.size();) {
    PartHeader part;
    if (parts.size() - at < sizeof part) {
      return refuse_image(INVALID_IMAGE, "the fat binary is truncated");
    }
    memcpy(&part, &parts[at], sizeof part);
    if ((part.kind != PTX && part.kind != ELF) || part.headerBytes < sizeof part ||
        part.headerBytes > parts.size() - at || part.bytes > parts.size() - at - part.headerBytes) {
      return refuse_image(INVALID_IMAGE, "a part of the fat binary is damaged or truncated");
    }
    size_t payload = at + part.headerBytes;
    bool compressed = part.compressedBytes != 0 || (part.flags & COMPRESSED_FLAGS) != 0;
    if (part.kind == ELF && !compressed && (part.bytes < 4 || memcmp(&parts[payload], "\177ELF", 4) != 0)) {
      return refuse_image(INVALID_IMAGE, "the fat binary's machine code is damaged");
    }
    found += (found.empty() ? "" : ", ") + std::string(part.kind == PTX ? "compute_" : "sm_") +
             std::to_string(part.architecture);
    // Machine code comes before PTX, a later architecture before an earlier one.
    if (runs(part.kind, part.architecture, major, minor) &&
        (best.kind < part.kind || (best.kind == part.kind && best.architecture < part.architecture))) {
      best = part;
      bestAt = payload;
    }
    at = payload + part.bytes;
  }
  if (best.kind == 0) {
    return refuse_image(NO_BINARY_FOR_GPU, "the image holds " + found + "; the device has compute capability " +
                                               std::to_string(major) + "." + std::to_string(minor));
  }
  Image result;
  bool compressed = best.compressedBytes != 0 || (best.flags & COMPRESSED_FLAGS) != 0;
  result.kind = compressed ? Image::Kind::COMPRESSED : best.kind == PTX ? Image::Kind::PTX : Image::Kind::ELF;
  result.symbols = compressed ? "" : parts.substr(bestAt, best.bytes);
  return result;
}

// ELF64: the machine is at 18, the section table's place at 40, its entries' size and number at 58 and 60, and NVIDIA
// keeps the architecture in the flags at 48: in bits 8 to 15 where the ABI version at 8 is 8, else in bits 0 to 7.
Image read_cubin(const void* image, int major, int minor) {
  std::string header = read_all(image, 64);
  if (header.size() < 64) {
    return refuse_image(INVALID_IMAGE, "the cubin is truncated");
  }
  auto field = [&](auto value, size_t at) {
    memcpy(&value, &header[at], sizeof value);
    return value;
  };
  if (field(uint16_t{}, 18) != ELF_MACHINE_CUDA) {
    return refuse_image(INVALID_IMAGE, "the ELF file is none for a GPU");
  }
  uint32_t flags = field(uint32_t{}, 48);
  uint32_t architecture = field(uint8_t{}, 8) >= 8 ? flags >> 8 & 0xff : flags & 0xff;
  if (!runs(ELF, architecture, major, minor)) {
    return refuse_image(NO_BINARY_FOR_GPU, "the image holds sm_" + std::to_string(architecture));
  }
  size_t bytes = field(uint64_t{}, 40) + size_t{field(uint16_t{}, 58)} * field(uint16_t{}, 60);
  Image result;
  result.symbols = bytes < size_t{1} << 31 ? read_all(image, bytes) : "";
  if (result.symbols.size() < bytes || bytes < 64) {
    return refuse_image(INVALID_IMAGE, "the cubin is truncated");
  }
  return result;
}

Image read_ptx(const void* image, int major, int minor) {
  Image result;
  result.kind = Image::Kind::PTX;
  const char* text = static_cast<const char*>(image);
  for (size_t end = std::string::npos; end == std::string::npos;) {
    std::string piece = read_all(text + result.symbols.size(), 65536);
    end = piece.find('\0');
    if (end == std::string::npos && piece.size() < 65536) {
      return refuse_image(INVALID_IMAGE, "the PTX text has no end");
    }
    result.symbols += piece.substr(0, end);
  }
  size_t target = result.symbols.find(".target sm_");
  if (result.symbols.find(".version") == std::string::npos || target == std::string::npos) {
    return refuse_image(INVALID_IMAGE, "the image is neither a fat binary nor a cubin nor PTX");
  }
  uint32_t architecture = static_cast<uint32_t>(atoi(&result.symbols[target + 11]));
  if (!runs(PTX, architecture, major, minor)) {
    return refuse_image(NO_BINARY_FOR_GPU, "the image is PTX for compute_" + std::to_string(architecture));
  }
  return result;
}

}  // namespace

Image read_image(const void* image, int major, int minor) {
  FatbinHeader header;
  size_t bytes = image == nullptr ? 0 : read_host(&header, image, sizeof header);
  if (bytes < sizeof header.magic) {
    return refuse_image(INVALID_IMAGE, "the image is empty");
  }
  if (header.magic == WRAPPER_MAGIC && bytes == sizeof header) {
    // What a C program has in it: a pointer to the fat binary.
    return read_image(reinterpret_cast<const void*>(header.bytes), major, minor);
  }
  if (header.magic == FATBIN_MAGIC) {
    return bytes < sizeof header ? refuse_image(INVALID_IMAGE, "the fat binary is truncated")
                                 : read_fatbin(image, header, major, minor);
  }
  if (header.magic == ELF_MAGIC) {
    return read_cubin(image, major, minor);
  }
  char first = static_cast<const char*>(image)[0];
  if (first == '/' || first == '.' || first == '\n' || first == ' ') {
    return read_ptx(image, major, minor);
  }
  char hex[16];
  snprintf(hex, sizeof hex, "0x%08x", header.magic);
  return refuse_image(INVALID_IMAGE, std::string("the image begins with ") + hex + ", which is no fat binary's number");
}

bool has_kernel(const Image& image, const std::string& name) {
  switch (image.kind) {
    case Image::Kind::COMPRESSED:
      return true;
    case Image::Kind::PTX: {
      size_t at = 0;
      while ((at = image.symbols.find(".entry " + name, at)) != std::string::npos) {
        at += 7 + name.size();
        char next = at < image.symbols.size() ? image.symbols[at] : ' ';
        if (!isalnum(static_cast<unsigned char>(next)) && next != '_') {
          return true;
        }
      }
      return false;
    }
    case Image::Kind::ELF:
      return image.symbols.find(std::string(".text.") + name + '\0') != std::string::npos;
  }
  return false;
}

}  // namespace emulator
