// Elementwise non-linearities and their derivatives.
#pragma once

#include "device.cuh"

namespace longrun {

// The standard normal distribution function, 0.5 * (1 + erf(x / sqrt 2)); by erfc where x is negative, which keeps the
// relative accuracy of the tail.
__device__ inline float normal_cdf(float x) {
  constexpr float ROOT_HALF = 0.70710678118654752f;
  return 0.5f * erfcf(-x * ROOT_HALF);
}

__device__ inline float activate(float x, int activation) {
  switch (activation) {
    case ACTIVATION_RELU:
      return x > 0.0f ? x : (x <= 0.0f ? 0.0f : x);  // NaN stays NaN
    case ACTIVATION_GELU:
      return x * normal_cdf(x);
    case ACTIVATION_SQUARE:
      return x * x;
    default:
      return x;
  }
}

// The derivative, from what the forward pass kept: the output for ReLU (its sign is the argument's), else the argument.
__device__ inline float activation_derivative(float saved, int activation) {
  constexpr float INVERSE_ROOT_TWO_PI = 0.39894228040143268f;
  switch (activation) {
    case ACTIVATION_RELU:
      return saved > 0.0f ? 1.0f : 0.0f;
    case ACTIVATION_GELU:
      return fmaf(saved * INVERSE_ROOT_TWO_PI, expf(-0.5f * saved * saved), normal_cdf(saved));
    case ACTIVATION_SQUARE:
      return 2.0f * saved;
    default:
      return 1.0f;
  }
}

}  // namespace longrun
