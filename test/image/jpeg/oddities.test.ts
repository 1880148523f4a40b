/**
 * JPEGs that libjpeg warns of: by the hundred, at every place. What harms no pixel decodes to the
 * pixels of the clean file (and those are Debian's libjpeg's); what is damaged is refused, whatever
 * harmless warning comes before it.
 */
import { describe, expect, it } from 'vitest';
import { openPicture } from '../../../worker/image/open.ts';
import { crc32 } from '../../../worker/image/png/crc32.ts';
import { MAX_JPEG_REPEATED_STARTS, MAX_JPEG_WARNINGS } from '../../../worker/limits.ts';
import * as pictures from '../../fixtures/decode/pictures.ts';
import { NOISE_PIXELS } from '../../fixtures/decode/pixels.ts';
import { codecs } from '../../support/codecs.ts';
import { findMarker, flatJpeg, patch, segment, splice } from '../../support/jpeg.ts';
import { concat } from '../../support/png.ts';
import { refusal } from '../../support/scene.ts';

const { jpegNoise } = pictures;

const BASES = {
  baseline: jpegNoise,
  'with restart intervals': pictures.jpegNoiseRestarts,
  progressive: pictures.jpegNoiseProgressive,
  'progressive with restart intervals': pictures.jpegNoiseProgressiveRestarts,
};
type Base = keyof typeof BASES;
const bases = Object.entries(BASES) as [Base, Uint8Array][];

const sum = (bytes: Uint8Array) => crc32(openPicture(bytes, codecs).pixels(1).rgb);
const isRefused = (bytes: Uint8Array) => {
  try {
    openPicture(bytes, codecs).pixels(1);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ failure: { code: 'undecodable_image' } });
    return true;
  }
};

const insert = (bytes: Uint8Array, at: number, ...values: number[]) =>
  concat([bytes.subarray(0, at), new Uint8Array(values), bytes.subarray(at)]);

/** Offsets and codes of all markers of a clean file. */
function markersOf(bytes: Uint8Array): { at: number; code: number }[] {
  const found: { at: number; code: number }[] = [];
  for (let at = 0; at < bytes.length - 1; at++) {
    const code = bytes[at + 1] as number;
    if (bytes[at] !== 0xff || code === 0 || code === 0xff) continue;
    found.push({ at, code });
    const bare = code === 0xd8 || code === 0xd9 || (code >= 0xd0 && code <= 0xd7);
    if (!bare) at += 1 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
  }
  return found;
}
const isRestart = ({ code }: { code: number }) => code >= 0xd0 && code <= 0xd7;
const restartsOf = (bytes: Uint8Array) => markersOf(bytes).filter(isRestart);
const firstScan = (bytes: Uint8Array) => findMarker(bytes, 0xda);

const ADOBE = [...new TextEncoder().encode('Adobe'), 0, 100, 0, 0, 0, 0];
const adobe = (transform: number) => segment(0xee, new Uint8Array([...ADOBE, transform]));

/** Files that libjpeg warns of and no pixel suffers from. */
const harmless: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  'JFIF 2.1': (bytes) => patch(bytes, findMarker(bytes, 0xe0) + 9, 2),
  'Adobe transform 3': (bytes) => splice(bytes, adobe(3)),
  'a stray byte in the header': (bytes) => insert(bytes, findMarker(bytes, 0xdb), 7),
  'a second start': (bytes) => insert(bytes, 2, 0xff, 0xd8),
};

describe.each(bases)('%s', (name, clean) => {
  it('as it is: the pixels of Debian libjpeg', () => {
    expect(sum(clean)).toBe(NOISE_PIXELS);
  });

  it.each(Object.entries(harmless))('%s', (_, change) => {
    expect(sum(change(clean))).toBe(NOISE_PIXELS);
  });

  it('stray bytes, or a second start, before any segment of the header', () => {
    for (const { at, code } of markersOf(clean)) {
      if (at === 0 || at > firstScan(clean)) continue;
      // Before the first the file would be of no known kind.
      for (const count of at === 2 ? [] : [1, 3, 200]) {
        const stray = Array.from({ length: count }, (_, i) => (i * 37) % 255);
        expect(sum(insert(clean, at, ...stray)), `${code} ${count}`).toBe(NOISE_PIXELS);
      }
      expect(sum(insert(clean, at, 0xff, 0xd8)), `${code}`).toBe(NOISE_PIXELS);
    }
  });

  it('further starts, up to some: 10 MiB have room for five million, and each is remembered', () => {
    const starts = (count: number) => Array.from({ length: count }, () => [0xff, 0xd8]).flat();
    const most = insert(clean, 2, ...starts(MAX_JPEG_REPEATED_STARTS));
    expect(sum(most)).toBe(NOISE_PIXELS);
    const more = insert(most, 2, ...starts(1));
    expect(refusal(() => openPicture(more, codecs))).toMatchObject({ code: 'undecodable_image' });
  });

  it('stray bytes between scans: three at most, or zeros', () => {
    for (const { at, code } of markersOf(clean)) {
      if (at <= firstScan(clean) || isRestart({ code }) || code === 0xd9) continue;
      if (clean[at - 2] === 0xff) continue; // a padded marker before it
      for (const stray of [[0], [0x5a], [0x5a, 1, 2], Array(40).fill(0)]) {
        expect(sum(insert(clean, at, ...stray)), `${at}`).toBe(NOISE_PIXELS);
      }
      expect(isRefused(insert(clean, at, ...Array(40).fill(0x5a))), `${at}`).toBe(true);
    }
  });

  it('zeros before its end', () => {
    for (const count of [1, 64, 100, 5000]) {
      const padded = insert(clean, clean.length - 2, ...Array(count).fill(0));
      expect(sum(padded), `${count}`).toBe(NOISE_PIXELS);
    }
  });

  it('without an end, but with every scan', () => {
    expect(sum(clean.subarray(0, -2))).toBe(NOISE_PIXELS);
    expect(sum(clean.subarray(0, -1))).toBe(NOISE_PIXELS);
    const scans = markersOf(clean).filter(({ code }) => code === 0xda);
    for (const { at } of scans) expect(isRefused(clean.subarray(0, at))).toBe(true);
  });

  it('damage is not hidden by a harmless warning, wherever it is', { timeout: 120_000 }, () => {
    const from = firstScan(clean) + 14;
    const step = Math.max(1, Math.floor((clean.length - from) / 30));
    let refusals = 0;
    for (let at = from; at < clean.length - 4; at += step) {
      if (clean[at] === 0xff || clean[at - 1] === 0xff) continue;
      const damaged = [
        patch(clean, at, (clean[at] as number) ^ (1 << (at % 8))),
        concat([clean.subarray(0, at), clean.subarray(at + 1)]),
        insert(clean, at, 0x5a, 0x3c, 0x77, 0x11),
        concat([clean.subarray(0, at), clean.subarray(at + 40)]),
      ];
      for (const [i, bytes] of damaged.entries()) {
        if (!isRefused(bytes)) continue;
        refusals++;
        for (const [kind, change] of Object.entries(harmless)) {
          expect(isRefused(change(bytes)), `${name} ${at} ${i} ${kind}`).toBe(true);
        }
      }
    }
    expect(refusals).toBeGreaterThan(30); // of some 120: most single flips still decode
  });
});

describe('scan parameters of a sequential JPEG', () => {
  it.each(['baseline', 'with restart intervals'] as const)('%s: libjpeg ignores them', (name) => {
    const clean = BASES[name];
    for (const [first, last, bits] of [
      [0, 0, 0],
      [0, 63, 1],
      [1, 5, 0x10],
    ] as const) {
      expect(sum(patch(clean, firstScan(clean) + 11, first, last, bits))).toBe(NOISE_PIXELS);
    }
  });
});

describe('bytes before restart markers', () => {
  const clean = pictures.jpegNoiseRestarts;
  const restarts = restartsOf(clean);
  const padded = (stray: number[], which = (_: number) => true) =>
    restarts.reduceRight<Uint8Array>(
      (bytes, { at }, i) => (which(i) ? insert(bytes, at, ...stray) : bytes),
      clean,
    );

  it('one to three, before one or before all', () => {
    expect(restarts.length).toBeGreaterThan(8);
    for (const stray of [[0], [0x5a], [0, 0], [1, 2], [0xff, 0], [3, 3, 3], [0, 0, 0]]) {
      expect(sum(padded(stray)), `${stray}`).toBe(NOISE_PIXELS);
      for (let n = 0; n < restarts.length; n++) {
        expect(sum(padded(stray, (i) => i === n)), `${stray} ${n}`).toBe(NOISE_PIXELS);
      }
    }
  });

  it('many are damage, before any and among padded ones', () => {
    const many = Array(30).fill(0x5a);
    for (const [n, { at }] of restarts.entries()) {
      expect(isRefused(insert(clean, at, ...many)), `${n}`).toBe(true);
      const mixed = restarts.reduceRight<Uint8Array>(
        (bytes, { at }, i) => insert(bytes, at, ...(i === n ? many : [0, 0])),
        clean,
      );
      expect(isRefused(mixed), `${n}`).toBe(true);
    }
  });

  it('hide no later damage: a marker missing, out of turn, data that end early or are no code', () => {
    const first = padded([0, 0], (i) => i === 0);
    expect(sum(first)).toBe(NOISE_PIXELS);
    for (const { at, code } of restartsOf(first).slice(2)) {
      const next = 0xd0 | ((code + 3) & 7);
      const kinds = {
        missing: concat([first.subarray(0, at), first.subarray(at + 2)]),
        'out of turn': patch(first, at + 1, next),
        'ending early': concat([first.subarray(0, at - 12), first.subarray(at)]),
        'no code': patch(first, at - 12, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0),
      };
      for (const [kind, bytes] of Object.entries(kinds)) {
        expect(isRefused(bytes), `${at} ${kind}`).toBe(true);
      }
    }
  });
});

it('does not listen to warnings without end', () => {
  // One block an interval, each padded by a byte.
  const flat = flatJpeg(8 * 160, 8 * 160);
  const scan = findMarker(flat, 0xda);
  const interval = segment(0xdd, new Uint8Array([0, 1]));
  const blocks = (count: number) =>
    Array.from({ length: count }, (_, i) => [0, 0, 0, 0, 0xff, 0xd0 | (i & 7)]).flat();
  const restarting = concat([
    flat.subarray(0, scan),
    interval,
    flat.subarray(scan, scan + 10),
    new Uint8Array([...blocks(160 * 160 - 1), 0, 0xff, 0xd9]),
  ]);
  expect(160 * 160).toBeGreaterThan(MAX_JPEG_WARNINGS);
  expect(refusal(() => openPicture(restarting, codecs).pixels(8)).code).toBe('undecodable_image');
});
