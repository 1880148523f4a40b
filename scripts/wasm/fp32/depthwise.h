/* Depthwise convolutions, whose windows slide over one channel. */
#pragma once
#include "convolution.h"

/* Numbers that vectors may read beyond the last row. */
enum { SLACK = 16 };

/*
 * Inputs of `side` weights of a row of windows: for each four numbers, `stride` (1 or 2) apart. The last that is
 * read is `in[7]`, with a stride of 2 `in[side + 6]`.
 */
INLINE void taps(const float *in, const int side, const int stride, v128_t *x) {
  if (stride == 1) {
    const v128_t low = wasm_v128_load(in), high = wasm_v128_load(in + 4);
    x[0] = low;
    x[1] = wasm_i32x4_shuffle(low, high, 1, 2, 3, 4);
    x[2] = wasm_i32x4_shuffle(low, high, 2, 3, 4, 5);
    if (side > 3) {
      x[3] = wasm_i32x4_shuffle(low, high, 3, 4, 5, 6);
      x[4] = high;
    }
    return;
  }
#pragma unroll
  for (int k = 0; k < side; k += 2) {
    const v128_t low = wasm_v128_load(in + k), high = wasm_v128_load(in + k + 4);
    x[k] = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
    if (k + 1 < side) x[k + 1] = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  }
}

/* Four outputs of each of `height` rows, one or two. */
INLINE void windows(const int height, const int side, const int stride, const float *in, uint32_t width, const v128_t *weights,
                    float *out, uint32_t out_width, v128_t bias, Limits limits) {
  v128_t sums[2] = {bias, bias};
#pragma unroll
  for (int r = 0; r < side + (height - 1) * stride; r++, in += width) {
    v128_t x[5];
    taps(in, side, stride, x);
#pragma unroll
    for (int k = 0; k < side; k++) {
      if (r < side) sums[0] = MADD(x[k], weights[r * side + k], sums[0]);
      if (height > 1 && r >= stride) sums[1] = MADD(x[k], weights[(r - stride) * side + k], sums[1]);
    }
  }
  wasm_v128_store(out, clipped(sums[0], limits));
  if (height > 1) wasm_v128_store(out + out_width, clipped(sums[1], limits));
}

/* Convolution of one channel, padded already. The last rows and columns may be made twice, to be made in fours. */
INLINE void plane(const int side, const int stride, const float *in, uint32_t width, const float *filter, float *out,
                  uint32_t out_height, uint32_t out_width, v128_t bias, Limits limits) {
  v128_t weights[25];
#pragma unroll
  for (int i = 0; i < side * side; i++) weights[i] = wasm_v128_load32_splat(filter + i);
#define COLUMNS(height)                                                                                                      \
  for (uint32_t x = 0; x < out_width; x += 4) {                                                                              \
    if (x + 4 > out_width) x = out_width - 4;                                                                                \
    windows(height, side, stride, in + y * stride * width + x * stride, width, weights, out + y * out_width + x, out_width, \
            bias, limits);                                                                                              \
  }
  uint32_t y = 0;
  for (; y + 2 <= out_height; y += 2) COLUMNS(2)
  if (y < out_height) COLUMNS(1)
}

/*
 * MlasConvOperation of one channel by one filter (a group of a depthwise convolution) into `output`, all of it at once.
 * Answers 0, with nothing done, for what it does not know.
 */
INLINE int depthwise(const Convolution *p, const float *input, const float *filter, const float *bias, float *buffer,
                                float *output, uint32_t first, uint32_t count) {
  const uint32_t side = p->kernel[0], stride = p->stride[0], out_height = p->output[0], out_width = p->output[1];
  const uint32_t top = p->padding[0], left = p->padding[1], bottom = p->padding[2], right = p->padding[3];
  Limits limits;
  if (p->channels != 1 || p->filters != 1 || p->groups < 2 || out_width < 4 || !is_plain(p, 1, first, count) ||
      !limits_of(p->activation, &limits))
    return 0;
  const uint32_t height = p->input[0], width = p->input[1];
  /* Vectors may end some numbers beyond the last row. */
  const uint32_t padded = left + width + right;
  if ((top + height + bottom) * padded + SLACK > BUFFER_LENGTH) return 0;
  float *to = buffer;
  const v128_t zero = wasm_f32x4_splat(0);
#define ZEROS(n)                                                         \
  {                                                                      \
    uint32_t rest = (n);                                                 \
    for (; rest >= 4; rest -= 4, to += 4) wasm_v128_store(to, zero);     \
    for (; rest > 0; rest--) *to++ = 0;                                  \
  }
  ZEROS(top * padded + left)
  for (uint32_t y = 0; y < height; y++, input += width) {
    uint32_t x = 0;
    for (; x + 4 <= width; x += 4, to += 4) wasm_v128_store(to, wasm_v128_load(input + x));
    for (; x < width; x++) *to++ = input[x];
    for (x = 0; x < left + right; x++) *to++ = 0;
  }
  ZEROS(bottom * padded + SLACK - left)
  const v128_t start = wasm_f32x4_splat(bias ? *bias : 0);
#define PLANE(side, stride) plane(side, stride, buffer, padded, filter, output, out_height, out_width, start, limits)
  if (side == 3 && stride == 1) PLANE(3, 1);
  else if (side == 3) PLANE(3, 2);
  else if (stride == 1) PLANE(5, 1);
  else PLANE(5, 2);
  return 1;
}
