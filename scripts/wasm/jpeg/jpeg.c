/*
 * Kernels for libjpeg-turbo, whose build for WebAssembly has none of its SIMD: the inverse DCTs of 8x8, 4x4 and
 * 2x2 samples (Loeffler, Ligtenberg and Moschytz 1989, in fixed point), upsampling by a triangle filter, and
 * YCbCr to RGB (JFIF 1.02). Outputs are the same to the bit for every coefficient that dequantizes to less than
 * 2^16, which is 16 times what a picture of 8 bits can hold; beyond, what overflows may differ.
 *
 * Built by `npm run tool -- jpeg-kernels` (Debian's clang and lld); `libjpeg.ts` puts them into the decoder's
 * module. Each function has to come out as one body that calls no other and needs no stack.
 */
#include "../kernel.h"

/* Bytes into `jpeg_decompress_struct` and `jpeg_component_info` (jpeglib.h), as wasm32 lays them out. */
enum { OUT_COLOR_SPACE = 44, OUTPUT_WIDTH = 112, MAX_V_SAMP_FACTOR = 312 };
enum { DOWNSAMPLED_WIDTH = 40, DCT_TABLE = 80 };
#define FIELD(of, bytes) (*(const int32_t *)((const char *)(of) + (bytes)))

/* JCS_EXT_RGB. */
enum { RGB = 6 };

/* Bits of the constants' fractions, and those that the first pass of a transform leaves. */
enum { FRACTION = 13, LEFT = 2 };

#define ADD wasm_i32x4_add
#define SUB wasm_i32x4_sub
#define TIMES(a, constant) wasm_i32x4_mul(a, wasm_i32x4_splat(constant))

typedef struct {
  v128_t of[8];
} Lines;

/* One row of coefficients, dequantized: four columns each. */
INLINE void dequantize(const int16_t *coefficients, const int16_t *table, int row, v128_t *low, v128_t *high) {
  const v128_t c = wasm_v128_load(coefficients + 8 * row), t = wasm_v128_load(table + 8 * row);
  *low = wasm_i32x4_extmul_low_i16x8(c, t);
  *high = wasm_i32x4_extmul_high_i16x8(c, t);
}

INLINE const int16_t *table_of(const void *component) {
  return (const int16_t *)(uintptr_t)FIELD(component, DCT_TABLE);
}

INLINE void transpose(v128_t *a, v128_t *b, v128_t *c, v128_t *d) {
  const v128_t ab_low = wasm_i32x4_shuffle(*a, *b, 0, 4, 1, 5), ab_high = wasm_i32x4_shuffle(*a, *b, 2, 6, 3, 7);
  const v128_t cd_low = wasm_i32x4_shuffle(*c, *d, 0, 4, 1, 5), cd_high = wasm_i32x4_shuffle(*c, *d, 2, 6, 3, 7);
  *a = wasm_i64x2_shuffle(ab_low, cd_low, 0, 2);
  *b = wasm_i64x2_shuffle(ab_low, cd_low, 1, 3);
  *c = wasm_i64x2_shuffle(ab_high, cd_high, 0, 2);
  *d = wasm_i64x2_shuffle(ab_high, cd_high, 1, 3);
}

/* Sums that are rounded and scaled down by their user: 2^13 times the eight outputs of four transforms. */
INLINE Lines transform8(const v128_t x[8]) {
  const v128_t z1 = TIMES(ADD(x[2], x[6]), 4433);
  const v128_t even2 = ADD(z1, TIMES(x[6], -15137)), even3 = ADD(z1, TIMES(x[2], 6270));
  const v128_t even0 = wasm_i32x4_shl(ADD(x[0], x[4]), FRACTION), even1 = wasm_i32x4_shl(SUB(x[0], x[4]), FRACTION);
  const v128_t a = ADD(even0, even3), d = SUB(even0, even3), b = ADD(even1, even2), c = SUB(even1, even2);

  const v128_t z3 = ADD(x[7], x[3]), z4 = ADD(x[5], x[1]), z5 = TIMES(ADD(z3, z4), 9633);
  const v128_t y1 = TIMES(ADD(x[7], x[1]), -7373), y2 = TIMES(ADD(x[5], x[3]), -20995);
  const v128_t y3 = ADD(TIMES(z3, -16069), z5), y4 = ADD(TIMES(z4, -3196), z5);
  const v128_t odd0 = ADD(TIMES(x[7], 2446), ADD(y1, y3)), odd1 = ADD(TIMES(x[5], 16819), ADD(y2, y4));
  const v128_t odd2 = ADD(TIMES(x[3], 25172), ADD(y2, y3)), odd3 = ADD(TIMES(x[1], 12299), ADD(y1, y4));
  return (Lines){{ADD(a, odd3), ADD(b, odd2), ADD(c, odd1), ADD(d, odd0), SUB(d, odd0), SUB(c, odd1), SUB(b, odd2),
                  SUB(a, odd3)}};
}

/* 2^14 times the four outputs of transforms of which the fifth input is not needed. */
INLINE Lines transform4(v128_t x0, v128_t x1, v128_t x2, v128_t x3, v128_t x5, v128_t x6, v128_t x7) {
  const v128_t even = wasm_i32x4_shl(x0, FRACTION + 1), turn = ADD(TIMES(x2, 15137), TIMES(x6, -6270));
  const v128_t odd0 = ADD(ADD(TIMES(x7, -1730), TIMES(x5, 11893)), ADD(TIMES(x3, -17799), TIMES(x1, 8697)));
  const v128_t odd2 = ADD(ADD(TIMES(x7, -4176), TIMES(x5, -4926)), ADD(TIMES(x3, 7373), TIMES(x1, 20995)));
  const v128_t a = ADD(even, turn), b = SUB(even, turn);
  return (Lines){{ADD(a, odd2), ADD(b, odd0), SUB(b, odd0), SUB(a, odd2)}};
}

#define DESCALED(x, bits) wasm_i32x4_shr(ADD(x, wasm_i32x4_splat(1 << ((bits)-1))), bits)

/* The same, of which libjpeg then takes 10 bits with their sign (`range_limit[… & RANGE_MASK]`). */
#define LIMITED(x, bits) \
  wasm_i32x4_shr(wasm_i32x4_shl(ADD(x, wasm_i32x4_splat(1 << ((bits)-1))), 32 - 10 - (bits)), 32 - 10)

/* Samples of two rows of eight, from what is 128 below. */
INLINE v128_t samples(v128_t first, v128_t second) {
  const v128_t centre = wasm_i16x8_splat(128);
  return wasm_u8x16_narrow_i16x8(wasm_i16x8_add(first, centre), wasm_i16x8_add(second, centre));
}

EXPORT(idct_8x8)
void idct_8x8(const void *decoder, const void *component, const int16_t *coefficients, uint8_t **rows,
              uint32_t column) {
  (void)decoder;
  const int16_t *table = table_of(component);
  v128_t low[8], high[8];
#pragma unroll
  for (int i = 0; i < 8; i++) dequantize(coefficients, table, i, &low[i], &high[i]);
  v128_t ac = wasm_v128_or(wasm_i32x4_replace_lane(low[0], 0, 0), high[0]);
#pragma unroll
  for (int i = 1; i < 8; i++) ac = wasm_v128_or(ac, wasm_v128_or(low[i], high[i]));
  if (!wasm_v128_any_true(ac)) {
    const v128_t even = wasm_i32x4_shl(wasm_i32x4_shuffle(low[0], low[0], 0, 0, 0, 0), LEFT);
    const v128_t value = LIMITED(even, LEFT + 3);
    const v128_t row = wasm_i16x8_narrow_i32x4(value, value);
    const v128_t bytes = samples(row, row);
#pragma unroll
    for (int i = 0; i < 8; i++) wasm_v128_store64_lane(rows[i] + column, bytes, 0);
    return;
  }

  Lines left = transform8(low), right = transform8(high);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    left.of[i] = DESCALED(left.of[i], FRACTION - LEFT);
    right.of[i] = DESCALED(right.of[i], FRACTION - LEFT);
  }
#pragma unroll
  for (int i = 0; i < 8; i += 4) {
    transpose(&left.of[i], &left.of[i + 1], &left.of[i + 2], &left.of[i + 3]);
    transpose(&right.of[i], &right.of[i + 1], &right.of[i + 2], &right.of[i + 3]);
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int at = 4 * half; /* rows at to at + 3: their first four columns, then the others */
    const v128_t x[8] = {left.of[at],      left.of[at + 1],  left.of[at + 2],  left.of[at + 3],
                         right.of[at],     right.of[at + 1], right.of[at + 2], right.of[at + 3]};
    Lines y = transform8(x);
#pragma unroll
    for (int i = 0; i < 8; i++) y.of[i] = LIMITED(y.of[i], FRACTION + LEFT + 3);
    transpose(&y.of[0], &y.of[1], &y.of[2], &y.of[3]);
    transpose(&y.of[4], &y.of[5], &y.of[6], &y.of[7]);
#pragma unroll
    for (int i = 0; i < 4; i += 2) {
      const v128_t two = samples(wasm_i16x8_narrow_i32x4(y.of[i], y.of[i + 4]),
                                 wasm_i16x8_narrow_i32x4(y.of[i + 1], y.of[i + 5]));
      wasm_v128_store64_lane(rows[at + i] + column, two, 0);
      wasm_v128_store64_lane(rows[at + i + 1] + column, two, 1);
    }
  }
}

EXPORT(idct_4x4)
void idct_4x4(const void *decoder, const void *component, const int16_t *coefficients, uint8_t **rows,
              uint32_t column) {
  (void)decoder;
  const int16_t *table = table_of(component);
  v128_t low[8], high[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    if (i != 4) dequantize(coefficients, table, i, &low[i], &high[i]);
  }
  Lines left = transform4(low[0], low[1], low[2], low[3], low[5], low[6], low[7]);
  Lines right = transform4(high[0], high[1], high[2], high[3], high[5], high[6], high[7]);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    left.of[i] = DESCALED(left.of[i], FRACTION - LEFT + 1);
    right.of[i] = DESCALED(right.of[i], FRACTION - LEFT + 1);
  }
  transpose(&left.of[0], &left.of[1], &left.of[2], &left.of[3]);
  transpose(&right.of[0], &right.of[1], &right.of[2], &right.of[3]);
  Lines y = transform4(left.of[0], left.of[1], left.of[2], left.of[3], right.of[1], right.of[2], right.of[3]);
#pragma unroll
  for (int i = 0; i < 4; i++) y.of[i] = LIMITED(y.of[i], FRACTION + LEFT + 3 + 1);
  transpose(&y.of[0], &y.of[1], &y.of[2], &y.of[3]);
  const v128_t all = samples(wasm_i16x8_narrow_i32x4(y.of[0], y.of[1]), wasm_i16x8_narrow_i32x4(y.of[2], y.of[3]));
  wasm_v128_store32_lane(rows[0] + column, all, 0);
  wasm_v128_store32_lane(rows[1] + column, all, 1);
  wasm_v128_store32_lane(rows[2] + column, all, 2);
  wasm_v128_store32_lane(rows[3] + column, all, 3);
}

/* Odd inputs of a transform to two outputs. */
#define ODD(x1, x3, x5, x7) ADD(ADD(TIMES(x7, -5906), TIMES(x5, 6967)), ADD(TIMES(x3, -10426), TIMES(x1, 29692)))

EXPORT(idct_2x2)
void idct_2x2(const void *decoder, const void *component, const int16_t *coefficients, uint8_t **rows,
              uint32_t column) {
  (void)decoder;
  const int16_t *table = table_of(component);
  v128_t low[8], high[8];
#pragma unroll
  for (int i = 1; i < 8; i += 2) dequantize(coefficients, table, i, &low[i], &high[i]);
  dequantize(coefficients, table, 0, &low[0], &high[0]);
  const v128_t left_odd = ODD(low[1], low[3], low[5], low[7]), left_even = wasm_i32x4_shl(low[0], FRACTION + 2);
  const v128_t right_odd = ODD(high[1], high[3], high[5], high[7]), right_even = wasm_i32x4_shl(high[0], FRACTION + 2);
  const v128_t l0 = DESCALED(ADD(left_even, left_odd), FRACTION - LEFT + 2);
  const v128_t l1 = DESCALED(SUB(left_even, left_odd), FRACTION - LEFT + 2);
  const v128_t r0 = DESCALED(ADD(right_even, right_odd), FRACTION - LEFT + 2);
  const v128_t r1 = DESCALED(SUB(right_even, right_odd), FRACTION - LEFT + 2);
  /* Columns 1 and 3 of both rows, and 5 and 7. */
  const v128_t near = wasm_i32x4_shuffle(l0, l1, 1, 3, 5, 7), far = wasm_i32x4_shuffle(r0, r1, 1, 3, 5, 7);
  const v128_t odd = ADD(wasm_i32x4_mul(near, wasm_i32x4_make(29692, -10426, 29692, -10426)),
                         wasm_i32x4_mul(far, wasm_i32x4_make(6967, -5906, 6967, -5906)));
  const v128_t sums = ADD(odd, wasm_i32x4_shuffle(odd, odd, 1, 0, 3, 2)); /* of row 0 twice, of row 1 twice */
  const v128_t even = wasm_i32x4_shl(wasm_i32x4_shuffle(l0, l1, 0, 0, 4, 4), FRACTION + 2);
  const v128_t signs = wasm_i32x4_make(0, -1, 0, -1);
  const v128_t y = ADD(even, SUB(wasm_v128_xor(sums, signs), signs));
  const v128_t value = LIMITED(y, FRACTION + LEFT + 3 + 2);
  const v128_t narrow = wasm_i16x8_narrow_i32x4(value, value);
  const v128_t bytes = samples(narrow, narrow);
  wasm_v128_store16_lane(rows[0] + column, bytes, 0);
  wasm_v128_store16_lane(rows[1] + column, bytes, 1);
}

/* Three times a row of samples and once another: eight sums of columns. */
INLINE v128_t column_sums(const uint8_t *near, const uint8_t *far) {
  const v128_t n = wasm_u16x8_load8x8(near), f = wasm_u16x8_load8x8(far);
  return wasm_i16x8_add(wasm_i16x8_add(n, f), wasm_i16x8_shl(n, 1));
}

INLINE void between(const uint8_t *near, const uint8_t *far, int before, int here, int after, uint8_t *to) {
#define SUM(i) (3 * near[i] + far[i])
  to[0] = (uint8_t)((3 * SUM(here) + SUM(before) + 8) >> 4);
  to[1] = (uint8_t)((3 * SUM(here) + SUM(after) + 7) >> 4);
}

/* Twice as wide and high, by a triangle filter. 0, with nothing done, for few columns. */
EXPORT(upsample_2x2)
int upsample_2x2(const void *decoder, const void *component, uint8_t **input, uint8_t ***output) {
  const int width = FIELD(component, DOWNSAMPLED_WIDTH), height = FIELD(decoder, MAX_V_SAMP_FACTOR);
  enum { AT_ONCE = 8 };
  if (width < AT_ONCE + 2) return 0;
  uint8_t **to = *output;
  for (int row = 0; row < height; row += 2, input++) {
    for (int half = 0; half < 2; half++) {
      const uint8_t *near = input[0], *far = input[half == 0 ? -1 : 1];
      uint8_t *out = to[row + half];
      between(near, far, 0, 0, 1, out);
      for (int at = 1; at < width - 1; at += AT_ONCE) {
        if (at > width - 1 - AT_ONCE) at = width - 1 - AT_ONCE;
        const v128_t here = column_sums(near + at, far + at);
        const v128_t thrice = wasm_i16x8_add(here, wasm_i16x8_shl(here, 1));
        const v128_t before = column_sums(near + at - 1, far + at - 1), after = column_sums(near + at + 1, far + at + 1);
        const v128_t first = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(thrice, before), wasm_i16x8_splat(8)), 4);
        const v128_t second = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(thrice, after), wasm_i16x8_splat(7)), 4);
        wasm_v128_store(out + 2 * at, wasm_v128_or(first, wasm_i16x8_shl(second, 8)));
      }
      between(near, far, width - 2, width - 1, width - 1, out + 2 * (width - 1));
    }
  }
  return 1;
}

/* (a, b) times their factors, and a half, in units of 2^16; of eight pairs. */
INLINE v128_t weighted(v128_t a, v128_t b, int16_t of_a, int16_t of_b) {
  const v128_t factors = wasm_i16x8_make(of_a, of_b, of_a, of_b, of_a, of_b, of_a, of_b);
  const v128_t half = wasm_i32x4_splat(1 << 15);
  const v128_t low = wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  const v128_t high = wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(ADD(wasm_i32x4_dot_i16x8(low, factors), half), 16),
                                 wasm_i32x4_shr(ADD(wasm_i32x4_dot_i16x8(high, factors), half), 16));
}

typedef struct {
  v128_t red, green, blue;
} Colours;

/* 1.402, 0.34414, 0.71414 and 1.772 in units of 2^16, less the whole numbers that are added apart. */
INLINE Colours colours(v128_t y, v128_t cb, v128_t cr) {
  const v128_t centre = wasm_i16x8_splat(128), none = wasm_i16x8_splat(0);
  cb = wasm_i16x8_sub(cb, centre);
  cr = wasm_i16x8_sub(cr, centre);
  return (Colours){
      wasm_i16x8_add(wasm_i16x8_add(y, cr), weighted(cr, none, 91881 - 65536, 0)),
      wasm_i16x8_add(wasm_i16x8_sub(y, cr), weighted(cb, cr, -22554, 65536 - 46802)),
      wasm_i16x8_add(wasm_i16x8_add(y, wasm_i16x8_shl(cb, 1)), weighted(cb, none, 116130 - 2 * 65536, 0)),
  };
}

/* Rows of Y, Cb and Cr to RGB. 0, with nothing done, for other colours or few columns. */
EXPORT(ycc_rgb)
int ycc_rgb(const void *decoder, uint8_t ***input, uint32_t row, uint8_t **output, int count) {
  const int width = FIELD(decoder, OUTPUT_WIDTH);
  enum { AT_ONCE = 16 };
  if (FIELD(decoder, OUT_COLOR_SPACE) != RGB || width < AT_ONCE) return 0;
  for (; count > 0; count--, row++, output++) {
    const uint8_t *y = input[0][row], *cb = input[1][row], *cr = input[2][row];
    uint8_t *to = *output;
    for (int at = 0; at < width; at += AT_ONCE) {
      if (at > width - AT_ONCE) at = width - AT_ONCE;
      const v128_t ys = wasm_v128_load(y + at), cbs = wasm_v128_load(cb + at), crs = wasm_v128_load(cr + at);
      const Colours low = colours(wasm_u16x8_extend_low_u8x16(ys), wasm_u16x8_extend_low_u8x16(cbs),
                                  wasm_u16x8_extend_low_u8x16(crs));
      const Colours high = colours(wasm_u16x8_extend_high_u8x16(ys), wasm_u16x8_extend_high_u8x16(cbs),
                                   wasm_u16x8_extend_high_u8x16(crs));
      const v128_t r = wasm_u8x16_narrow_i16x8(low.red, high.red), g = wasm_u8x16_narrow_i16x8(low.green, high.green);
      const v128_t b = wasm_u8x16_narrow_i16x8(low.blue, high.blue);
      /* Red and green in turns, then blue between them. */
      const v128_t rg0 = wasm_i8x16_shuffle(r, g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const v128_t rg1 = wasm_i8x16_shuffle(r, g, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const v128_t mid = wasm_i64x2_shuffle(rg0, rg1, 1, 2);
      uint8_t *out = to + 3 * at;
      wasm_v128_store(out, wasm_i8x16_shuffle(rg0, b, 0, 1, 16, 2, 3, 17, 4, 5, 18, 6, 7, 19, 8, 9, 20, 10));
      wasm_v128_store(out + 16, wasm_i8x16_shuffle(mid, b, 3, 21, 4, 5, 22, 6, 7, 23, 8, 9, 24, 10, 11, 25, 12, 13));
      wasm_v128_store(out + 32, wasm_i8x16_shuffle(rg1, b, 26, 6, 7, 27, 8, 9, 28, 10, 11, 29, 12, 13, 30, 14, 15, 31));
    }
  }
  return 1;
}
