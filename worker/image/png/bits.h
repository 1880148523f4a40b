/* Bits of a stream that is handed over by the piece, lowest first (RFC 1951, 3.1.1). */
#include <stdint.h>

enum {
  PIECE = 65536,
  /* Longest header of a block: its codes' lengths, each with what repeats it, and room to spare. */
  LONGEST_HEADER = 1024,
};

static uint8_t piece[PIECE + LONGEST_HEADER];

/* Read up to `at` of the piece, `held` bits of it not used yet. */
static uint64_t bits;
static int held, at, end, is_last;

uint8_t *EXPORT(piece_at)(void) { return piece; }

INLINE uint64_t load64(const uint8_t *p) {
  uint64_t v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/* At least 56 bits are held afterwards. Behind the last piece there are zeros. */
#define REFILL(bits, held, at)              \
  do {                                      \
    (bits) |= load64(piece + (at)) << (held); \
    (at) += (63 - (held)) >> 3;             \
    (held) |= 56;                           \
  } while (0)

/* Up to 16 bits, lowest first. */
static int take(int count) {
  if (held < count) REFILL(bits, held, at);
  const int value = bits & ((1u << count) - 1);
  bits >>= count;
  held -= count;
  return value;
}

/* Bytes of the piece whose bits are used up, a begun one among them. */
static int used(void) { return at - (held >> 3); }

/* Whole bytes that were read ahead go back. */
static void give_back(void) {
  at -= held >> 3;
  held &= 7;
  bits &= (1u << held) - 1;
}

/* Makes room in the piece: what is not used yet goes to its front. @returns bytes that are there */
int EXPORT(make_room)(void) {
  give_back();
  end -= at;
  __builtin_memmove(piece, piece + at, end);
  at = 0;
  return end;
}

/* `length` bytes are in the piece now; the last ones of all, or not. */
void EXPORT(fed)(int length, int last) {
  end = length;
  is_last = last;
  __builtin_memset(piece + end, 0, LONGEST_HEADER);
}
