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
static uint8_t painted[2 * 3 * LONGEST_SIDE + SLACK], halved[3 * LONGEST_SIDE / 2 + SLACK];

uint8_t *EXPORT(row_at)(int k) { return rows[k]; }
uint8_t *EXPORT(painted_at)(void) { return painted; }
uint8_t *EXPORT(halved_at)(void) { return halved; }
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
