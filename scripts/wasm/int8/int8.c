/*
 * Kernels of int8 arithmetic for onnxruntime-web, in place of its own: the product of two matrices, whose
 * own kernel is one row by eight columns, the requantization of its sums, whose own is a scalar loop, sums of
 * two tensors (`add.h`) and depthwise convolutions (`depthwise.h`).
 * Integer results are the same, and so are all bits, on every processor: what relaxed instructions do there, and
 * whether the weights allow them, is looked at first.
 *
 * Built by `npm run tool -- int8-kernels` (Debian's clang and lld); `splice.ts` puts them into
 * onnxruntime's module. The structs are those of its public header (mlas.h), as wasm32 lays them out.
 * Each function has to come out as one body that calls no other.
 */
#include "../kernel.h"
#include "add.h"
#include "depthwise.h"
#include "rounding.h"
#include "zip.h"

/* MLAS_GEMM_QUANT_SHAPE_PARAMS */
typedef struct {
  uint32_t rows, columns, depth;
  uint8_t is_a_signed, is_b_signed, accumulates;
} Shape;

/* MLAS_GEMM_QUANT_DATA_PARAMS */
typedef struct {
  const uint8_t *a;
  uint32_t lda;
  uint8_t zero_a;
  const uint8_t *b;
  uint32_t ldb;
  const uint8_t *zero_b;
  uint8_t is_b_packed, has_column_zeros;
  int32_t *c;
  uint32_t ldc;
  const void *processor;
} Matrices;

/* Blocks at a time, on the stack: 24 KiB; the last has up to six rows more, so that none is short. A row of A and a column of B have DEPTH_BYTES, as bytes or widened to words. */
enum { DEPTH_BYTES = 256, COLUMNS = 64, ROWS = 24, MOST_ROWS = ROWS + 6 };

/* Columns of one kernel: two vectors of sums. */
enum { WIDTH = 8 };

/* Ways to add products up: two of words at once, two of bytes in 16 bits, or four of bytes in 32. */
enum Way { BY_WORDS, BY_PAIRS, BY_FOURS };

/* Adds the products of row r, of which `x` repeats a pair of depths. */
#define ADD(r, x)                                                     \
  {                                                                   \
    const v128_t pair = (x);                                          \
    low[r] = wasm_i32x4_add(low[r], wasm_i32x4_dot_i16x8(b0, pair));  \
    high[r] = wasm_i32x4_add(high[r], wasm_i32x4_dot_i16x8(b1, pair)); \
  }

INLINE void store(int32_t *c, v128_t low, v128_t high, uint32_t count, int adds) {
  if (count >= WIDTH) {
    if (adds) {
      low = wasm_i32x4_add(low, wasm_v128_load(c));
      high = wasm_i32x4_add(high, wasm_v128_load(c + 4));
    }
    wasm_v128_store(c, low);
    wasm_v128_store(c + 4, high);
    return;
  }
  int32_t sums[WIDTH];
  wasm_v128_store(sums, low);
  wasm_v128_store(sums + 4, high);
  for (uint32_t i = 0; i < count; i++) c[i] = sums[i] + (adds ? c[i] : 0);
}

/*
 * `height` rows, four or one, by eight columns; `start` is what each sum begins with. Four pairs of a row
 * are loaded at once: workerd checks the bounds of every load.
 */
INLINE void word_kernel(const int height, const uint16_t *a, uint32_t lda, const int16_t *b, uint32_t pairs,
                        const int32_t *start, int32_t *c, uint32_t ldc, uint32_t count, int adds) {
  v128_t low[4], high[4];
  for (int r = 0; r < height; r++) {
    low[r] = wasm_v128_load(start);
    high[r] = wasm_v128_load(start + 4);
  }
#define PAIR(u, of)                                                                        \
  {                                                                                        \
    const v128_t b0 = wasm_v128_load(b + 16 * (u)), b1 = wasm_v128_load(b + 16 * (u) + 8); \
    ADD(0, of(0, u))                                                                       \
    if (height > 1) { ADD(1, of(1, u)) ADD(2, of(2, u)) ADD(3, of(3, u)) }                 \
  }
#define OF_FOUR(r, u) wasm_i32x4_shuffle(four[r], four[r], u, u, u, u)
#define ALONE(r, u) wasm_v128_load32_splat(a + (r) * lda + 2 * (u))
  for (; pairs >= 4; pairs -= 4, a += 8, b += 64) {
    v128_t four[4];
    for (int r = 0; r < height; r++) four[r] = wasm_v128_load(a + r * lda);
    PAIR(0, OF_FOUR) PAIR(1, OF_FOUR) PAIR(2, OF_FOUR) PAIR(3, OF_FOUR)
  }
  for (; pairs > 0; pairs--, a += 2, b += 16) PAIR(0, ALONE)
  for (int r = 0; r < height; r++, c += ldc) store(c, low[r], high[r], count, adds);
}

/* Eight signed bytes of a row of B as words; those beyond `count` are zero. */
INLINE v128_t widened(const uint8_t *b, uint32_t count) {
  if (count >= WIDTH) return wasm_i16x8_load8x8(b);
  int16_t words[WIDTH] = {0};
  for (uint32_t i = 0; i < count; i++) words[i] = (int8_t)b[i];
  return wasm_v128_load(words);
}

/*
 * Eight columns of B as words, pairs of rows side by side. Each column is added up in `low_sums` and
 * `high_sums`.
 */
INLINE void pack_words(const uint8_t *from, uint32_t ldb, uint32_t depth, uint32_t count, int16_t *to, v128_t *low_sums,
                       v128_t *high_sums) {
  const v128_t ones = wasm_i16x8_splat(1);
  for (uint32_t k = 0; k < depth; k += 2, from += 2 * ldb, to += 16) {
    const v128_t upper = widened(from, count), lower = k + 1 < depth ? widened(from + ldb, count) : wasm_i16x8_splat(0);
    const v128_t low = wasm_i16x8_shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11);
    const v128_t high = wasm_i16x8_shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15);
    wasm_v128_store(to, low);
    wasm_v128_store(to + 8, high);
    *low_sums = wasm_i32x4_add(*low_sums, wasm_i32x4_dot_i16x8(low, ones));
    *high_sums = wasm_i32x4_add(*high_sums, wasm_i32x4_dot_i16x8(high, ones));
  }
}

/* A row of A as words, and a zero where its depth is odd. */
INLINE void widen_row(const uint8_t *from, uint32_t depth, int16_t *to) {
  uint32_t k = 0;
  for (; k + 8 <= depth; k += 8) wasm_v128_store(to + k, wasm_u16x8_load8x8(from + k));
  for (; k < depth; k++) to[k] = from[k];
  if (depth & 1) to[depth] = 0;
}

/* Eight bytes of a row of B; those beyond `count` are zero. */
INLINE v128_t eight(const uint8_t *b, uint32_t count) {
  if (count >= WIDTH) return wasm_v128_load64_zero(b);
  uint8_t bytes[WIDTH] = {0};
  for (uint32_t i = 0; i < count; i++) bytes[i] = b[i];
  return wasm_v128_load64_zero(bytes);
}

/*
 * `height` rows by eight columns, four depths at once: of A sixteen a row are loaded, of B four by eight columns.
 * BY_FOURS adds four products to 32 bits in one instruction. BY_PAIRS adds two products to 16 bits, and those of the
 * next four depths to them, before all go to 32 bits.
 */
INLINE void byte_kernel(const enum Way way, const int height, const uint8_t *a, uint32_t lda, const int8_t *b,
                        uint32_t fours, const int32_t *start, int32_t *c, uint32_t ldc, uint32_t count, int adds) {
  const v128_t ones = wasm_i16x8_splat(1);
  v128_t low[6], high[6], low_words[6], high_words[6];
#pragma unroll
  for (int r = 0; r < height; r++) {
    low[r] = wasm_v128_load(start);
    high[r] = wasm_v128_load(start + 4);
  }
  /* `turn` of fours that are added in 16 bits: the ONLY, the FIRST of two or the SECOND. */
  enum { ONLY, FIRST, SECOND };
#define FOUR(u, of, turn)                                                                             \
  {                                                                                                   \
    const v128_t b0 = wasm_v128_load(b + 32 * (u)), b1 = wasm_v128_load(b + 32 * (u) + 16);           \
    _Pragma("unroll") for (int r = 0; r < height; r++) {                                              \
      const v128_t x = of(r, u);                                                                      \
      if (way == BY_FOURS) {                                                                          \
        low[r] = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(b0, x, low[r]);                               \
        high[r] = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(b1, x, high[r]);                             \
      } else {                                                                                        \
        const v128_t low_pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(b0, x);                           \
        const v128_t high_pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16(b1, x);                          \
        low_words[r] = turn == SECOND ? wasm_i16x8_add(low_words[r], low_pairs) : low_pairs;          \
        high_words[r] = turn == SECOND ? wasm_i16x8_add(high_words[r], high_pairs) : high_pairs;      \
        if (turn != FIRST) {                                                                          \
          low[r] = wasm_i32x4_add(low[r], wasm_i32x4_dot_i16x8(low_words[r], ones));                  \
          high[r] = wasm_i32x4_add(high[r], wasm_i32x4_dot_i16x8(high_words[r], ones));               \
        }                                                                                             \
      }                                                                                               \
    }                                                                                                 \
  }
#define OF_SIXTEEN(r, u) wasm_i32x4_shuffle(sixteen[r], sixteen[r], u, u, u, u)
#define FOUR_ALONE(r, u) wasm_v128_load32_splat(a + (r) * lda + 4 * (u))
  for (; fours >= 4; fours -= 4, a += 16, b += 128) {
    v128_t sixteen[6];
#pragma unroll
    for (int r = 0; r < height; r++) sixteen[r] = wasm_v128_load(a + r * lda);
    FOUR(0, OF_SIXTEEN, FIRST) FOUR(1, OF_SIXTEEN, SECOND) FOUR(2, OF_SIXTEEN, FIRST) FOUR(3, OF_SIXTEEN, SECOND)
  }
  for (; fours > 0; fours--, a += 4, b += 32) FOUR(0, FOUR_ALONE, ONLY)
#pragma unroll
  for (int r = 0; r < height; r++, c += ldc) store(c, low[r], high[r], count, adds);
}

/* The same as bytes, four rows side by side: of at most eight columns, or rows that are no whole fours. */
INLINE void pack_bytes(const uint8_t *from, uint32_t ldb, uint32_t depth, uint32_t count, int8_t *to, v128_t *low_sums,
                       v128_t *high_sums) {
  const v128_t ones = wasm_i8x16_splat(1);
  for (uint32_t k = 0; k < depth; k += 4, from += 4 * ldb, to += 32) {
    v128_t row[4];
#pragma unroll
    for (uint32_t i = 0; i < 4; i++) row[i] = k + i < depth ? eight(from + i * ldb, count) : wasm_i8x16_splat(0);
    const v128_t upper = ZIP_BYTES(row[0], row[1]), lower = ZIP_BYTES(row[2], row[3]);
    const v128_t low = ZIP_WORDS(upper, lower), high = ZIP_LAST_WORDS(upper, lower);
    wasm_v128_store(to, low);
    wasm_v128_store(to + 16, high);
    *low_sums = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(low, ones, *low_sums);
    *high_sums = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(high, ones, *high_sums);
  }
}

/* The same of sixteen columns and a depth of whole fours: two times eight columns, which lie DEPTH_BYTES apart each. */
INLINE void pack_sixteen(const uint8_t *from, uint32_t ldb, uint32_t depth, int8_t *to, v128_t sums[4]) {
  const v128_t ones = wasm_i8x16_splat(1);
  for (uint32_t k = 0; k < depth; k += 4, from += 4 * ldb, to += 32) {
    const v128_t row0 = wasm_v128_load(from), row1 = wasm_v128_load(from + ldb);
    const v128_t row2 = wasm_v128_load(from + 2 * ldb), row3 = wasm_v128_load(from + 3 * ldb);
    const v128_t upper = ZIP_BYTES(row0, row1), lower = ZIP_BYTES(row2, row3);
    const v128_t last_upper = ZIP_LAST_BYTES(row0, row1), last_lower = ZIP_LAST_BYTES(row2, row3);
    const v128_t columns[4] = {ZIP_WORDS(upper, lower), ZIP_LAST_WORDS(upper, lower), ZIP_WORDS(last_upper, last_lower),
                               ZIP_LAST_WORDS(last_upper, last_lower)};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      wasm_v128_store(to + i / 2 * WIDTH * DEPTH_BYTES + i % 2 * 16, columns[i]);
      sums[i] = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(columns[i], ones, sums[i]);
    }
  }
}

/* A row of A, and zeros up to a depth of whole fours. */
INLINE void copy_row(const uint8_t *from, uint32_t depth, uint8_t *to) {
  uint32_t k = 0;
  for (; k + 16 <= depth; k += 16) wasm_v128_store(to + k, wasm_v128_load(from + k));
  for (; k < depth; k++) to[k] = from[k];
  for (; k % 4; k++) to[k] = 0;
}

/* The product block by block: of bytes, four depths at once, or of words, two. */
INLINE void multiply(const enum Way way, const Shape *shape, const Matrices *m, uint32_t first_row, uint32_t rows,
                     uint32_t first_column, uint32_t columns) {
  uint8_t a[MOST_ROWS * DEPTH_BYTES] __attribute__((aligned(16))), b[COLUMNS * DEPTH_BYTES] __attribute__((aligned(16)));
  int32_t starts[COLUMNS] __attribute__((aligned(16)));
  const v128_t minus_zero = wasm_i32x4_splat(-(int32_t)m->zero_a);
  const int by_bytes = way != BY_WORDS;
  const uint32_t most = by_bytes ? DEPTH_BYTES : DEPTH_BYTES / 2, at_once = by_bytes ? 4 : 2;
  const uint32_t lda = m->lda, ldb = m->ldb, ldc = m->ldc;
  for (uint32_t k0 = 0; k0 < shape->depth; k0 += most) {
    const uint32_t left = shape->depth - k0, depth = left < most ? left : most, steps = (depth + at_once - 1) / at_once;
    const int adds = k0 > 0 || shape->accumulates;
    for (uint32_t j0 = 0; j0 < columns; j0 += COLUMNS) {
      const uint32_t width = columns - j0 < COLUMNS ? columns - j0 : COLUMNS;
      /* Sums of B's columns take A's zero out. */
      for (uint32_t j = 0; j < width;) {
        const uint8_t *from = m->b + k0 * ldb + first_column + j0 + j;
        uint8_t *to = b + j * DEPTH_BYTES;
        v128_t sums[4] = {wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0)};
        uint32_t packed = WIDTH;
        if (by_bytes && depth % 4 == 0 && j + 2 * WIDTH <= width) {
          packed = 2 * WIDTH;
          pack_sixteen(from, ldb, depth, (int8_t *)to, sums);
        } else if (by_bytes) pack_bytes(from, ldb, depth, width - j, (int8_t *)to, &sums[0], &sums[1]);
        else pack_words(from, ldb, depth, width - j, (int16_t *)to, &sums[0], &sums[1]);
        for (uint32_t n = 0; n < packed; n += 4, j += 4) wasm_v128_store(starts + j, wasm_i32x4_mul(sums[n / 4], minus_zero));
      }
      for (uint32_t i0 = 0, height; i0 < rows; i0 += height) {
        height = rows - i0 <= MOST_ROWS ? rows - i0 : ROWS;
        /* Rows of bytes, of a depth of whole fours, are read where they lie. */
        const uint8_t *block = m->a + (first_row + i0) * lda + k0;
        uint32_t stride = lda;
        if (!by_bytes || depth % 4) {
          for (uint32_t i = 0; i < height; i++) {
            if (by_bytes) copy_row(block + i * lda, depth, a + i * DEPTH_BYTES);
            else widen_row(block + i * lda, depth, (int16_t *)(a + i * DEPTH_BYTES));
          }
          block = a;
          stride = DEPTH_BYTES;
        }
        for (uint32_t j = 0; j < width; j += WIDTH) {
          int32_t *c = m->c + (first_row + i0) * ldc + first_column + j0 + j;
          const uint8_t *columns_of_b = b + j * DEPTH_BYTES;
          const uint32_t count = width - j;
          uint32_t i = 0;
#define TAKE_TO(end, n, kernel, type, ...)                                                             \
  for (; i + (n) <= (end); i += (n), c += (n) * ldc)                                                   \
    kernel(__VA_ARGS__ n, (const u##type *)(block + i * stride), stride / sizeof(type),                \
           (const type *)columns_of_b, steps, starts + j, c, ldc, count, adds);
#define BYTES_TO(end, n) TAKE_TO(end, n, byte_kernel, int8_t, way, )
#define WORDS(n) TAKE_TO(height, n, word_kernel, int16_t)
          if (by_bytes) {
            /* Fives before sixes, where these leave no row over (not of 7, 8, 13, 14 and 19): one alone takes as long as six, each sum waiting for the last. */
            const uint32_t in_fives = (6 - height % 6) % 6 * 5;
            if (in_fives <= height) BYTES_TO(in_fives, 5)
            BYTES_TO(height, 6) BYTES_TO(height, 3) BYTES_TO(height, 1)
          } else {
            WORDS(4) WORDS(1)
          }
        }
      }
    }
  }
}

/*
 * True of a processor that multiplies unsigned bytes by signed ones and adds four products of them as they are. The
 * instruction promises that of bytes below 128 alone: AVX-VNNI does it for all, older processors add two products
 * to 16 bits at most, others take the bytes as signed.
 */
INLINE int adds_fours(void) {
  const v128_t sums = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(wasm_i8x16_splat(127), wasm_i8x16_splat(-1), wasm_i32x4_splat(0));
  return wasm_i32x4_extract_lane(sums, 0) == 4 * 127 * 255;
}

/* True of a processor that multiplies unsigned bytes by signed ones and adds two products in 16 bits (`pmaddubsw`). */
INLINE int adds_pairs(void) {
  const v128_t sums = wasm_i16x8_relaxed_dot_i8x16_i7x16(wasm_i8x16_splat(-64), wasm_i8x16_splat(-1));
  return wasm_i16x8_extract_lane(sums, 0) == 2 * -64 * 255;
}

/* Sixteen bytes of a row of B; those beyond `count` are zero. */
INLINE v128_t sixteen_of(const uint8_t *b, uint32_t count) {
  if (count >= 16) return wasm_v128_load(b);
  uint8_t bytes[16] = {0};
  for (uint32_t i = 0; i < count; i++) bytes[i] = b[i];
  return wasm_v128_load(bytes);
}

/*
 * Largest sum of weights of one sign whose products are added up in 16 bits. 128 times 255 would fit, too, but
 * `fit_words` adds in signed bytes, which stop at 127: that may stand for any more.
 */
enum { MOST_SUM = 126 };

/*
 * True of weights whose products add up in 16 bits (BY_PAIRS), whatever is in A: of eight depths the sums of 0, 1, 4 and 5
 * and of 2, 3, 6 and 7 in each column. `int8_scale` of scripts/train/graph/operators.py sees to it.
 */
INLINE int fit_words(const uint8_t *b, uint32_t ldb, uint32_t depth, uint32_t columns) {
  const v128_t zero = wasm_i8x16_splat(0);
  for (uint32_t j = 0; j < columns; j += 16) {
    /* The last sixteen may overlap those before. */
    const uint32_t from = j + 16 <= columns || columns < 16 ? j : columns - 16;
    v128_t most = zero, least = zero;
    for (uint32_t k = 0; k < depth; k += 2 + k / 2 % 2 * 4) {
      v128_t up = zero, down = zero;
#pragma unroll
      for (uint32_t i = 0; i < 4; i++) {
        const uint32_t row = k + i + i / 2 * 2;
        if (row >= depth) break;
        const v128_t weights = sixteen_of(b + row * ldb + from, columns - from);
        up = wasm_i8x16_add_sat(up, wasm_i8x16_max(weights, zero));
        down = wasm_i8x16_add_sat(down, wasm_i8x16_min(weights, zero));
      }
      most = wasm_i8x16_max(most, up);
      least = wasm_i8x16_min(least, down);
    }
    if (wasm_v128_any_true(wasm_v128_or(wasm_i8x16_gt(most, wasm_i8x16_splat(MOST_SUM)),
                                        wasm_i8x16_lt(least, wasm_i8x16_splat(-MOST_SUM)))))
      return 0;
  }
  return 1;
}

/*
 * C = (A - zero) B, or C += that, of unsigned A and signed B: a part of `rows` by `columns` from
 * `first_row` and `first_column`. Answers 0, with nothing done, for what it does not know.
 */
EXPORT(product) int product(const Shape *shape, const Matrices *m, uint32_t first_row, uint32_t rows,
                            uint32_t first_column, uint32_t columns) {
  if (shape->is_a_signed || !shape->is_b_signed || m->is_b_packed || m->has_column_zeros || m->processor || *m->zero_b)
    return 0;
  if (adds_fours()) multiply(BY_FOURS, shape, m, first_row, rows, first_column, columns);
  else if (adds_pairs() && fit_words(m->b + first_column, m->ldb, shape->depth, columns))
    multiply(BY_PAIRS, shape, m, first_row, rows, first_column, columns);
  else multiply(BY_WORDS, shape, m, first_row, rows, first_column, columns);
  return 1;
}

/*
 * Sums to bytes: each plus its column's bias, times its scale, rounded to nearest even, plus `zero`, clamped
 * to 0 to 255. `bias` may be null; `scale` is one, or one a column. Rows follow each other without gaps.
 */
EXPORT(requantize) void requantize(const int32_t *in, uint8_t *out, const int32_t *bias, const float *scale,
                                   int is_per_column, int zero, uint32_t rows, uint32_t columns) {
  const float least = (float)(0 - zero), most = (float)(255 - zero);
  const v128_t low = wasm_f32x4_splat(least), high = wasm_f32x4_splat(most), magic = wasm_f32x4_splat(MAGIC);
  const v128_t bits = wasm_i32x4_splat(MAGIC_BITS - zero), common = wasm_f32x4_splat(*scale);
  for (; rows > 0; rows--, in += columns, out += columns) {
    uint32_t n = 0;
#define SUM(at) (bias ? wasm_i32x4_add(wasm_v128_load(in + n + (at)), wasm_v128_load(bias + n + (at))) : wasm_v128_load(in + n + (at)))
#define SCALE(at) (is_per_column ? wasm_v128_load(scale + n + (at)) : common)
#define SCALED(at) wasm_f32x4_mul(SCALE(at), wasm_f32x4_convert_i32x4(SUM(at)))
#define CLAMPED(at) wasm_f32x4_pmin(wasm_f32x4_pmax(SCALED(at), low), high)
#define BYTES(at) wasm_i32x4_sub(wasm_f32x4_add(CLAMPED(at), magic), bits)
    for (; n + 16 <= columns; n += 16) {
      const v128_t first = wasm_i16x8_narrow_i32x4(BYTES(0), BYTES(4));
      const v128_t second = wasm_i16x8_narrow_i32x4(BYTES(8), BYTES(12));
      wasm_v128_store(out + n, wasm_u8x16_narrow_i16x8(first, second));
    }
    for (; n + 4 <= columns; n += 4) {
      const v128_t words = wasm_i16x8_narrow_i32x4(BYTES(0), wasm_i32x4_splat(0));
      wasm_v128_store32_lane(out + n, wasm_u8x16_narrow_i16x8(words, words), 0);
    }
    for (; n < columns; n++) {
      float value = (float)(in[n] + (bias ? bias[n] : 0)) * (is_per_column ? scale[n] : *scale);
      value = value < least ? least : value;
      value = value > most ? most : value;
      const union {
        float value;
        int32_t bits;
      } rounded = {value + MAGIC};
      out[n] = (uint8_t)(rounded.bits - MAGIC_BITS + zero);
    }
  }
}
