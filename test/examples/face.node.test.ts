/** The example relying party's backend: a face enrolled and deleted, and refusals of the deployment. */
import type { ApiErrorCode } from 'visavis';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ExampleVisit,
  errorOf,
  publishKeys,
  refusal,
  sign,
} from '../support/node/example-visit.ts';

publishKeys();

describe('the face of an account', () => {
  let visit: ExampleVisit;
  beforeEach(() => {
    visit = new ExampleVisit();
  });

  it('enrols with consent, after a code, not long ago', async () => {
    await visit.password();
    expect(await errorOf(await visit.enrol())).toEqual([403, 'confirm_first']);
    await visit.code(visit.codes[0] as string);
    expect(await errorOf(await visit.enrol({ consent: 'no' }))).toEqual([400, 'consent']);
    expect(await errorOf(await visit.enrol({ image: 'no file' }))).toEqual([400, 'pictures']);
    visit.now += 10 * 60_000;
    expect(await errorOf(await visit.enrol())).toEqual([403, 'confirm_first']);
    await visit.code(visit.codes[1] as string);
    expect((await visit.enrol()).status).toBe(201);
    expect(visit.visavis.enrol).toHaveBeenCalledTimes(1);
    expect(visit.visavis.enrol.mock.lastCall?.[0]).toMatchObject({ subject: visit.subject });
    expect(visit.visavis.resetAttempts).toHaveBeenCalledWith(visit.subject);
    expect(await (await visit.get('/')).text()).toContain('You agreed on');
  });

  it('does not let a face alone change the face', async () => {
    await visit.enrolled();
    await visit.password();
    await visit.start();
    await visit.finish(await sign({ sub: visit.subject, nonce: visit.nonce() }));
    expect(await visit.isIn()).toBe(true);
    expect(await errorOf(await visit.enrol())).toEqual([403, 'confirm_first']);
  });

  it('deletes the face, here and its attempts there', async () => {
    await visit.enrolled();
    await visit.password();
    await visit.send('POST', '/face/delete'); // by the password alone: no
    expect((await visit.start()).status).toBe(201);
    await visit.code(visit.codes[1] as string);
    visit.visavis.resetAttempts.mockClear();
    expect(await (await visit.send('POST', '/face/delete')).text()).toContain(
      'Your face is deleted',
    );
    expect(visit.visavis.resetAttempts).toHaveBeenCalledWith(visit.subject);
    expect(await errorOf(await visit.start())).toEqual([409, 'not_enrolled']);
  });

  it('keeps a new template, and deletes an old one, where the attempts cannot be reset', async () => {
    await visit.password();
    await visit.code(visit.codes[0] as string);
    visit.visavis.resetAttempts.mockRejectedValueOnce(refusal('overloaded', {}, 3));
    expect(await errorOf(await visit.enrol())).toEqual([429, 'wait']);
    expect((await visit.start()).status).toBe(201);
    visit.visavis.resetAttempts.mockRejectedValueOnce(refusal('overloaded', {}, 3));
    expect(await (await visit.send('POST', '/face/delete')).text()).toContain(
      'Your face is deleted',
    );
    expect(await errorOf(await visit.start())).toEqual([409, 'not_enrolled']);
    expect(visit.log).toEqual([expect.stringContaining('overloaded')]);
  });

  it.each<[ApiErrorCode, number, string]>([
    ['template_expired', 409, 'enrol_again'],
    ['template_model_mismatch', 409, 'enrol_again'],
    ['template_invalid', 409, 'enrol_again'],
    ['too_many_attempts', 429, 'wait'],
    ['subject_locked', 423, 'locked'],
    ['not_configured', 503, 'unavailable'],
  ])('shows a way on when the deployment answers %s', async (answer, status, error) => {
    await visit.enrolled();
    await visit.password();
    visit.visavis.challenge.mockRejectedValue(refusal(answer, {}, 30));
    expect(await errorOf(await visit.start())).toEqual([status, error]);
    expect((await visit.get('/second')).status).toBe(200);
    expect((await visit.code(visit.codes[1] as string)).status).toBe(303); // the way without a face is open
    expect(await visit.isIn()).toBe(true);
  });

  it('keeps a template that may be worth something again: keys are changed, and put back', async () => {
    await visit.enrolled();
    await visit.password();
    for (const code of ['template_invalid', 'template_model_mismatch'] as const) {
      visit.visavis.challenge.mockRejectedValueOnce(refusal(code));
      await visit.start();
      visit.visavis.challenge.mockRejectedValueOnce(refusal(code));
      expect(await errorOf(await visit.start())).toEqual([409, 'enrol_again']);
    }
  });

  it('drops a template that is worth nothing any more', async () => {
    await visit.enrolled();
    await visit.password();
    visit.visavis.challenge.mockRejectedValueOnce(refusal('template_expired'));
    await visit.start();
    expect(await errorOf(await visit.start())).toEqual([409, 'not_enrolled']);
  });

  it('says what is wrong with a picture, and keeps nothing of it', async () => {
    await visit.password();
    await visit.code(visit.codes[0] as string);
    const more = { field: 'image', reasons: ['blurred'] };
    visit.visavis.enrol.mockRejectedValue(refusal('low_quality', more));
    const answer = await visit.enrol();
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({ error: 'picture', ...more });
    expect(await errorOf(await visit.start())).toEqual([409, 'not_enrolled']);
  });

  it.each<ApiErrorCode>(['undecodable_image', 'unsupported_format', 'image_too_large'])(
    'blames the picture, not itself, for %s',
    async (code) => {
      await visit.password();
      await visit.code(visit.codes[0] as string);
      visit.visavis.enrol.mockRejectedValue(refusal(code, { field: 'image' }));
      const answer = await visit.enrol();
      expect(answer.status).toBe(422);
      expect(await answer.json()).toEqual({ error: 'picture', field: 'image', reasons: [code] });
    },
  );

  it('answers when the deployment cannot be reached', async () => {
    await visit.enrolled();
    await visit.password();
    visit.visavis.challenge.mockRejectedValue(new TypeError('fetch failed'));
    expect(await errorOf(await visit.start())).toEqual([503, 'unavailable']);
    expect(visit.log).toEqual(['TypeError: fetch failed']);
  });
});
