/*
 * Kernels of fp32 arithmetic for onnxruntime-web, in place of its own: the product of two matrices, whose own
 * kernel is two rows by sixteen columns with a multiplication and an addition where a processor has both in
 * one, and the depthwise convolution, which its build for WebAssembly makes by copying every window of the
 * picture into a matrix of one row.
 *
 * Sums differ from its own by their rounding: `f32x4.relaxed_madd` rounds once or twice, as the processor does.
 *
 * Built by `npm run tool -- fp32-kernels` (Debian's clang and lld); `splice.ts` puts them into onnxruntime's
 * module. The structs are those of its public header (mlas.h), as wasm32 lays them out. Each function has to
 * come out as one body that calls no other.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))

#define MADD(a, b, sum) wasm_f32x4_relaxed_madd(a, b, sum)

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

/* MLAS_ACTIVATION, and those of its kinds that are known here. */
typedef struct {
  uint32_t kind;
  float least, most;
} Activation;
enum { IDENTITY = 0, RELU = 1, CLIP = 5 };

/* MLAS_CONV_PARAMETERS */
typedef struct {
  const Activation *activation;
  uint32_t dimensions, batch, groups, channels;
  uint8_t is_channels_last;
  uint32_t input[3], kernel[3], dilation[3], padding[6], stride[3];
  uint32_t filters, output[3], input_size, output_size, depth;
  float beta;
} Convolution;

INLINE v128_t clipped(v128_t x, v128_t least, v128_t most) { return wasm_f32x4_pmin(wasm_f32x4_pmax(x, least), most); }

/*
 * Inputs of `side` weights of a row of windows: for each four numbers, `stride` (1 or 2) apart. The last that is
 * read is `in[7]`, with a stride of 2 `in[side + 6]`.
 */
INLINE void taps(const float *in, const int side, const int stride, v128_t *x) {
  if (stride == 1) {
    const v128_t low = wasm_v128_load(in), high = wasm_v128_load(in + 4);
    x[0] = low;
    x[1] = wasm_i32x4_shuffle(low, high, 1, 2, 3, 4);
    x[2] = wasm_i32x4_shuffle(low, high, 2, 3, 4, 5);
    if (side > 3) {
      x[3] = wasm_i32x4_shuffle(low, high, 3, 4, 5, 6);
      x[4] = high;
    }
    return;
  }
#pragma unroll
  for (int k = 0; k < side; k += 2) {
    const v128_t low = wasm_v128_load(in + k), high = wasm_v128_load(in + k + 4);
    x[k] = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
    if (k + 1 < side) x[k + 1] = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  }
}

/* Four outputs of each of `height` rows, one or two. */
INLINE void windows(const int height, const int side, const int stride, const float *in, uint32_t width, const v128_t *weights,
                    float *out, uint32_t out_width, v128_t bias, v128_t least, v128_t most) {
  v128_t sums[2] = {bias, bias};
#pragma unroll
  for (int r = 0; r < side + (height - 1) * stride; r++, in += width) {
    v128_t x[5];
    taps(in, side, stride, x);
#pragma unroll
    for (int k = 0; k < side; k++) {
      if (r < side) sums[0] = MADD(x[k], weights[r * side + k], sums[0]);
      if (height > 1 && r >= stride) sums[1] = MADD(x[k], weights[(r - stride) * side + k], sums[1]);
    }
  }
  wasm_v128_store(out, clipped(sums[0], least, most));
  if (height > 1) wasm_v128_store(out + out_width, clipped(sums[1], least, most));
}

/* Convolution of one channel, padded already. The last rows and columns may be made twice, to be made in fours. */
INLINE void plane(const int side, const int stride, const float *in, uint32_t width, const float *filter, float *out,
                  uint32_t out_height, uint32_t out_width, v128_t bias, v128_t least, v128_t most) {
  v128_t weights[25];
#pragma unroll
  for (int i = 0; i < side * side; i++) weights[i] = wasm_v128_load32_splat(filter + i);
#define COLUMNS(height)                                                                                                      \
  for (uint32_t x = 0; x < out_width; x += 4) {                                                                              \
    if (x + 4 > out_width) x = out_width - 4;                                                                                \
    windows(height, side, stride, in + y * stride * width + x * stride, width, weights, out + y * out_width + x, out_width, \
            bias, least, most);                                                                                              \
  }
  uint32_t y = 0;
  for (; y + 2 <= out_height; y += 2) COLUMNS(2)
  if (y < out_height) COLUMNS(1)
}

/*
 * MlasConvOperation of one channel by one filter (a group of a depthwise convolution) into `output`, all of it at once.
 * `buffer` takes K numbers for each output. Answers 0, with nothing done, for what it does not know.
 */
EXPORT(depthwise) int depthwise(const Convolution *p, const float *input, const float *filter, const float *bias, float *buffer,
                                float *output, uint32_t first, uint32_t count) {
  const uint32_t side = p->kernel[0], stride = p->stride[0], out_height = p->output[0], out_width = p->output[1];
  const uint32_t top = p->padding[0], left = p->padding[1], bottom = p->padding[2], right = p->padding[3];
  const Activation *activation = p->activation;
  if (p->dimensions != 2 || p->channels != 1 || p->filters != 1 || p->groups < 2 || p->is_channels_last || p->beta != 0 ||
      first != 0 || count != p->output_size || out_width < 4)
    return 0;
  if ((side != 3 && side != 5) || p->kernel[1] != side || (stride != 1 && stride != 2) || p->stride[1] != stride ||
      p->dilation[0] != 1 || p->dilation[1] != 1 || top >= side || left >= side || bottom >= side || right >= side)
    return 0;
  v128_t least = wasm_f32x4_splat(-__builtin_inff()), most = wasm_f32x4_splat(__builtin_inff());
  if (activation->kind == RELU) {
    least = wasm_f32x4_splat(0);
  } else if (activation->kind == CLIP) {
    least = wasm_f32x4_splat(activation->least);
    most = wasm_f32x4_splat(activation->most);
  } else if (activation->kind != IDENTITY) {
    return 0;
  }
  const uint32_t height = p->input[0], width = p->input[1];
  /* Vectors may end some numbers beyond the last row. */
  const uint32_t padded = left + width + right;
  if ((top + height + bottom) * padded + 2 * WIDTH > p->output_size * p->depth) return 0;
  float *to = buffer;
  const v128_t zero = wasm_f32x4_splat(0);
#define ZEROS(n)                                                         \
  {                                                                      \
    uint32_t rest = (n);                                                 \
    for (; rest >= 4; rest -= 4, to += 4) wasm_v128_store(to, zero);     \
    for (; rest > 0; rest--) *to++ = 0;                                  \
  }
  ZEROS(top * padded + left)
  for (uint32_t y = 0; y < height; y++, input += width) {
    uint32_t x = 0;
    for (; x + 4 <= width; x += 4, to += 4) wasm_v128_store(to, wasm_v128_load(input + x));
    for (; x < width; x++) *to++ = input[x];
    for (x = 0; x < left + right; x++) *to++ = 0;
  }
  ZEROS(bottom * padded + 2 * WIDTH - left)
  const v128_t start = wasm_f32x4_splat(bias ? *bias : 0);
#define PLANE(side, stride) plane(side, stride, buffer, padded, filter, output, out_height, out_width, start, least, most)
  if (side == 3 && stride == 1) PLANE(3, 1);
  else if (side == 3) PLANE(3, 2);
  else if (stride == 1) PLANE(5, 1);
  else PLANE(5, 2);
  return 1;
}
