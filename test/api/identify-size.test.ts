/** Searches by the number of templates: when they are refused, and what their thresholds rest on. */
import { describe, expect, it } from 'vitest';
import type { TemplateOperatingPoints } from '../../worker/face/decision/calibration.ts';
import { file, problemOf } from '../support/api.ts';
import { enrol, env, type Identification, identify } from '../support/identify.ts';
import { ACME } from '../support/login.ts';
import { peopleServices as models } from '../support/people.ts';

const probe = file('anna-2');

/** Models calibrated at these rates for templates of one picture, of two, and so on. */
function calibratedAt(...scales: readonly number[][]): typeof models {
  return {
    ...models,
    async load(name) {
      const model = await models.load(name);
      const [one] = model.calibration.templates as [TemplateOperatingPoints];
      const templates = scales.map((fars, i) => ({
        ...one,
        pictures: i + 1,
        rates: fars.map((far) => ({ far, threshold: 1.4 + 0.1 * Math.log10(far), val: 0.9 })),
      }));
      return { ...model, calibration: { ...model.calibration, templates } };
    },
  };
}

describe('a search among many templates', () => {
  it('says the weakest basis of the thresholds used', async () => {
    const own = calibratedAt([0.1, 0.01], [0.1, 0.01]);
    const unmeasured: typeof models = {
      ...own,
      async load(name) {
        const model = await own.load(name);
        const [one, { identification: _, ...two }] = model.calibration.templates as [
          TemplateOperatingPoints,
          TemplateOperatingPoints,
        ];
        return { ...model, calibration: { ...model.calibration, templates: [one, two] } };
      },
    };
    const nine = Array(9)
      .fill(await enrol('anna'))
      .join(' ');
    for (const [last, basis] of [
      ['bob', 'measured'],
      ['bob bob-3', 'extrapolated'],
    ] as const) {
      const fields = { probe, templates: `${nine} ${await enrol('bob', last)}` };
      const response = await identify(fields, ACME, env, unmeasured);
      expect((await response.json<Identification>()).basis).toBe(basis);
    }
  });

  it('is refused among more than the calibration can tell', async () => {
    // The rarest rate is 0.01: searches at 0.01 go up to 100.
    const own = calibratedAt([0.1, 0.01]);
    const template = await enrol('anna');
    for (const [count, status] of [
      [90, 200],
      [110, 400],
    ] as const) {
      for (const picture of ['anna-2', 'anna-2.dark']) {
        const fields = { probe: file(picture), templates: Array(count).fill(template).join(' ') };
        const response = await identify({ ...fields, faces: 'all' }, ACME, env, own);
        expect(response.status).toBe(status);
        if (status === 400) expect((await problemOf(response)).detail).toContain('up to 100.');
      }
    }
  });

  it('is refused by the number of templates alone, whoever is nearest', async () => {
    const own = calibratedAt([0.1, 0.01, 0.002], [0.1, 0.01]);
    const two = await enrol('bob', 'bob bob-3');
    for (const [count, status] of [
      [400, 200],
      [600, 400],
    ] as const) {
      const many = [two, ...Array(count).fill(await enrol('anna'))].join(' ');
      for (const picture of ['anna-2', 'bob-2', 'carl', 'anna-2 bob-2']) {
        const fields = { probe: file(picture), templates: many, faces: 'all' };
        const response = await identify(fields, ACME, env, own);
        expect(response.status, picture).toBe(status);
        const { faces } = await response.json<Identification>();
        if (picture === 'bob-2' && status === 200) expect(faces[0]?.subject).toBe('bob');
      }
    }
  });
});
