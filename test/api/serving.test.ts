/** A change of the network that serves: nobody's template is lost by it. */
import { describe, expect, it } from 'vitest';
import type { Enrolment } from '../../worker/api/templates.docs.ts';
import type { TemplateVerification } from '../../worker/api/verify.docs.ts';
import { Refusal } from '../../worker/errors.ts';
import type { Calibration } from '../../worker/face/decision/calibration.ts';
import type { RespondInput } from '../../worker/login/challenge-response.ts';
import {
  calibration,
  call,
  fakeModel,
  fakeModels,
  file,
  formOf,
  problemOf,
} from '../support/api.ts';
import {
  ACME,
  begin,
  challenge,
  deployment,
  enrol,
  newSubject,
  respond,
} from '../support/login.ts';

const before = await deployment({ MODEL: 'former' });
const after = await deployment({ MODEL: 'current', MODEL_PREVIOUS: 'former' });
const forgotten = await deployment({ MODEL: 'current' });

/** Thresholds by which the former network is told from the current one. */
const FORMER: Calibration = {
  ...calibration,
  templates: calibration.templates.map((points) => ({
    ...points,
    rates: points.rates.map((rate) => ({ ...rate, threshold: rate.threshold / 2 })),
  })),
};

/** Two networks, of which `asked` lists who compared; `answers` what logins were judged by. */
function twoNetworks() {
  const asked: string[] = [];
  const answers: RespondInput[] = [];
  const models = fakeModels({
    async load(name) {
      if (name !== 'former' && name !== 'current') throw new Refusal({ code: 'internal' });
      const model = fakeModel({ calibration: name === 'former' ? FORMER : calibration });
      return {
        ...model,
        async verifyTemplate(input) {
          asked.push(name);
          return model.verifyTemplate(input);
        },
        async respond(input) {
          asked.push(name);
          answers.push(input);
          return { ok: true };
        },
      };
    },
  });
  return { models, asked, answers };
}

const verify = (template: string, subject: string, env = after, { models } = twoNetworks()) =>
  call(
    '/v1/verify',
    {
      method: 'POST',
      headers: ACME,
      body: formOf({ reference: template, subject, probe: file() }),
    },
    { env, models },
  );

describe('a template of the former network', () => {
  it('is compared by that network, at its thresholds, and asks for a new enrolment', async () => {
    const subject = newSubject();
    const networks = twoNetworks();
    const { template } = await enrol(subject, { env: before, models: networks.models });
    const response = await verify(template, subject, after, networks);
    expect(response.status).toBe(200);
    const answer = await response.json<TemplateVerification>();
    expect(networks.asked).toEqual(['former']);
    expect(answer.threshold).toBe(0.45);
    expect(answer.reference.enrolAgain).toBe(true);
  });

  it('begins a login, which is judged by that network', async () => {
    const networks = twoNetworks();
    const subject = newSubject();
    const { template } = await enrol(subject, { env: before, models: networks.models });
    const asked = { env: after, models: networks.models };
    const begun = await challenge({ subject, template, far: 0.0001 }, asked);
    expect(begun.enrolAgain).toBe(true);
    expect((await respond(begun, asked)).status).toBe(200);
    expect(networks.asked).toEqual(['former']);
    expect(networks.answers[0]?.rate.threshold).toBe(0.375);
  });

  it('is refused once that network is taken away, in a login under way as well', async () => {
    const { models } = twoNetworks();
    const begun = await begin({ env: before, models });
    const response = await verify(begun.template, begun.subject, forgotten);
    expect((await problemOf(response)).code).toBe('template_model_mismatch');
    const answer = await respond(begun, { env: forgotten, models });
    expect((await problemOf(answer)).code).toBe('challenge_invalid');
  });

  it('is refused where MODEL_PREVIOUS names a network that is not deployed', async () => {
    const { template } = await enrol('anna', { env: before });
    const models = fakeModels({
      card(name) {
        if (name === 'gone') throw new Refusal({ code: 'not_configured', detail: 'not deployed' });
        return fakeModels().card(name);
      },
    });
    const env = await deployment({ MODEL: 'current', MODEL_PREVIOUS: 'gone' });
    const response = await verify(template, 'anna', env, { ...twoNetworks(), models });
    expect((await problemOf(response)).code).toBe('not_configured');
  });
});

describe('enrolment', () => {
  it('goes to the current network, whose templates need no new one', async () => {
    const networks = twoNetworks();
    const subject = newSubject();
    const { template, model }: Enrolment = await enrol(subject, {
      env: after,
      models: networks.models,
    });
    expect(model).toMatch(/^current-/);
    const answer = await (
      await verify(template, subject, after, networks)
    ).json<TemplateVerification>();
    expect(networks.asked).toEqual(['current']);
    expect(answer.threshold).toBe(0.9);
    expect(answer.reference.enrolAgain).toBe(false);
    const asked = { env: after, models: networks.models };
    expect((await challenge({ subject, template }, asked)).enrolAgain).toBe(false);
  });
});
