/* Rounding of floats to whole numbers, half to even, by one addition. */
#pragma once

/* 1.5 times 2 to the 23: added to a float, it leaves the nearest integer in the lowest bits. */
#define MAGIC 12582912.0f
#define MAGIC_BITS 0x4B400000
