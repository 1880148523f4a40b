/** Codecs that trap: their instance is given up, and the next picture is decoded by a new one. */
import { describe, expect, it } from 'vitest';
import { decodeJpeg, TJPF_RGB } from '../../worker/image/jpeg/codec.ts';
import { openPicture } from '../../worker/image/open.ts';
import { withPngCodec } from '../../worker/image/png/codec.ts';
import { crc32 } from '../../worker/image/png/crc32.ts';
import { decodeWebp } from '../../worker/image/webp/codec.ts';
import { jpeg, pngNoise, webp } from '../fixtures/decode/pictures.ts';
import { codecs } from '../support/codecs.ts';
import { instances } from '../support/instances.ts';

const sum = (bytes: Uint8Array) => crc32(openPicture(bytes, codecs).pixels(1).rgb);

const size = { width: 40, height: 24, scaledWidth: 40, scaledHeight: 24 };
const job = {
  bytes: jpeg,
  firstScan: 0,
  repeatedStarts: [],
  heldBytes: 0,
  format: TJPF_RGB as typeof TJPF_RGB,
};

describe.each([
  ['JPEG', jpeg, (trap: () => never) => decodeJpeg(codecs.jpeg, { ...size, ...job }, trap)],
  ['PNG', pngNoise, (trap: () => never) => withPngCodec(codecs.png, trap)],
  ['WebP', webp, (trap: () => never) => decodeWebp(codecs.webp, webp, trap)],
] as const)('%s', (_, bytes, decodeAnd) => {
  it.each(['unreachable', 'memory access out of bounds'])('after a trap: %s', (why) => {
    const expected = sum(bytes);
    const trap = () => {
      throw new WebAssembly.RuntimeError(why);
    };
    expect(() => decodeAnd(trap)).toThrow(why);
    expect(instances(() => expect(sum(bytes)).toBe(expected))).toHaveLength(1);
    expect(instances(() => expect(sum(bytes)).toBe(expected))).toHaveLength(0);
  });
});
