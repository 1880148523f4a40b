/**
 * Damaged files by the thousand, the same in each run: each is decoded or refused by name, none
 * hangs (vitest's timeout), and good pictures decode as before all the while.
 */
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Denominator, Pixels } from '../../worker/image/pixels.ts';
import { crc32 } from '../../worker/image/png/crc32.ts';
import * as pictures from '../fixtures/decode/pictures.ts';
import { codecs } from '../support/codecs.ts';
import { seeded } from '../support/scene.ts';

const ROUNDS = 60;
const CODES = ['undecodable_image', 'unsupported_format', 'image_too_large'];

type Random = () => number;
type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const below = (random: Random, limit: number) => Math.floor(random() * limit);

const flipBits: Mutation = (bytes, random) => {
  for (let n = 1 + below(random, 8); n > 0; n--) {
    (bytes[below(random, bytes.length)] as number) ^= 1 << below(random, 8);
  }
  return bytes;
};

/** Most of what decides about cost is in the first bytes. */
const lieInHeader: Mutation = (bytes, random) => {
  for (let n = 1 + below(random, 3); n > 0; n--) {
    const at = 2 + below(random, Math.min(bytes.length - 2, 200));
    bytes[at] = [0, 1, 0x7f, 0x80, 0xff, below(random, 256)][below(random, 6)] as number;
  }
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, below(random, bytes.length));

const overwrite: Mutation = (bytes, random) => {
  const at = below(random, bytes.length);
  return bytes.fill(below(random, 256), at, at + below(random, 64));
};

const repeat: Mutation = (bytes, random) => {
  const [from, to] = [below(random, bytes.length), below(random, bytes.length)];
  bytes.copyWithin(to, from, from + below(random, 100));
  return bytes;
};

/** Past the checksums, where the decoder is. */
const mendChecksums: Mutation = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
};

const MUTATIONS = [flipBits, lieInHeader, truncate, overwrite, repeat];

function attempt(bytes: Uint8Array, denominator: Denominator): Pixels | Refusal {
  try {
    return openPicture(bytes, codecs).pixels(denominator);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const good = [pictures.jpegNoise, pictures.webpNoise, pictures.pngNoise].map((bytes) => {
  const { rgb } = openPicture(bytes, codecs).pixels(1);
  return { bytes, crc: crc32(rgb) };
});

const fuzzed = Object.entries(pictures).filter(([name]) => /^(jpeg|png|webp)/.test(name));

describe.each(fuzzed)('%s, damaged', (name, original) => {
  it(`${ROUNDS} times`, { timeout: 60_000 }, () => {
    const random = seeded(crc32(original));
    for (let round = 0; round < ROUNDS; round++) {
      let bytes = (MUTATIONS[round % MUTATIONS.length] as Mutation)(original.slice(), random);
      if (name.startsWith('png') && random() < 0.9) bytes = mendChecksums(bytes, random);
      const denominator = ([1, 2, 4, 8] as const)[below(random, 4)] as Denominator;
      const result = attempt(bytes, denominator);
      if (result instanceof Refusal) expect(CODES).toContain(result.failure.code);
      else expect(result.rgb.length).toBe(result.width * result.height * 3);
      if (round % 10 === 0) {
        for (const { bytes, crc } of good) {
          expect(crc32(openPicture(bytes, codecs).pixels(1).rgb)).toBe(crc);
        }
      }
    }
  });
});
