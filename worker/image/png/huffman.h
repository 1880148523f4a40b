/* Canonical Huffman codes as DEFLATE sends them: by their lengths (RFC 1951, 3.2.2). */
#include <stdint.h>

enum {
  /* Codes up to this long are found in one step; longer ones bit by bit. */
  FAST_BITS = 10,
  MAX_BITS = 15,
};

/* What `run` returns, never 0. Errors are below it, in the order of `codec.ts`. */
enum {
  NEEDS_INPUT = 1,
  FULL,
  ENDED,
  BAD_TYPE = -1,
  BAD_STORED_LENGTH = -2,
  TOO_MANY_CODES = -3,
  OVER_SUBSCRIBED = -4,
  NO_SUCH_CODE = -5,
  NO_SUCH_SYMBOL = -6,
  NOTHING_TO_REPEAT = -7,
  TOO_MANY_LENGTHS = -8,
  NO_END = -9,
  BEFORE_BEGINNING = -10,
};

struct code {
  /* By the next FAST_BITS bits: symbol << 4 | length; 0 where the code is longer or not used. */
  uint16_t fast[1 << FAST_BITS];
  uint16_t counts[MAX_BITS + 1];
  uint16_t symbols[288];
};

/* Two literals by the next FAST_BITS bits, and the bits of both << 16; 0 where there are not two. */
static uint32_t pairs[1 << FAST_BITS], no_pairs[1 << FAST_BITS];

/* Canonical codes by their lengths (3.2.2). @returns 0, or OVER_SUBSCRIBED */
static int build(struct code *code, const uint8_t *lengths, int count) {
  uint16_t offsets[MAX_BITS + 2], next[MAX_BITS + 2];
  __builtin_memset(code->counts, 0, sizeof code->counts);
  __builtin_memset(code->fast, 0, sizeof code->fast);
  for (int i = 0; i < count; i++) code->counts[lengths[i]]++;
  code->counts[0] = 0;
  offsets[1] = 0;
  for (int n = 1, room = 1, first = 0; n <= MAX_BITS; n++) {
    room = room * 2 - code->counts[n];
    if (room < 0) return OVER_SUBSCRIBED;
    offsets[n + 1] = offsets[n] + code->counts[n];
    next[n] = first;
    first = (first + code->counts[n]) << 1;
  }
  for (int symbol = 0; symbol < count; symbol++) {
    const int length = lengths[symbol];
    if (length == 0) continue;
    code->symbols[offsets[length]++] = symbol;
    const int word = next[length]++;
    if (length > FAST_BITS) continue;
    int reversed = 0;
    for (int bit = 0; bit < length; bit++) reversed |= ((word >> bit) & 1) << (length - 1 - bit);
    for (int i = reversed; i < 1 << FAST_BITS; i += 1 << length) {
      code->fast[i] = symbol << 4 | length;
    }
  }
  return 0;
}

static void build_pairs(const struct code *code) {
  for (int i = 0; i < 1 << FAST_BITS; i++) {
    const int first = code->fast[i], length = first & 15;
    const int second = code->fast[i >> length], both = length + (second & 15);
    const int two = first != 0 && second != 0 && (first | second) >> 4 < 256 && both <= FAST_BITS;
    pairs[i] = two ? (uint32_t)(first >> 4 | second >> 4 << 8 | both << 16) : 0;
  }
}

/* Bit by bit, the code's first bit lowest. @returns symbol << 4 | length, or NO_SUCH_CODE */
static __attribute__((noinline)) int find_slowly(const struct code *code, uint32_t from) {
  int word = 0, first = 0, index = 0;
  for (int length = 1; length <= MAX_BITS; length++) {
    word |= from & 1;
    from >>= 1;
    const int count = code->counts[length];
    if (word - first < count) return code->symbols[index + word - first] << 4 | length;
    index += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  return NO_SUCH_CODE;
}

INLINE int find(const struct code *code, uint64_t from) {
  const int entry = code->fast[from & ((1 << FAST_BITS) - 1)];
  return entry != 0 ? entry : find_slowly(code, from);
}
