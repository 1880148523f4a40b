/* What the kernels of scripts/wasm begin with: a function that is exported by its name, and one that becomes part of others. */
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))
