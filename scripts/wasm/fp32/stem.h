/* First convolutions: few channels, many filters, a stride of 2; without copying every window into a column. */
#pragma once
#include "convolution.h"

enum { STEM_CHANNELS = 4, QUAD = 4, ACROSS = 8 };

/* Numbers of a row from `at` on, which may lie before it, with zeros beyond its ends: every second, and those between. */
INLINE void split(const float *row, int32_t width, int32_t at, float *even, float *odd, uint32_t length) {
  for (uint32_t i = 0; i < length; i += 4, at += 8) {
    if (at >= 0 && at + 8 <= width) {
      const v128_t low = wasm_v128_load(row + at), high = wasm_v128_load(row + at + 4);
      wasm_v128_store(even + i, wasm_i32x4_shuffle(low, high, 0, 2, 4, 6));
      wasm_v128_store(odd + i, wasm_i32x4_shuffle(low, high, 1, 3, 5, 7));
      continue;
    }
    for (int32_t k = 0; k < 4; k++) {
      const int32_t x = at + 2 * k;
      even[i + k] = x >= 0 && x < width ? row[x] : 0;
      odd[i + k] = x + 1 >= 0 && x + 1 < width ? row[x + 1] : 0;
    }
  }
}

/* Rows that the windows of output row `y` cover, of one channel. All but the last two are those of the row before. */
INLINE void cover(const Convolution *p, const float *plane, uint32_t y, float *rows, uint32_t half) {
  const uint32_t side = p->kernel[0], length = 2 * half, kept = y == 0 ? 0 : side - 2;
  for (uint32_t i = 0; i < kept * length; i += 4) wasm_v128_store(rows + i, wasm_v128_load(rows + i + 2 * length));
  for (uint32_t r = kept; r < side; r++) {
    const int32_t v = (int32_t)(2 * y + r - p->padding[0]), left = (int32_t)p->padding[1];
    /* A row above or below the picture is one without numbers. */
    const int32_t width = v >= 0 && v < (int32_t)p->input[0] ? (int32_t)p->input[1] : 0;
    float *to = rows + r * length;
    split(plane + (width ? v * width : 0), width, -left, to, to + half, half);
  }
}

/*
 * Eight outputs of each of four filters.
 *
 * `rows` has the rows that the windows cover, channel by channel, each as its even numbers and then its odd ones, `half` of either;
 * `weights` those of four filters side by side.
 */
INLINE void quad(const int side, uint32_t channels, const float *rows, uint32_t half, const float *weights, v128_t bias,
                 float *out, uint32_t out_size, Limits limits) {
  v128_t sums[QUAD][2];
#define EACH(of) of(0) of(1) of(2) of(3)
#define START(j) sums[j][0] = sums[j][1] = wasm_i32x4_shuffle(bias, bias, j, j, j, j);
  EACH(START)
  for (uint32_t row = 0; row < channels * side; row++, rows += 2 * half) {
#pragma unroll
    for (int k = 0; k < side; k++, weights += QUAD) {
      const float *in = rows + (k % 2) * half + k / 2;
      const v128_t low = wasm_v128_load(in), high = wasm_v128_load(in + 4);
#define TAP(j)                                    \
  {                                               \
    const v128_t of = wasm_v128_load32_splat(weights + j);                 \
    sums[j][0] = MADD(low, of, sums[j][0]);       \
    sums[j][1] = MADD(high, of, sums[j][1]);      \
  }
      EACH(TAP)
    }
  }
#define WRITE(j)                                                         \
  wasm_v128_store(out + (j) * out_size, clipped(sums[j][0], limits));    \
  wasm_v128_store(out + (j) * out_size + 4, clipped(sums[j][1], limits));
  EACH(WRITE)
}

/* MlasConvOperation of all filters into `output`. Answers 0, with nothing done, for what it does not know. */
INLINE int stem(const Convolution *p, const float *input, const float *filter, const float *bias, float *buffer,
                float *output, uint32_t first, uint32_t count) {
  const uint32_t side = p->kernel[0], depth = p->depth, filters = p->filters, channels = p->channels;
  const uint32_t out_width = p->output[1], half = (out_width + side / 2 + 3) / 4 * 4;
  Limits limits;
  if (p->groups != 1 || channels > STEM_CHANNELS || filters % QUAD != 0 || out_width < ACROSS ||
      !is_plain(p, 2, first, count) || !limits_of(p->activation, &limits) ||
      filters * depth + channels * side * 2 * half > BUFFER_LENGTH)
    return 0;
  float *weights = buffer, *rows = buffer + filters * depth;
  for (uint32_t f = 0; f < filters; f++) {
    for (uint32_t k = 0; k < depth; k++) {
      weights[f / QUAD * QUAD * depth + k * QUAD + f % QUAD] = filter[f * depth + k];
    }
  }
  for (uint32_t y = 0; y < p->output[0]; y++) {
    for (uint32_t c = 0; c < channels; c++) cover(p, input + c * p->input_size, y, rows + c * side * 2 * half, half);
    for (uint32_t f = 0; f < filters; f += QUAD) {
      const v128_t start = bias ? wasm_v128_load(bias + f) : wasm_f32x4_splat(0);
      float *out = output + f * p->output_size + y * out_width;
      for (uint32_t x = 0; x < out_width; x += ACROSS) {
        if (x + ACROSS > out_width) x = out_width - ACROSS;
        if (side == 3) quad(3, channels, rows + x, half, weights + f * depth, start, out + x, p->output_size, limits);
        else quad(5, channels, rows + x, half, weights + f * depth, start, out + x, p->output_size, limits);
      }
    }
  }
  return 1;
}
