/** The quality floor by the real pipeline and weights: pictures made worse, asked over the API. */
import { describe, expect, it } from 'vitest';
import { DEGRADATIONS, degraded } from '../../../scripts/quality/picture-degradations.ts';
import type { Problem } from '../../../worker/errors.ts';
import { detectAndAlign } from '../../../worker/face/pipeline.ts';
import type { Undecided } from '../../../worker/face/verify.ts';
import { openPicture } from '../../../worker/image/open.ts';
import { codecs } from '../../support/codecs.ts';
import { finder } from '../../support/engine.ts';
import { face } from '../../support/pictures.ts';
import { verified, verifyOverApi } from '../../support/worker.ts';

const original = face('face.jpg');
const engine = { codecs, ...(await finder()) };
const { report } = await detectAndAlign(engine, original, 'dominant');
const pixels = openPicture(original, codecs).pixels(1);

function worse(name: string): Uint8Array {
  const kind = DEGRADATIONS.find((kind) => kind.name === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return degraded(pixels, report, kind, 3);
}

describe('a picture below the quality floor', () => {
  it.each([
    ['light times 0.08', 'too_dark'],
    ['noise, deviation 40 levels', 'noisy'],
  ])('of the kind %s is refused: %s', async (kind, reason) => {
    const response = await verifyOverApi(original, worse(kind));
    expect(response.status).toBe(422);
    const { code, field, reasons } = await response.json<Problem>();
    expect({ code, field }).toEqual({ code: 'low_quality', field: 'probe' });
    expect(reasons).toContain(reason);
  });

  it('is refused where it shows no detail at all', async () => {
    const blurred = degraded(pixels, report, { name: 'blurred', blur: 0.08 }, 3);
    const response = await verifyOverApi(original, blurred);
    expect(await response.json()).toMatchObject({ code: 'low_quality', reasons: ['blurred'] });
  });

  it('is refused as a reference too', async () => {
    const response = await verifyOverApi(worse('light times 0.08'), original);
    expect(await response.json()).toMatchObject({ code: 'low_quality', field: 'reference' });
  });

  it('is reported without a decision where that is asked for', async () => {
    const response = await verifyOverApi(original, worse('light times 0.08'), {
      quality: 'report',
    });
    expect(response.status).toBe(200);
    const answer = await response.json<Undecided>();
    expect(answer.reasons).toEqual({ probe: expect.arrayContaining(['too_dark']) });
    expect(answer.distance).toBeGreaterThan(0);
    for (const name of ['same', 'score', 'far', 'threshold']) {
      expect(answer).not.toHaveProperty(name);
    }
  });
});

describe.each([
  ['sunglasses', 'eyes_covered'],
  ['medical mask', 'mouth_covered'],
  ['blurred, deviation 0.06 eye distances', 'blurred'],
])('a weakness: %s', (kind, reason) => {
  const weak = worse(kind);

  it('is taken in one picture of two', async () => {
    expect((await verified(original, weak)).same).toBe(true);
    expect((await verified(weak, original)).same).toBe(true);
  });

  it('is refused in both', async () => {
    const response = await verifyOverApi(weak, weak);
    expect(await response.json()).toMatchObject({
      code: 'low_quality',
      field: 'probe',
      reasons: [reason],
    });
  });
});

it('decides on good pictures whatever is asked of quality', async () => {
  for (const quality of ['enforce', 'report']) {
    expect((await verified(original, face('face-dark.jpg'), { quality })).same).toBe(true);
  }
  const wrong = await verifyOverApi(original, original, { quality: 'strict' });
  expect(await wrong.json()).toMatchObject({ code: 'invalid_request', field: 'quality' });
});
