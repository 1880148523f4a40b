/*
 * Kernels of fp32 arithmetic for onnxruntime-web, in place of its own: the product of two matrices, whose own
 * kernel is two rows by sixteen columns with a multiplication and an addition where a processor has both in
 * one, the depthwise and the first convolutions, for which its build for WebAssembly copies every window of the
 * picture into a column of a matrix, and max-pooling.
 *
 * Sums differ from its own by their rounding: `f32x4.relaxed_madd` rounds once or twice, as the processor does.
 *
 * Built by `npm run tool -- fp32-kernels` (Debian's clang and lld); `splice.ts` puts them into onnxruntime's
 * module. The structs are those of its public header (mlas.h), as wasm32 lays them out. Each function has to
 * come out as one body that calls no other.
 */
#include "../kernel.h"
#include "depthwise.h"
#include "pool.h"
#include "stem.h"

/* Columns of B side by side in memory (MlasSgemmCopyPackB), and of one kernel: two vectors of sums. */
enum { PANEL = 16, WIDTH = 8, ROWS = 6 };

INLINE void store(float *c, v128_t low, v128_t high, uint32_t count, int adds) {
  if (count >= WIDTH) {
    if (adds) {
      low = wasm_f32x4_add(low, wasm_v128_load(c));
      high = wasm_f32x4_add(high, wasm_v128_load(c + 4));
    }
    wasm_v128_store(c, low);
    wasm_v128_store(c + 4, high);
    return;
  }
  if (count >= 4) {
    wasm_v128_store(c, adds ? wasm_f32x4_add(low, wasm_v128_load(c)) : low);
    low = high;
    c += 4;
    count -= 4;
  }
  if (count > 0) c[0] = wasm_f32x4_extract_lane(low, 0) + (adds ? c[0] : 0);
  if (count > 1) c[1] = wasm_f32x4_extract_lane(low, 1) + (adds ? c[1] : 0);
  if (count > 2) c[2] = wasm_f32x4_extract_lane(low, 2) + (adds ? c[2] : 0);
}

/*
 * `height` rows by eight columns, all of B's `depth`. Four numbers of a row are loaded at once: workerd checks
 * the bounds of every load.
 */
INLINE void tile(const int height, const float *a, uint32_t lda, const float *b, uint32_t depth, float *c, uint32_t ldc,
                 uint32_t count, v128_t alpha, int adds) {
  v128_t low[ROWS], high[ROWS];
#pragma unroll
  for (int r = 0; r < height; r++) low[r] = high[r] = wasm_f32x4_splat(0);
#define DEEP(k, of)                                                                          \
  {                                                                                          \
    const v128_t b0 = wasm_v128_load(b + PANEL * (k)), b1 = wasm_v128_load(b + PANEL * (k) + 4); \
    _Pragma("unroll") for (int r = 0; r < height; r++) {                                     \
      const v128_t x = of(r, k);                                                             \
      low[r] = MADD(x, b0, low[r]);                                                          \
      high[r] = MADD(x, b1, high[r]);                                                        \
    }                                                                                        \
  }
#define OF_FOUR(r, k) wasm_i32x4_shuffle(four[r], four[r], k, k, k, k)
#define ALONE(r, k) wasm_v128_load32_splat(a + (r) * lda + (k))
  for (; depth >= 4; depth -= 4, a += 4, b += 4 * PANEL) {
    v128_t four[ROWS];
#pragma unroll
    for (int r = 0; r < height; r++) four[r] = wasm_v128_load(a + r * lda);
    DEEP(0, OF_FOUR) DEEP(1, OF_FOUR) DEEP(2, OF_FOUR) DEEP(3, OF_FOUR)
  }
  for (; depth > 0; depth--, a++, b += PANEL) DEEP(0, ALONE)
#pragma unroll
  for (int r = 0; r < height; r++, c += ldc)
    store(c, wasm_f32x4_mul(low[r], alpha), wasm_f32x4_mul(high[r], alpha), count, adds);
}

INLINE void rows(const int height, const float *a, const float *b, float *c, uint32_t depth, uint32_t columns, uint32_t lda,
                 uint32_t ldc, v128_t alpha, int adds) {
  for (uint32_t j = 0; j < columns; j += WIDTH)
    tile(height, a, lda, b + j / PANEL * PANEL * depth + j % PANEL, depth, c + j, ldc, columns - j, alpha, adds);
}

/* Rows of C = alpha A B, or C += that, as many as one kernel takes; answers how many. B lies in panels of 16 columns. */
INLINE uint32_t product(const float *a, const float *b, float *c, uint32_t depth, uint32_t height, uint32_t columns,
                        uint32_t lda, uint32_t ldc, float alpha, int adds) {
  const v128_t factor = wasm_f32x4_splat(alpha);
#define TAKE(n)                                                        \
  if (height >= (n)) {                                                 \
    rows(n, a, b, c, depth, columns, lda, ldc, factor, adds); \
    return n;                                                          \
  }
  TAKE(ROWS) TAKE(4) TAKE(2) TAKE(1)
  return 0;
}

/* MlasSgemmKernelZero */
EXPORT(product_zero) uint32_t product_zero(const float *a, const float *b, float *c, uint32_t depth, uint32_t height,
                                           uint32_t columns, uint32_t lda, uint32_t ldc, float alpha) {
  return product(a, b, c, depth, height, columns, lda, ldc, alpha, 0);
}

/* MlasSgemmKernelAdd */
EXPORT(product_add) uint32_t product_add(const float *a, const float *b, float *c, uint32_t depth, uint32_t height,
                                         uint32_t columns, uint32_t lda, uint32_t ldc, float alpha) {
  return product(a, b, c, depth, height, columns, lda, ldc, alpha, 1);
}

/* MlasConvOperation. Answers 0, with nothing done, for what it does not know. */
EXPORT(convolution) int convolution(const Convolution *p, const float *input, const float *filter, const float *bias, float *buffer,
                                    float *output, uint32_t first, uint32_t count) {
  return depthwise(p, input, filter, bias, buffer, output, first, count) ||
         stem(p, input, filter, bias, buffer, output, first, count);
}
