/* Filters of rows, undone (RFC 2083, 6). */
#include <stdint.h>
#include <wasm_simd128.h>

/* Pixels of 3, 4, 6 or 8 bytes, as 8 values of 16 bits. */
INLINE v128_t load(const uint8_t *p) { return wasm_u16x8_load8x8(p); }

INLINE void store(uint8_t *p, v128_t pixel, int step) {
  const v128_t bytes = wasm_u8x16_narrow_i16x8(pixel, pixel);
  if (step == 8) wasm_v128_store64_lane(p, bytes, 0);
  if (step == 4 || step == 6) wasm_v128_store32_lane(p, bytes, 0);
  if (step == 6) wasm_v128_store16_lane(p + 4, bytes, 2);
  if (step == 3) {
    wasm_v128_store16_lane(p, bytes, 0);
    wasm_v128_store8_lane(p + 2, bytes, 2);
  }
}

/* RFC 2083, 6.6: whichever neighbour is nearest to left + up - upLeft. */
INLINE v128_t paeth(v128_t left, v128_t up, v128_t up_left) {
  const v128_t across = wasm_i16x8_sub(up, up_left), down = wasm_i16x8_sub(left, up_left);
  const v128_t a = wasm_i16x8_abs(across), b = wasm_i16x8_abs(down);
  const v128_t c = wasm_i16x8_abs(wasm_i16x8_add(across, down));
  const v128_t least = wasm_i16x8_min(wasm_i16x8_min(a, b), c);
  const v128_t other = wasm_v128_bitselect(up, up_left, wasm_i16x8_eq(b, least));
  return wasm_v128_bitselect(left, other, wasm_i16x8_eq(a, least));
}

INLINE void unfilter_pixels(uint8_t *row, const uint8_t *above, int length, int type, int step) {
  v128_t left = wasm_i16x8_const_splat(0), up_left = left;
  for (int i = 1; i < length; i += step) {
    const v128_t up = load(above + i);
    const v128_t near = type == 1   ? left
                        : type == 3 ? wasm_u16x8_shr(wasm_i16x8_add(left, up), 1)
                                    : paeth(left, up, up_left);
    left = wasm_i8x16_add(load(row + i), near); /* the upper bytes are 0 */
    store(row + i, left, step);
    up_left = up;
  }
}

/* Bytes, each `step` behind its left neighbour: 1 or 2. */
INLINE void unfilter_bytes(uint8_t *row, const uint8_t *above, int length, int type, int step) {
  for (int first = 1; first <= step; first++) {
    int left = 0, up_left = 0;
    for (int i = first; i < length; i += step) {
      const int up = above[i], across = up - up_left, down = left - up_left;
      const int a = across < 0 ? -across : across, b = down < 0 ? -down : down;
      const int c = across + down < 0 ? -across - down : across + down;
      const int nearest = a <= b && a <= c ? left : b <= c ? up : up_left;
      left = (row[i] + (type == 1 ? left : type == 3 ? (left + up) >> 1 : nearest)) & 255;
      row[i] = left;
      up_left = up;
    }
  }
}

INLINE void unfilter_type(uint8_t *row, const uint8_t *above, int length, int step, int type) {
  switch (step) {
    case 1:
    case 2:
      return unfilter_bytes(row, above, length, type, step);
    case 3:
      return unfilter_pixels(row, above, length, type, 3);
    case 4:
      return unfilter_pixels(row, above, length, type, 4);
    case 6:
      return unfilter_pixels(row, above, length, type, 6);
    default:
      return unfilter_pixels(row, above, length, type, 8);
  }
}
