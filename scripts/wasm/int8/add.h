/* Sums of two tensors of bytes, each on its own scale (QLinearAdd). */
#pragma once
#include "../kernel.h"
#include "rounding.h"

/* Two tensors and where the span to add begins: BroadcastHelper of onnxruntime (element_wise_ops.h). */
typedef struct {
  const uint8_t *const *in; /* word 5: the first tensor, 6: the second, 27 and 47: where they begin */
  const void *const *out;   /* word 3: the tensor */
  uint32_t before[4];
  uint32_t first, first_count, second, second_count, result, count;
  uint32_t between;
  float scale_first, scale_second, scale;
  uint8_t zero_first, zero_second, zero;
} Sum;

typedef struct {
  float first, second, scale, least, most, zero;
} Scales;

/* Four bytes of each, widened, to their sum in units of the result's scale; nearest even, in the lowest bits. */
INLINE v128_t four(v128_t a, v128_t b, Scales of) {
  const v128_t x = wasm_f32x4_mul(wasm_f32x4_splat(of.first), wasm_f32x4_convert_i32x4(a));
  const v128_t y = wasm_f32x4_mul(wasm_f32x4_splat(of.second), wasm_f32x4_convert_i32x4(b));
  const v128_t sum = wasm_f32x4_div(wasm_f32x4_add(x, y), wasm_f32x4_splat(of.scale));
  const v128_t within = wasm_f32x4_pmin(wasm_f32x4_pmax(sum, wasm_f32x4_splat(of.least)), wasm_f32x4_splat(of.most));
  const v128_t rounded = wasm_f32x4_add(wasm_f32x4_add(within, wasm_f32x4_splat(of.zero)), wasm_f32x4_splat(MAGIC));
  return wasm_i32x4_sub(rounded, wasm_i32x4_splat(MAGIC_BITS));
}

/* QLinearAdd of unsigned bytes, of as many as each other. Answers 0, with nothing done, for what it does not know. */
EXPORT(add) int add(const Sum *p) {
  const uint8_t *a = p->in[5], *b = p->in[6];
  uint8_t *out = (uint8_t *)p->out[3];
  const uint32_t none = 0xffffffff, count = p->count;
  if (!a || !b || !out || p->first_count == none || p->second_count == none || count == none || count % 16 != 0) return 0;
  a += (uintptr_t)p->in[27] + p->first;
  b += (uintptr_t)p->in[47] + p->second;
  out += p->result;
  /* The result may stand in the place of either, but not begin in the middle of it. */
  if ((out > a && out < a + count) || (out > b && out < b + count)) return 0;
  const float zero = p->zero;
  const Scales of = {p->scale_first, p->scale_second, p->scale, -zero, 255 - zero, zero};
  const v128_t zero_a = wasm_i16x8_splat(p->zero_first), zero_b = wasm_i16x8_splat(p->zero_second);
  for (uint32_t i = 0; i < count; i += 16) {
    const v128_t x = wasm_v128_load(a + i), y = wasm_v128_load(b + i);
    const v128_t x0 = wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(x), zero_a);
    const v128_t x1 = wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(x), zero_a);
    const v128_t y0 = wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(y), zero_b);
    const v128_t y1 = wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(y), zero_b);
    const v128_t low = wasm_i16x8_narrow_i32x4(four(wasm_i32x4_extend_low_i16x8(x0), wasm_i32x4_extend_low_i16x8(y0), of),
                                               four(wasm_i32x4_extend_high_i16x8(x0), wasm_i32x4_extend_high_i16x8(y0), of));
    const v128_t high = wasm_i16x8_narrow_i32x4(four(wasm_i32x4_extend_low_i16x8(x1), wasm_i32x4_extend_low_i16x8(y1), of),
                                                four(wasm_i32x4_extend_high_i16x8(x1), wasm_i32x4_extend_high_i16x8(y1), of));
    wasm_v128_store(out + i, wasm_u8x16_narrow_i16x8(low, high));
  }
  return 1;
}
