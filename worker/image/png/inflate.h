/* DEFLATE in pieces (RFC 1951), with 32 KiB of history; whoever calls takes what the window has. */
#include <stdint.h>
#include <wasm_simd128.h>

#include "bits.h"
#include "huffman.h"

enum {
  HISTORY = 32768,
  LONGEST_MATCH = 258,
  FULL_AT = HISTORY + 65536,
  /* Read or written past the end, at most. */
  SLACK = 32,
  /*
   * Building codes costs us far more than the 11 bytes it costs the sender. Encoders send codes for
   * at least some kilobytes at a time, or for a row; a file with more than this many is an attack.
   */
  SPARE_CODES = 4096,
  BYTES_PER_CODE = 1024,
};

static struct code literals, distances, fixed_literals, fixed_distances;
static uint8_t window[FULL_AT + LONGEST_MATCH + SLACK];

/* Written up to `to`, of which up to `flushed` has been taken. */
static int to, flushed;
static enum { HEADER, STORED, COMPRESSED } state;
static int is_final, is_full, stored_left, codes, handed_over;
static const struct code *block_literals, *block_distances;
static const uint32_t *block_pairs;

/* RFC 1951, 3.2.5: base and extra bits of lengths 257..285 and distances 0..29. */
static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,
                                         15, 17, 19, 23, 27, 31, 35, 43, 51,  59,
                                         67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                         2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[30] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                           6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
/* 3.2.7: the order in which the lengths of the code length code are sent. */
static const uint8_t length_order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                         11, 4,  12, 3, 13, 2, 14, 1, 15};

/* 3.2.7 */
static int read_codes(void) {
  uint8_t lengths[286 + 32 + 1] = {0}, order[19] = {0};
  const int count = take(5) + 257, all = count + take(5) + 1, sent = take(4) + 4;
  if (count > 286) return NO_SUCH_SYMBOL;
  for (int i = 0; i < sent; i++) order[length_order[i]] = take(3);
  int error = build(&literals, order, 19);
  for (int i = 0; i < all && error == 0;) {
    if (held < 7) REFILL(bits, held, at);
    const int entry = find(&literals, bits);
    if (entry < 0) return entry;
    bits >>= entry & 15;
    held -= entry & 15;
    const int symbol = entry >> 4;
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return NOTHING_TO_REPEAT;
    const int value = symbol == 16 ? lengths[i - 1] : 0;
    int times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (i + times > all) return TOO_MANY_LENGTHS;
    while (times-- > 0) lengths[i++] = value;
  }
  if (error != 0) return error;
  if (lengths[256] == 0) return NO_END;
  error = build(&literals, lengths, count);
  build_pairs(&literals);
  return error != 0 ? error : build(&distances, lengths + count, all - count);
}

/* 3.2.3. @returns 0, or an error */
static int begin_block(void) {
  is_final = take(1);
  const int type = take(2);
  if (type == 3) return BAD_TYPE;
  if (type == 0) {
    take(held & 7);
    give_back();
    stored_left = take(16);
    if ((stored_left ^ take(16)) != 0xffff) return BAD_STORED_LENGTH;
    give_back();
    state = STORED;
    return 0;
  }
  block_literals = type == 1 ? &fixed_literals : &literals;
  block_pairs = type == 1 ? no_pairs : pairs;
  block_distances = type == 1 ? &fixed_distances : &distances;
  state = COMPRESSED;
  if (type == 1) return 0;
  if (++codes > SPARE_CODES + handed_over / BYTES_PER_CODE) return TOO_MANY_CODES;
  return read_codes();
}

static int copy_stored(void) {
  int count = stored_left;
  if (count > end - at) count = end > at ? end - at : 0;
  if (count > FULL_AT - to) count = FULL_AT - to;
  __builtin_memcpy(window + to, piece + at, count);
  at += count;
  to += count;
  stored_left -= count;
  if (to >= FULL_AT) return FULL;
  if (stored_left > 0) return is_last ? ENDED : NEEDS_INPUT;
  state = HEADER;
  return 0;
}

/* A match; writes up to SLACK bytes more than it is long. */
INLINE void copy_match(int to, int distance, int length) {
  uint8_t *p = window + to;
  const uint8_t *from = p - distance;
  if (distance >= 16) {
    for (int i = 0; i < length; i += 16) wasm_v128_store(p + i, wasm_v128_load(from + i));
  } else if (distance == 1) {
    const v128_t v = wasm_i8x16_splat(*from);
    for (int i = 0; i < length; i += 16) wasm_v128_store(p + i, v);
  } else {
    for (int i = 0; i < length; i++) p[i] = from[i];
  }
}

/* 3.2.4. @returns 0 at the block's end */
static int decompress(void) {
  const struct code *const by_literal = block_literals, *const by_distance = block_distances;
  const uint32_t *const two = block_pairs;
  uint64_t b = bits;
  int h = held, i = at, o = to, status = 0;
  /* Written of bits that are there: behind the end there are zeros. */
  int sound = to;
  for (;;) {
    if (i + 8 > end) {
      if (!is_last) {
        status = NEEDS_INPUT;
        break;
      }
      if (i - (h >> 3) > end) {
        o = sound;
        status = ENDED;
        break;
      }
      sound = o;
    }
    if (h < 48) REFILL(b, h, i);
    const uint32_t pair = two[b & ((1 << FAST_BITS) - 1)];
    if (pair != 0 && i < end) {
      window[o] = pair;
      window[o + 1] = pair >> 8;
      b >>= pair >> 16;
      h -= pair >> 16;
      o += 2;
      if (o < FULL_AT) continue;
      status = FULL;
      break;
    }
    int entry = find(by_literal, b);
    if (entry < 0) return entry;
    b >>= entry & 15;
    h -= entry & 15;
    int symbol = entry >> 4;
    if (symbol < 256) {
      window[o++] = symbol;
    } else if (symbol == 256) {
      state = HEADER;
      break;
    } else {
      symbol -= 257;
      if (symbol >= 29) return NO_SUCH_SYMBOL;
      int extra = length_extra[symbol];
      const int length = length_base[symbol] + (int)(b & ((1u << extra) - 1));
      b >>= extra;
      h -= extra;
      entry = find(by_distance, b);
      if (entry < 0) return entry;
      b >>= entry & 15;
      h -= entry & 15;
      symbol = entry >> 4;
      if (symbol >= 30) return NO_SUCH_SYMBOL;
      extra = distance_extra[symbol];
      const int distance = distance_base[symbol] + (int)(b & ((1u << extra) - 1));
      b >>= extra;
      h -= extra;
      if (distance > o) return BEFORE_BEGINNING;
      copy_match(o, distance, length);
      o += length;
    }
    if (o >= FULL_AT && i - (h >> 3) <= end) {
      status = FULL;
      break;
    }
  }
  bits = b;
  held = h;
  at = i;
  to = o;
  return status;
}

void EXPORT(start)(void) {
  uint8_t lengths[288];
  bits = held = at = end = is_last = to = flushed = is_final = is_full = codes = handed_over = 0;
  state = HEADER;
  for (int i = 0; i < 288; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8; /* 3.2.6 */
  build(&fixed_literals, lengths, 288);
  for (int i = 0; i < 30; i++) lengths[i] = 5;
  build(&fixed_distances, lengths, 30);
}

/* What was written has been read: only the history stays. */
static void forget_written(void) {
  handed_over += to - flushed;
  if (to > HISTORY) {
    __builtin_memmove(window, window + to - HISTORY, HISTORY);
    to = HISTORY;
  }
  flushed = to;
}

static int advance(void) {
  for (;;) {
    int status = 0;
    if (state == HEADER) {
      if (is_final || (is_last && used() >= end)) return ENDED;
      if (!is_last && end - used() < LONGEST_HEADER) return NEEDS_INPUT;
      status = begin_block();
      if (status < 0) return status;
    } else if (state == STORED) {
      status = copy_stored();
      if (status != 0) return status;
    } else {
      status = decompress();
      if (status != 0) return status;
    }
  }
}

/* Goes on until more input is needed, the window is full, or the data are at an end. */
int EXPORT(run)(void) {
  if (is_full) forget_written();
  const int status = advance();
  is_full = status == FULL;
  return status;
}

uint8_t *EXPORT(written_at)(void) { return window + flushed; }
int EXPORT(written)(void) { return to - flushed; }
