/*
 * PNG's two costly parts: DEFLATE (RFC 1951), streamed with 32 KiB of history, and the filters of
 * rows (RFC 2083, 6).
 *
 * Built by `npm run tool -- picture-kernels` (Debian's clang and lld); `codec.ts` is its only
 * caller. All memory is static: nothing a file says makes it grow.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#include "../sampling/halve.h"

#define EXPORT(name) __attribute__((export_name(#name))) name
#define INLINE static inline __attribute__((always_inline))

#include "inflate.h"
#include "unfilter.h"

enum {
  LONGEST_SIDE = 16384,
  /* Pixels of 8 bytes, and the filter's type. */
  LONGEST_ROW = LONGEST_SIDE * 8 + 1,
};

static uint8_t rows[2][LONGEST_ROW + SLACK];
/* RGB of a row; sixteen bytes are stored where twelve are meant. */
static uint8_t rgb[3 * LONGEST_SIDE + SLACK];
static uint8_t painted[2 * 3 * LONGEST_SIDE + SLACK], halved[3 * LONGEST_SIDE / 2 + SLACK];

uint8_t *EXPORT(row_at)(int k) { return rows[k]; }
uint8_t *EXPORT(painted_at)(void) { return painted; }
uint8_t *EXPORT(halved_at)(void) { return halved; }
uint8_t *EXPORT(rgb_at)(void) { return rgb; }

/* Row `k`, of bytes of grey, as RGB. */
void EXPORT(grey_to_rgb)(int k, int columns) {
  const uint8_t *from = rows[k] + 1;
  uint8_t *to = rgb;
  for (int i = 0; i < columns; i += 16, from += 16, to += 48) {
    const v128_t grey = wasm_v128_load(from);
    wasm_v128_store(to, wasm_i8x16_shuffle(grey, grey, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5));
    wasm_v128_store(to + 16, wasm_i8x16_shuffle(grey, grey, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10));
    wasm_v128_store(to + 32, wasm_i8x16_shuffle(grey, grey, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15));
  }
}

/* Products of two bytes divided by 255, rounded (Blinn 1994, "Three wrongs make a right"). */
INLINE v128_t div255(v128_t product) {
  const v128_t x = wasm_i16x8_add(product, wasm_i16x8_splat(128));
  return wasm_u16x8_shr(wasm_i16x8_add(x, wasm_u16x8_shr(x, 8)), 8);
}

/* Row `k`, of bytes of red, green, blue and alpha, as RGB over white. */
void EXPORT(rgba_to_rgb)(int k, int columns) {
  const uint8_t *from = rows[k] + 1;
  uint8_t *to = rgb;
  for (int i = 0; i < columns; i += 4, from += 16, to += 12) {
    const v128_t rgba = wasm_v128_load(from), below = wasm_v128_not(rgba);
    const v128_t alpha = wasm_i8x16_shuffle(rgba, rgba, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
    const v128_t low = div255(wasm_u16x8_extmul_low_u8x16(below, alpha)), high = div255(wasm_u16x8_extmul_high_u8x16(below, alpha));
    const v128_t over = wasm_v128_not(wasm_u8x16_narrow_i16x8(low, high));
    wasm_v128_store(to, wasm_i8x16_shuffle(over, over, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0));
  }
}

/* Two painted rows of RGB become one. */
void EXPORT(halve)(int width) { halve_rows(painted, width, 2, halved); }

/*
 * Undoes the filter of row `k`, in place, the other one being the row above. Byte 0 is its type;
 * `step` is the distance to the pixel before. @returns 0 where there is no such filter
 */
int EXPORT(unfilter)(int k, int length, int step) {
  uint8_t *const row = rows[k];
  const uint8_t *const above = rows[1 - k];
  switch (row[0]) {
    case 0:
      return 1;
    case 1:
      unfilter_type(row, above, length, step, 1);
      return 1;
    case 2:
      for (int i = 1; i < length; i += 16) {
        wasm_v128_store(row + i, wasm_i8x16_add(wasm_v128_load(row + i), wasm_v128_load(above + i)));
      }
      return 1;
    case 3:
      unfilter_type(row, above, length, step, 3);
      return 1;
    case 4:
      unfilter_type(row, above, length, step, 4);
      return 1;
  }
  return 0;
}
