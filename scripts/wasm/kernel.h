/* What every kernel in C begins with: one that is exported by its name, and what is to become part of it. */
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))
