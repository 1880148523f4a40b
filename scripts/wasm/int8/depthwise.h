/* Depthwise convolutions of bytes, in place of onnxruntime's own, which takes one channel at a time. */
#pragma once
#include "../kernel.h"
#include "zip.h"

/* Channels at a time, and taps (places of a window) that fit on the stack. */
enum { CHANNELS = 16, MOST_TAPS = 64 };

/*
 * Sums of sixteen channels. `in` lists the taps of each output one after the other, as addresses of their first channels.
 * Two taps are multiplied at once, as words: their weights lie side by side in `weights`, four vectors a pair.
 */
INLINE void channels_of(const uint8_t *const *in, uint32_t channel, const v128_t *weights, const v128_t *start, int32_t *out,
                        uint32_t channels, uint32_t outputs, uint32_t taps) {
  for (; outputs > 0; outputs--, in += taps, out += channels) {
    v128_t sums[4] = {start[0], start[1], start[2], start[3]};
    const v128_t *w = weights;
#define TAPS(first, second)                                                                           \
  {                                                                                                   \
    const v128_t x = wasm_v128_load((first) + channel), y = wasm_v128_load((second) + channel);       \
    const v128_t low = ZIP_BYTES(x, y), high = ZIP_LAST_BYTES(x, y);                                  \
    sums[0] = wasm_i32x4_add(sums[0], wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(low), w[0]));  \
    sums[1] = wasm_i32x4_add(sums[1], wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(low), w[1])); \
    sums[2] = wasm_i32x4_add(sums[2], wasm_i32x4_dot_i16x8(wasm_u16x8_extend_low_u8x16(high), w[2])); \
    sums[3] = wasm_i32x4_add(sums[3], wasm_i32x4_dot_i16x8(wasm_u16x8_extend_high_u8x16(high), w[3])); \
  }
    uint32_t t = 0;
    for (; t + 2 <= taps; t += 2, w += 4) TAPS(in[t], in[t + 1])
    if (t < taps) TAPS(in[t], in[t])
#pragma unroll
    for (int i = 0; i < 4; i++) wasm_v128_store(out + 4 * i, sums[i]);
  }
}

/*
 * MlasConvDepthwiseKernel of unsigned inputs and signed weights [taps, channels]: sums [outputs, channels] of
 * (input - zero) times weight. Answers 0, with nothing done, for what it does not know.
 */
EXPORT(depthwise) int depthwise(const uint8_t *const *in, int32_t zero, const int8_t *filter, int32_t filter_zero, int32_t *out,
                                uint32_t channels, uint32_t outputs, uint32_t taps) {
  if ((uint8_t)filter_zero || channels < CHANNELS || taps > MOST_TAPS) return 0;
  v128_t weights[MOST_TAPS / 2 * 4];
  const v128_t ones = wasm_i16x8_splat(1), minus_zero = wasm_i32x4_splat(-(zero & 255));
  for (uint32_t c = 0; c < channels; c += CHANNELS) {
    /* The last sixteen may overlap those before. */
    const uint32_t channel = c + CHANNELS <= channels ? c : channels - CHANNELS;
    v128_t sums[4] = {wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0)};
    v128_t *w = weights;
    for (uint32_t t = 0; t < taps; t += 2, w += 4) {
      const int8_t *from = filter + t * channels + channel;
      const v128_t x = wasm_v128_load(from), y = t + 1 < taps ? wasm_v128_load(from + channels) : wasm_i8x16_splat(0);
      const v128_t low = ZIP_BYTES(x, y), high = ZIP_LAST_BYTES(x, y);
      w[0] = wasm_i16x8_extend_low_i8x16(low), w[1] = wasm_i16x8_extend_high_i8x16(low);
      w[2] = wasm_i16x8_extend_low_i8x16(high), w[3] = wasm_i16x8_extend_high_i8x16(high);
#pragma unroll
      for (int i = 0; i < 4; i++) sums[i] = wasm_i32x4_add(sums[i], wasm_i32x4_dot_i16x8(w[i], ones));
    }
    /* Sums of weights take the input's zero out. */
#pragma unroll
    for (int i = 0; i < 4; i++) sums[i] = wasm_i32x4_mul(sums[i], minus_zero);
    channels_of(in, channel, weights, sums, out + channel, channels, outputs, taps);
  }
  return 1;
}
