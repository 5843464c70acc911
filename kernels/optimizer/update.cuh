// What adamw and gradient_sums share: a thread's 4 elements, and the Grokfast filter.
#pragma once

#include "../common/block_sum.cuh"

namespace longrun {

struct Elements {
  float at[4];
};

__device__ inline Elements load_elements(const float* from) {
  float4 v = load4(from);
  return {{v.x, v.y, v.z, v.w}};
}

__device__ inline void store_elements(float* to, const Elements& v) {
  store4(to, make_float4(v.at[0], v.at[1], v.at[2], v.at[3]));
}

// Grokfast-EMA (Lee et al. 2024): mu = keep * mu + take * g, g += lambda * mu; at the first step keep = 0, take = 1,
// and what mu was does not matter.
__device__ inline void filter(Elements& g, Elements& mu, float keep, float take, float lambda) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float kept = keep == 0.0f ? 0.0f : mu.at[i] * keep;
    mu.at[i] = kept + g.at[i] * take;
    g.at[i] = fmaf(mu.at[i], lambda, g.at[i]);
  }
}

}  // namespace longrun
