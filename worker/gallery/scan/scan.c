/*
 * Cosines of templates to a probe, on WebAssembly's SIMD.
 *
 * Built by `npm run tool -- gallery-kernel` (Debian's clang and lld); `scanner.ts` is its only
 * caller, and decides where in memory everything lies. Nothing is kept from call to call.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name

/* Components of a template; those of one load; rows taken together, which share the probe's loads. */
enum { DIMENSION = 128, LANES = 8, TOGETHER = 4 };

/* Sums of neighbours: a0 + a1, a2 + a3, b0 + b1, b2 + b3. */
static v128_t neighbours(v128_t a, v128_t b) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
}

/*
 * Dot products of `rows` templates with a probe, each times `step` and its own scale. Sums of whole
 * numbers are exact: 128 * 127 * 32,767 fits 32 bits.
 *
 * `rows` is a multiple of four; `scales` and `cosines` have one float32 a row.
 */
EXPORT(cosines)(const int8_t *codes, const float *scales, const int16_t *probe, float step,
                int rows, float *cosines) {
  for (int row = 0; row < rows; row += TOGETHER, codes += TOGETHER * DIMENSION) {
    v128_t sums[TOGETHER];
    for (int k = 0; k < TOGETHER; k++) sums[k] = wasm_i32x4_splat(0);
    for (int i = 0; i < DIMENSION; i += LANES) {
      const v128_t part = wasm_v128_load(probe + i);
      for (int k = 0; k < TOGETHER; k++) {
        const v128_t code = wasm_i16x8_load8x8(codes + k * DIMENSION + i);
        sums[k] = wasm_i32x4_add(sums[k], wasm_i32x4_dot_i16x8(code, part));
      }
    }
    const v128_t dots = neighbours(neighbours(sums[0], sums[1]), neighbours(sums[2], sums[3]));
    const v128_t scale = wasm_f32x4_mul(wasm_v128_load(scales + row), wasm_f32x4_splat(step));
    wasm_v128_store(cosines + row, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(dots), scale));
  }
}
