/* Halving of RGB rows on WebAssembly's SIMD, for the kernels. */
#include <stdint.h>
#include <wasm_simd128.h>

/* The mean of each two by two of eight pixels in two rows: four pixels, as bytes 0..11. */
static v128_t halve_eight(const uint8_t *p, const uint8_t *q) {
  const v128_t zero = wasm_i8x16_const_splat(0), half = wasm_i16x8_const_splat(2);
  v128_t mean[2];
  for (int k = 0; k < 2; k++) {
    const v128_t a = wasm_v128_load(p + 12 * k), b = wasm_v128_load(q + 12 * k);
#define LEFT(v) wasm_i8x16_shuffle(v, zero, 0, 16, 1, 16, 2, 16, 6, 16, 7, 16, 8, 16, 16, 16, 16, 16)
#define RIGHT(v) wasm_i8x16_shuffle(v, zero, 3, 16, 4, 16, 5, 16, 9, 16, 10, 16, 11, 16, 16, 16, 16, 16)
    const v128_t upper = wasm_i16x8_add(LEFT(a), RIGHT(a));
    const v128_t lower = wasm_i16x8_add(LEFT(b), RIGHT(b));
    mean[k] = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(upper, lower), half), 2);
  }
  const v128_t bytes = wasm_u8x16_narrow_i16x8(mean[0], mean[1]);
  return wasm_i8x16_shuffle(bytes, bytes, 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 0, 0, 0, 0);
}

/*
 * Halves RGB rows, each pixel the mean of four; an odd last row or column is repeated. Reads and
 * writes up to 4 bytes past the end of `rgb` and `out`.
 */
static void halve_rows(const uint8_t *rgb, int width, int height, uint8_t *out) {
  const int stride = 3 * width, pairs = width >> 1;
  for (int y = 0; y < height; y += 2) {
    const uint8_t *p = rgb + y * stride, *q = y + 1 < height ? p + stride : p;
    int x = 0;
    for (; x + 4 <= pairs; x += 4, p += 24, q += 24, out += 12) {
      wasm_v128_store(out, halve_eight(p, q));
    }
    for (; x < pairs; x++, p += 6, q += 6, out += 3) {
      for (int c = 0; c < 3; c++) out[c] = (p[c] + p[c + 3] + q[c] + q[c + 3] + 2) >> 2;
    }
    if (width & 1) {
      for (int c = 0; c < 3; c++) out[c] = (p[c] + q[c] + 1) >> 1;
      out += 3;
    }
  }
}
