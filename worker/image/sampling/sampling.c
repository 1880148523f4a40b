/*
 * Sampling of pictures: halving, and affine bilinear sampling, on WebAssembly's SIMD.
 *
 * Built by `npm run tool -- picture-kernels` (Debian's clang and lld); `simd.ts` is its only
 * caller, and decides where in memory everything lies. Nothing is kept from call to call.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#include "halve.h"

#define EXPORT(name) __attribute__((export_name(#name))) void name

/* Bits of a weight: two of them times a byte fit an i16x8 dot product. */
enum { WEIGHT_BITS = 14, ONE = 1 << WEIGHT_BITS };

EXPORT(halve)(const uint8_t *rgb, int width, int height, uint8_t *out) {
  halve_rows(rgb, width, height, out);
}

/* Coordinates: 32 bits of whole pixels, 32 of fraction. */
typedef int64_t fixed;
static fixed to_fixed(double x) { return (fixed)(x * 4294967296.0); }
static int whole(fixed x) { return (int)(x >> 32); }
static int weight(fixed x) { return (int)((uint32_t)x >> (32 - WEIGHT_BITS)); }

/* Two rows of two RGB pixels each, as u16 in the order r r g g b b, mixed: times 2^14. */
static v128_t mix(v128_t upper, v128_t lower, int right, int below) {
  const v128_t across = wasm_i32x4_splat((right << 16) | (ONE - right));
  const v128_t a = wasm_f32x4_convert_i32x4(wasm_i32x4_dot_i16x8(upper, across));
  const v128_t b = wasm_f32x4_convert_i32x4(wasm_i32x4_dot_i16x8(lower, across));
  const v128_t down = wasm_f32x4_splat((float)below / ONE);
  return wasm_f32x4_add(a, wasm_f32x4_mul(down, wasm_f32x4_sub(b, a)));
}

/* Two neighbouring pixels inside the picture; reads two bytes more. */
static v128_t pair(const uint8_t *p) {
  const v128_t v = wasm_u16x8_load8x8(p);
  return wasm_i8x16_shuffle(v, v, 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 14, 15);
}

struct picture {
  const uint8_t *rgb;
  int width, height;
};

/* The same where one or both may lie outside, which is black. */
static v128_t pair_or_black(const struct picture *from, int x, int y) {
  uint16_t v[8] = {0};
  if (y < 0 || y >= from->height) return wasm_v128_load(v);
  const uint8_t *p = from->rgb + 3 * (y * from->width + x);
  for (int c = 0; c < 3; c++) {
    if (x >= 0 && x < from->width) v[2 * c] = p[c];
    if (x + 1 >= 0 && x + 1 < from->width) v[2 * c + 1] = p[c + 3];
  }
  return wasm_v128_load(v);
}

static int is_inside(const struct picture *from, fixed x, fixed y) {
  return (unsigned)whole(x) < (unsigned)(from->width - 1) &&
         (unsigned)whole(y) < (unsigned)(from->height - 1);
}

static v128_t inside(const struct picture *from, fixed x, fixed y) {
  const uint8_t *p = from->rgb + 3 * (whole(y) * from->width + whole(x));
  return mix(pair(p), pair(p + 3 * from->width), weight(x), weight(y));
}

static v128_t anywhere(const struct picture *from, fixed x, fixed y) {
  if (is_inside(from, x, y)) return inside(from, x, y);
  return mix(pair_or_black(from, whole(x), whole(y)), pair_or_black(from, whole(x), whole(y) + 1),
             weight(x), weight(y));
}

/*
 * Samples RGB at (a x + b y + c, d x + e y + f) for each x, y of `columns` by `rows`, into three
 * planes of floats: value * scale + offset. Reads up to 4 bytes past the end of `rgb`.
 */
EXPORT(sample)(const uint8_t *rgb, int width, int height, double a, double b, double c, double d,
               double e, double f, int columns, int rows, float scale, float offset, float *out) {
  const struct picture from = {rgb, width, height};
  const int plane = columns * rows;
  const fixed across = to_fixed(a), down = to_fixed(d);
  const fixed round = (fixed)1 << (31 - WEIGHT_BITS); /* half a step of a weight */
  const v128_t times = wasm_f32x4_splat(scale / ONE), plus = wasm_f32x4_splat(offset);
  for (int row = 0; row < rows; row++) {
    fixed x = to_fixed(b * row + c) + round, y = to_fixed(e * row + f) + round;
    int i = row * columns;
    const int end = i + columns;
    for (; i + 4 <= end; i += 4) {
      v128_t v[4];
      /* The picture is convex: between two pixels inside lie pixels inside. */
      if (is_inside(&from, x, y) && is_inside(&from, x + 3 * across, y + 3 * down)) {
        for (int k = 0; k < 4; k++, x += across, y += down) v[k] = inside(&from, x, y);
      } else {
        for (int k = 0; k < 4; k++, x += across, y += down) v[k] = anywhere(&from, x, y);
      }
      for (int k = 0; k < 4; k++) v[k] = wasm_f32x4_add(wasm_f32x4_mul(v[k], times), plus);
      const v128_t rg01 = wasm_i32x4_shuffle(v[0], v[1], 0, 4, 1, 5);
      const v128_t rg23 = wasm_i32x4_shuffle(v[2], v[3], 0, 4, 1, 5);
      const v128_t b01 = wasm_i32x4_shuffle(v[0], v[1], 2, 6, 3, 7);
      const v128_t b23 = wasm_i32x4_shuffle(v[2], v[3], 2, 6, 3, 7);
      wasm_v128_store(out + i, wasm_i64x2_shuffle(rg01, rg23, 0, 2));
      wasm_v128_store(out + i + plane, wasm_i64x2_shuffle(rg01, rg23, 1, 3));
      wasm_v128_store(out + i + 2 * plane, wasm_i64x2_shuffle(b01, b23, 0, 2));
    }
    for (; i < end; i++, x += across, y += down) {
      const v128_t v = wasm_f32x4_add(wasm_f32x4_mul(anywhere(&from, x, y), times), plus);
      out[i] = wasm_f32x4_extract_lane(v, 0);
      out[i + plane] = wasm_f32x4_extract_lane(v, 1);
      out[i + 2 * plane] = wasm_f32x4_extract_lane(v, 2);
    }
  }
}
