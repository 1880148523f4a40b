/** The main job, by the real Worker with the real weights: pairs of pictures, over the API. */
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../worker/errors.ts';
import { face, GROUPS, withoutExif } from '../support/pictures.ts';
import { random } from '../support/random.ts';
import { enrolled, verified, verifyOverApi } from '../support/worker.ts';

const reference = face('face.jpg');
const group = (n: number) => GROUPS[n - 1]?.picture as Uint8Array;

describe('one face, saved in many ways', () => {
  it('is at no distance from itself', async () => {
    const { same, distance, score, reference: found } = await verified(reference, reference);
    expect(distance).toBeLessThanOrEqual(1e-4);
    expect(same).toBe(true);
    expect(score).toBeGreaterThanOrEqual(4);
    expect(found.box.width).toBeGreaterThan(90);
    expect(found.quality.faceWidth).toBe(found.box.width);
  });

  it.each(['face.png', 'face.webp', 'face-progressive.jpg', 'face-alpha.png'])(
    '%s is at most 0.05 away',
    async (name) => {
      expect((await verified(reference, face(name))).distance).toBeLessThanOrEqual(0.05);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is at most 0.08 away', async (n) => {
    const { distance } = await verified(reference, face(`face-exif${n}.jpg`));
    expect(distance).toBeLessThanOrEqual(0.08);
  });

  it.each([
    'face-grey.jpg',
    'face-palette.png',
    'face-turned+40.jpg',
    'face-turned-40.jpg',
    'face-12mp.jpg',
    'face-12mp-progressive.jpg',
    'face-small-12mp.jpg',
    'face-640x480.jpg',
    'face-dark.jpg',
    'face-thumbnail.jpg',
  ])('%s is the same person', async (name) => {
    expect((await verified(reference, face(name), { far: '0.1' })).same).toBe(true);
  });
});

describe('a face upside down', () => {
  const upsideDown = withoutExif(face('face-exif3.jpg'));

  it('is the same person, and its roll says how it lies', async () => {
    const { same, distance, probe } = await verified(reference, upsideDown);
    expect(same).toBe(true);
    expect(distance).toBeLessThanOrEqual(0.08);
    expect(Math.abs(probe.quality.roll)).toBeGreaterThan(170);
    expect(probe.landmarks.mouth.y).toBeLessThan(probe.landmarks.leftEye.y);
  });
});

describe('other people', () => {
  it.each([1, 2, 3, 4, 5, 6])('the largest face of group %i is someone else', async (n) => {
    const { same, distance, threshold } = await verified(reference, group(n), { faces: 'largest' });
    expect(same).toBe(false);
    expect(distance).toBeGreaterThan(threshold);
  });

  it('two groups show different people', async () => {
    expect((await verified(group(5), group(6), { faces: 'largest' })).same).toBe(false);
  });
});

describe('refusals', () => {
  async function refusal(probe: Uint8Array, fields: Record<string, string> = {}) {
    const response = await verifyOverApi(reference, probe, fields);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const { code, status, field } = await response.json<Problem>();
    expect(response.status).toBe(status);
    return { code, status, field };
  }

  it('names the picture that shows several people', async () => {
    expect(await refusal(group(6), { faces: 'one' })).toEqual({
      code: 'multiple_faces',
      status: 422,
      field: 'probe',
    });
  });

  it('names the picture that is none', async () => {
    const text = new TextEncoder().encode('not a picture at all');
    expect(await refusal(text)).toEqual({
      code: 'unsupported_format',
      status: 415,
      field: 'probe',
    });
    expect(await refusal(reference.slice(0, 5000))).toEqual({
      code: 'undecodable_image',
      status: 422,
      field: 'probe',
    });
  });
});

describe('under load', () => {
  it('answers at once what it answers in turn', async () => {
    const pairs = [
      [reference, face('face.webp')],
      [reference, face('face-grey.jpg')],
      [face('face-exif6.jpg'), face('face-dark.jpg')],
      [reference, face('face-turned+40.jpg')],
    ] as const;
    const inTurn = [];
    for (const [a, b] of pairs) inTurn.push(await verified(a, b));
    const atOnce = await Promise.all(pairs.map(([a, b]) => verified(a, b)));
    expect(atOnce).toEqual(inTurn);
  });

  it('survives a thousand broken pictures, each refused or answered, and is right after', async () => {
    const next = random(20261123);
    const [jpeg, png, webp] = ['jpg', 'png', 'webp'].map((type) => face(`face-thumbnail.${type}`));
    // A broken WebP mostly decodes to what has no face, and is looked at from all sides.
    const sources = [jpeg, png, jpeg, png, jpeg, webp];
    const statuses = new Map<number, number>();
    // Only what is broken is looked at a thousand times.
    const subject = 'u-1';
    const template = await enrolled(subject, reference);
    for (let i = 0; i < 1000; i++) {
      const probe = broken(sources[i % sources.length] as Uint8Array, next);
      const response = await verifyOverApi(template, probe, { subject });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const type = response.status === 200 ? 'application/json' : 'application/problem+json';
      expect(response.headers.get('content-type')).toContain(type);
      expect(response.status).toBeLessThan(500);
      await response.json();
    }
    // The mutations reach both sides: some pictures still decode, many do not.
    expect(statuses.get(422)).toBeGreaterThan(100);
    expect((await verified(reference, face('face.png'))).same).toBe(true);
    expect((await verified(reference, group(1), { faces: 'largest' })).same).toBe(false);
  }, 300_000);
});

/** Cut short, bits turned over, or sizes in its header changed. */
function broken(source: Uint8Array, next: (below: number) => number): Uint8Array {
  const bytes = source.slice();
  switch (next(3)) {
    case 0:
      return bytes.subarray(0, next(bytes.length));
    case 1:
      for (let i = 0; i <= next(20); i++) {
        const at = next(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << next(8));
      }
      return bytes;
    default:
      // Sizes, tables and markers all lie near the start.
      for (let i = 0; i < 4; i++) bytes[next(Math.min(300, bytes.length))] = next(256);
      return bytes;
  }
}
