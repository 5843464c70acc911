// Who reads a row, and the slice of them that a warp sums.
#pragma once

#include "device.cuh"

namespace longrun {

// Warps of a block that shares the readers of one row.
constexpr int SLICES = 8;

// Readers `list[from]` .. `list[to - 1]`; without a list, from .. to - 1 themselves.
struct Readers {
  const int* list;
  int from;
  int to;

  __device__ int at(int i) const { return list == nullptr ? i : list[i]; }
};

__device__ inline Readers readers_of(const ReaderLists& lists, int row, const Slots& slots) {
  if (lists.starts == nullptr) {
    return {nullptr, row, row + 1};
  }
  const int* starts = lists.perSlot ? in_slot(lists.starts, slots) : lists.starts;
  const int* list = lists.perSlot ? in_slot(lists.readers, slots) : lists.readers;
  return {list, starts[row], starts[row + 1]};
}

// Of n readers, those from n * slice / SLICES to n * (slice + 1) / SLICES.
__device__ inline Readers slice_of(const Readers& all, int slice) {
  const long long count = all.to - all.from;
  return {all.list, all.from + (int)(count * slice / SLICES), all.from + (int)(count * (slice + 1) / SLICES)};
}

}  // namespace longrun
