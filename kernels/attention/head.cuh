// How a warp works on the columns of one head, and on rows found through sources.
//
// A head's columns start anywhere in a padded row: on 16 bytes if dHead is a multiple of 4, on 4 bytes otherwise. A
// shape says how many lanes hold a row of the head, so that narrow heads leave no lane idle: the other lanes hold other
// rows.
#pragma once

#include "../common/device.cuh"

namespace longrun {

// LANES neighbouring lanes hold FLOATS neighbouring floats each of a row; the warp holds ROWS rows at once. A head
// wider than COLUMNS is worked on in blocks of that many columns.
template <int LANE_FLOATS, int ROW_LANES>
struct HeadShape {
  static constexpr int FLOATS = LANE_FLOATS;
  static constexpr int LANES = ROW_LANES;
  static constexpr int ROWS = WARP / LANES;
  static constexpr int COLUMNS = LANES * FLOATS;
};

// Calls body(shape) with the shape for heads of this width; the choice depends on the width alone.
template <class Body>
__device__ inline void with_head_shape(int dHead, const Body& body) {
  if (dHead % 4 != 0) {
    if (dHead > 8) {
      body(HeadShape<1, 32>());
    } else {
      body(HeadShape<1, 8>());
    }
  } else if (dHead > 64) {
    body(HeadShape<4, 32>());
  } else if (dHead > 32) {
    body(HeadShape<4, 16>());
  } else if (dHead > 16) {
    body(HeadShape<4, 8>());
  } else {
    body(HeadShape<4, 4>());
  }
}

// Which lane this is.
struct Lane {
  int number;  // in the warp
  int warp;    // in the block
};

__device__ inline Lane this_lane() { return {(int)threadIdx.x % WARP, (int)threadIdx.x / WARP}; }

// The first of a lane's columns, and which of the rows held at once is the lane's.
template <class Shape>
__device__ inline int first_column(const Lane& lane) {
  return lane.number % Shape::LANES * Shape::FLOATS;
}
template <class Shape>
__device__ inline int row_in_warp(const Lane& lane) {
  return lane.number / Shape::LANES;
}

// A lane's floats of a row of the head, from `from` on; zero if they are not there.
template <class Shape>
__device__ inline void load_row(float (&to)[Shape::FLOATS], const float* from, bool present) {
  if constexpr (Shape::FLOATS == 4) {
    const float4 v = present ? load4(from) : float4{0.0f, 0.0f, 0.0f, 0.0f};
    to[0] = v.x;
    to[1] = v.y;
    to[2] = v.z;
    to[3] = v.w;
  } else {
    to[0] = present ? *from : 0.0f;
  }
}

template <class Shape>
__device__ inline void store_row(float* row, const float (&from)[Shape::FLOATS], int column, int columns) {
  if (column < columns) {
    if constexpr (Shape::FLOATS == 4) {
      store4(row + column, float4{from[0], from[1], from[2], from[3]});
    } else {
      row[column] = from[0];
    }
  }
}

// The sum over the lanes of one row; each of them has it.
template <class Shape>
__device__ inline float sum_over_row(float value) {
#pragma unroll
  for (int distance = Shape::LANES / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(WHOLE_WARP, value, distance);
  }
  return value;
}

// The sum over the rows that the warp holds, for each column; every row has it.
template <class Shape>
__device__ inline void sum_over_rows(float (&value)[Shape::FLOATS]) {
#pragma unroll
  for (int distance = WARP / 2; distance >= Shape::LANES; distance /= 2) {
#pragma unroll
    for (int i = 0; i < Shape::FLOATS; ++i) {
      value[i] += __shfl_xor_sync(WHOLE_WARP, value[i], distance);
    }
  }
}

template <int FLOATS>
__device__ inline void set_zero(float (&value)[FLOATS]) {
#pragma unroll
  for (int i = 0; i < FLOATS; ++i) {
    value[i] = 0.0f;
  }
}

// sum += factor * row
template <int FLOATS>
__device__ inline void add_scaled(float (&sum)[FLOATS], float factor, const float (&row)[FLOATS]) {
#pragma unroll
  for (int i = 0; i < FLOATS; ++i) {
    sum[i] = fmaf(factor, row[i], sum[i]);
  }
}

// Steps of ROWS rows whose loads are in flight together, where there are as many.
constexpr int AHEAD = 2;

// Zero in the padding of a row of all heads. For one warp.
__device__ inline void clear_padding(float* row, int columns, const Lane& lane) {
  if (columns + lane.number < padded(columns)) {
    row[columns + lane.number] = 0.0f;
  }
}

// Key rows or value rows of one reader: a head of the row that it finds at each position.
struct HeadRows {
  const Source* sources;  // one for each position
  int reader;
  int entry;  // of the sources' tables: the reader, or its example
  int column;  // where the head begins
  int dHead;

  __device__ const float* at(int position, const Slots& slots) const {
    const Source source = sources[position];
    const int row = source.table == nullptr ? reader : source.table[entry];
    return in_slot(source.rows, slots) + (long long)row * source.stride + column;
  }
};

// The rows of STEPS * ROWS positions from first + step, of which those below `count` exist.
template <class Shape, int STEPS>
__device__ inline void load_positions(float (&to)[STEPS][Shape::FLOATS], const HeadRows& rows, int first, int step,
                                      int count, int column, const Lane& lane, const Slots& slots) {
  const float* at[STEPS];
#pragma unroll
  for (int i = 0; i < STEPS; ++i) {
    const int position = step + i * Shape::ROWS + row_in_warp<Shape>(lane);
    at[i] = position < count ? rows.at(first + position, slots) + column : nullptr;
  }
#pragma unroll
  for (int i = 0; i < STEPS; ++i) {
    load_row<Shape>(to[i], at[i], at[i] != nullptr && column < rows.dHead);
  }
}

template <class Shape, int STEPS>
__device__ inline float dot_step(float dots, const float (&left)[Shape::FLOATS], const HeadRows& rows, int first,
                                 int step, int count, int column, const Lane& lane, const Slots& slots) {
  float right[STEPS][Shape::FLOATS];
  load_positions<Shape, STEPS>(right, rows, first, step, count, column, lane, slots);
#pragma unroll
  for (int i = 0; i < STEPS; ++i) {
    float dot = 0.0f;
#pragma unroll
    for (int j = 0; j < Shape::FLOATS; ++j) {
      dot = fmaf(left[j], right[i][j], dot);
    }
    dot = sum_over_row<Shape>(dot);
    // From the lanes that hold the position's row to the lane of the position's number.
    const int row = lane.number - (step + i * Shape::ROWS);
    const float theirs = __shfl_sync(WHOLE_WARP, dot, (row & (Shape::ROWS - 1)) * Shape::LANES);
    dots += row >= 0 && row < Shape::ROWS ? theirs : 0.0f;
  }
  return dots;
}

// In lane i the product of `left` with the row at position first + i, of which there are `count`, at most a warp.
template <class Shape>
__device__ inline float dots(const float* left, const HeadRows& rows, int first, int count, const Lane& lane,
                             const Slots& slots) {
  float result = 0.0f;
  for (int block = 0; block < rows.dHead; block += Shape::COLUMNS) {
    const int column = block + first_column<Shape>(lane);
    float mine[Shape::FLOATS];
    load_row<Shape>(mine, left + column, column < rows.dHead);
    for (int step = 0; step < count;) {
      if (step + Shape::ROWS < count) {
        result = dot_step<Shape, AHEAD>(result, mine, rows, first, step, count, column, lane, slots);
        step += AHEAD * Shape::ROWS;
      } else {
        result = dot_step<Shape, 1>(result, mine, rows, first, step, count, column, lane, slots);
        step += Shape::ROWS;
      }
    }
  }
  return result;
}

template <class Shape, int STEPS>
__device__ inline void combine_step(float (&sum)[Shape::FLOATS], float weight, const HeadRows& rows, int first,
                                    int step, int count, int column, const Lane& lane, const Slots& slots) {
  float row[STEPS][Shape::FLOATS];
  load_positions<Shape, STEPS>(row, rows, first, step, count, column, lane, slots);
#pragma unroll
  for (int i = 0; i < STEPS; ++i) {
    const int position = step + i * Shape::ROWS + row_in_warp<Shape>(lane);
    add_scaled(sum, __shfl_sync(WHOLE_WARP, weight, position), row[i]);
  }
}

// Adds weight * row over `count` positions from `first` on, at most a warp; lane i has the weight of position first +
// i, and lanes from `count` on have zero. The warp's rows have partial sums until sum_over_rows.
template <class Shape>
__device__ inline void combine(float (&sum)[Shape::FLOATS], float weight, const HeadRows& rows, int first, int count,
                               int column, const Lane& lane, const Slots& slots) {
  for (int step = 0; step < count;) {
    if (step + Shape::ROWS < count) {
      combine_step<Shape, AHEAD>(sum, weight, rows, first, step, count, column, lane, slots);
      step += AHEAD * Shape::ROWS;
    } else {
      combine_step<Shape, 1>(sum, weight, rows, first, step, count, column, lane, slots);
      step += Shape::ROWS;
    }
  }
}

}  // namespace longrun
