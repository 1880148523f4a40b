/* Convolutions as onnxruntime asks for them (mlas.h, convolve.cpp), and their activations. */
#pragma once
#include "../kernel.h"

#define MADD(a, b, sum) wasm_f32x4_relaxed_madd(a, b, sum)

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

/* Numbers that its buffer holds, where it would copy windows piece by piece (MLAS_CONV_WORKING_BUFFER_SIZE_PER_THREAD). */
enum { BUFFER_LENGTH = 128 * 128 };

typedef struct {
  v128_t least, most;
} Limits;

/* Bounds of what comes out. Answers 0 for an activation that is not known. */
INLINE int limits_of(const Activation *activation, Limits *limits) {
  limits->least = wasm_f32x4_splat(-__builtin_inff());
  limits->most = wasm_f32x4_splat(__builtin_inff());
  if (activation->kind == RELU) {
    limits->least = wasm_f32x4_splat(0);
  } else if (activation->kind == CLIP) {
    limits->least = wasm_f32x4_splat(activation->least);
    limits->most = wasm_f32x4_splat(activation->most);
  }
  return activation->kind == IDENTITY || activation->kind == RELU || activation->kind == CLIP;
}

INLINE v128_t clipped(v128_t x, Limits limits) {
  return wasm_f32x4_pmin(wasm_f32x4_pmax(x, limits.least), limits.most);
}

/* True of two dimensions, a square kernel of 3 or 5, one stride of `least_stride` or 2 and little padding, all at once. */
INLINE int is_plain(const Convolution *p, uint32_t least_stride, uint32_t first, uint32_t count) {
  const uint32_t side = p->kernel[0], stride = p->stride[0], *pad = p->padding;
  return p->dimensions == 2 && !p->is_channels_last && p->beta == 0 && first == 0 && count == p->output_size &&
         (side == 3 || side == 5) && p->kernel[1] == side && (stride == least_stride || stride == 2) &&
         p->stride[1] == stride && p->dilation[0] == 1 && p->dilation[1] == 1 && pad[0] < side && pad[1] < side &&
         pad[2] < side && pad[3] < side;
}
