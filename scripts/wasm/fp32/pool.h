/* Max-pooling of 2x2. */
#pragma once
#include "convolution.h"

/* MLAS_POOL_WORK_BLOCK (pooling.cpp) */
typedef struct {
  uint32_t kind, input[3], input_size, output[3];
  int64_t kernel[3], padding[6], stride[3];
} Pooling;

/* The largest of each 2x2, of `channels` planes. Answers 0, with nothing done, for what it does not know. */
EXPORT(max_pool) int max_pool(const Pooling *p, uint32_t channels, const float *input, float *output) {
  const uint32_t width = p->input[1], out_height = p->output[0], out_width = p->output[1];
  if (p->kernel[0] != 2 || p->kernel[1] != 2 || p->stride[0] != 2 || p->stride[1] != 2 || p->padding[0] != 0 ||
      p->padding[1] != 0 || out_width < 4 || 2 * out_width > width || 2 * out_height > p->input[0])
    return 0;
  for (uint32_t c = 0; c < channels; c++, input += p->input_size) {
    for (uint32_t y = 0; y < out_height; y++, output += out_width) {
      const float *upper = input + 2 * y * width, *lower = upper + width;
      for (uint32_t x = 0; x < out_width; x += 4) {
        if (x + 4 > out_width) x = out_width - 4;
        const v128_t low = wasm_f32x4_max(wasm_v128_load(upper + 2 * x), wasm_v128_load(lower + 2 * x));
        const v128_t high = wasm_f32x4_max(wasm_v128_load(upper + 2 * x + 4), wasm_v128_load(lower + 2 * x + 4));
        const v128_t even = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6), odd = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
        wasm_v128_store(output + x, wasm_f32x4_max(even, odd));
      }
    }
  }
  return 1;
}
