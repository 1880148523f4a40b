import { describe, expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import { findRate, operatingPointsFor, type Rate } from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import { dequantize } from '../../worker/face/embedding/template.ts';
import { areOnePerson, enrol } from '../../worker/face/enrol.ts';
import type { Engine } from '../../worker/face/pipeline.ts';
import { type TemplateVerification, verify, verifyTemplate } from '../../worker/face/verify.ts';
import { loadEngine } from '../../worker/runtime/engine.ts';
import { decided } from '../support/decided.ts';
import { face, GROUPS, withoutExif } from '../support/pictures.ts';

const engine = await loadEngine('inception-small-2');
const me = face('face.jpg');
const again = face('face-grey.jpg');
const group = GROUPS[5]?.picture as Uint8Array;

const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof Refusal)) throw new Error(`no refusal but ${error}`);
  return error.failure;
};

/** The engine with another embedder: one that takes no mirror images, and gives these vectors in turn. */
function embedding(...vectors: readonly Float32Array[]): Engine {
  const left = [...vectors];
  return {
    ...engine,
    embedder: {
      outputs: ['face_embedding'],
      async run({ shape }) {
        const out = new Float32Array((shape[0] as number) * DIMENSION);
        for (let i = 0; i < (shape[0] as number); i++) {
          out.set(left.shift() as Float32Array, i * DIMENSION);
        }
        return { face_embedding: out };
      },
    },
  };
}

/** A unit vector in the plane of the first two axes. */
function at(degrees: number): Float32Array {
  const out = new Float32Array(DIMENSION);
  out[0] = Math.cos((degrees * Math.PI) / 180);
  out[1] = Math.sin((degrees * Math.PI) / 180);
  return out;
}

/** The angle between two unit vectors at a squared distance. */
const angleOf = (distance: number) => (Math.acos(1 - distance / 2) * 180) / Math.PI;

const onePerson = findRate(engine.calibration, 1e-4) as Rate;
const limit = angleOf(onePerson.threshold);

describe('enrol', () => {
  it('makes a template of one picture: its embedding in 128 bytes', async () => {
    const { embedding, pictures, reports, largestDistance } = await enrol(engine, [me]);
    expect(embedding).toBeInstanceOf(Int8Array);
    expect(embedding.byteLength).toBe(DIMENSION);
    expect(pictures).toBe(1);
    expect(largestDistance).toBeNull();
    expect(reports).toHaveLength(1);
    expect(reports[0]?.quality.faceWidth).toBeGreaterThan(90);
  });

  it('makes the mean of several, each reported in its place', async () => {
    const made = await enrol(embedding(at(0), at(10), at(40)), [me, again, face('face.png')]);
    expect(made.pictures).toBe(3);
    expect(made.reports).toHaveLength(3);
    expect(made.reports[1]?.box).not.toEqual(made.reports[0]?.box);
    const [x, y] = dequantize(made.embedding);
    const sum = [0, 10, 40].map(at).reduce((a, b) => a.map((v, i) => v + (b[i] as number)));
    const expected = Math.atan2(sum[1] as number, sum[0] as number);
    expect(Math.atan2(y as number, x as number)).toBeCloseTo(expected, 2);
  });

  it('refuses a bad picture, and says which and why', async () => {
    const small = face('face-thumbnail.jpg');
    expect(await refusal(enrol(engine, [me, small]))).toMatchObject({
      code: 'low_quality',
      detail: expect.stringMatching(
        /^The picture is not good enough to enrol by: [\w, ]+\. [A-Z].*\.$/,
      ),
      reasons: ['face_too_small'],
      field: 'image[1]',
    });
    expect(await refusal(enrol(engine, [small]))).toMatchObject({
      code: 'low_quality',
      field: 'image',
    });
  });

  it('refuses a face upside down', async () => {
    expect(await refusal(enrol(engine, [withoutExif(face('face-exif3.jpg'))]))).toMatchObject({
      code: 'low_quality',
      reasons: ['tilted'],
    });
  });

  it('names the picture that cannot be read, or shows several people', async () => {
    const text = new TextEncoder().encode('not a picture at all');
    expect(await refusal(enrol(engine, [me, again, text]))).toMatchObject({
      code: 'unsupported_format',
      field: 'image[2]',
    });
    expect(await refusal(enrol(engine, [group]))).toMatchObject({
      code: 'multiple_faces',
      cure: expect.stringMatching(/another one\.$/),
      field: 'image',
    });
  });

  it('refuses pictures of different people: every pair has to pass, at FAR 1e-4', async () => {
    const pictures = [me, again, face('face.png')];
    const people = await refusal(enrol(embedding(at(0), at(90), at(0)), pictures));
    expect(people).toMatchObject({ code: 'low_quality', reasons: ['different_people'] });
    expect(people).not.toHaveProperty('field');
    // Each next to the one before, but the first too far from the last.
    const chain = [0, 0.5 * limit, 1.03 * limit].map(at);
    expect((await refusal(enrol(embedding(...chain), pictures))).code).toBe('low_quality');
    const near = [0, 0.5 * limit, 0.97 * limit].map(at);
    const made = await enrol(embedding(...near), pictures);
    expect(made.pictures).toBe(3);
    expect(angleOf(made.largestDistance as number)).toBeCloseTo(0.97 * limit, 1);
  });

  it('refuses copies of one picture, naming the later: sent twice, and saved again', async () => {
    for (const pictures of [
      [me, me],
      [me, face('face.png')],
    ]) {
      expect(await refusal(enrol(engine, pictures))).toMatchObject({
        code: 'low_quality',
        reasons: ['same_picture'],
        field: 'image[1]',
      });
    }
    const pictures = [me, again, face('face.png')];
    const copied = await refusal(enrol(embedding(at(0), at(30), at(33)), pictures));
    expect(copied).toMatchObject({ reasons: ['same_picture'], field: 'image[2]' });
    expect((await enrol(embedding(at(0), at(30), at(36)), pictures)).pictures).toBe(3);
  });

  it('needs a model that is calibrated at that rate', async () => {
    const calibration = { ...engine.calibration, rates: engine.calibration.rates.slice(0, 1) };
    expect(await refusal(enrol({ ...engine, calibration }, [me]))).toMatchObject({
      code: 'not_configured',
    });
  });
});

describe('areOnePerson', () => {
  it('holds up to the threshold, and for one picture alone', () => {
    const [a, b] = [at(0), at(50)] as const;
    const distance = squaredDistance(a, b);
    expect(areOnePerson([a, b], { far: 1e-3, val: 1, threshold: distance })).toBe(true);
    expect(areOnePerson([a, b], { far: 1e-3, val: 1, threshold: distance - 1e-6 })).toBe(false);
    expect(areOnePerson([a], { far: 1e-3, val: 1, threshold: 0 })).toBe(true);
  });
});

describe('verifyTemplate', () => {
  const scale = operatingPointsFor(engine.calibration, 1);
  const rate = findRate(scale, 1e-3) as Rate;
  const faces = 'dominant' as const;

  it('is within rounding of the pair whose reference was enrolled', async () => {
    const template = await enrol(engine, [me]);
    for (const probe of [again, face('face-dark.jpg')]) {
      const pair = await verify(engine, { reference: me, probe, rate, faces });
      const { probe: report, ...found } = decided<TemplateVerification>(
        await verifyTemplate(engine, { template, probe, rate, faces }),
      );
      expect(Math.abs(found.distance - pair.distance)).toBeLessThan(0.02);
      expect(report).toEqual(pair.probe);
      expect(found).toMatchObject({ same: true, far: 1e-3, threshold: rate.threshold });
      expect(found.model).toBe('inception-small-2');
      expect(found).not.toHaveProperty('reference');
    }
  });

  it('tells other people apart', async () => {
    const template = await enrol(engine, [me]);
    const input = { template, probe: group, rate, faces: 'largest' } as const;
    const { same, distance } = decided<TemplateVerification>(await verifyTemplate(engine, input));
    expect(same).toBe(false);
    expect(distance).toBeGreaterThan(rate.threshold);
  });

  it('scores by the scale for that many pictures, not by that of pairs', async () => {
    for (const pictures of [1, 4]) {
      const scale = operatingPointsFor(engine.calibration, pictures);
      const rate = findRate(scale, 1e-3) as Rate;
      const close = at(angleOf(rate.threshold) - 0.2);
      const beyond = at(angleOf(rate.threshold) + 0.2);
      const template = { embedding: new Int8Array(DIMENSION).with(0, 127), pictures };
      const inside = { template, probe: me, rate, faces };
      const near = decided<TemplateVerification>(await verifyTemplate(embedding(close), inside));
      expect(near.score).toBeGreaterThanOrEqual(3);
      const outside = decided<TemplateVerification>(
        await verifyTemplate(embedding(beyond), inside),
      );
      expect(outside.same).toBe(false);
      expect(outside.score).toBeLessThan(3);
      expect(outside.score).toBeGreaterThan(2.9);
    }
  });

  it('names the probe where it is at fault', async () => {
    const template = { embedding: new Int8Array(DIMENSION).with(0, 127), pictures: 1 };
    const probe = new TextEncoder().encode('not a picture at all');
    expect(await refusal(verifyTemplate(engine, { template, probe, rate, faces }))).toMatchObject({
      code: 'unsupported_format',
      field: 'probe',
    });
  });
});
