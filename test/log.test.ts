/** One line a request: what an operator can ask of, and nothing that is nobody's business. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../worker/http/context.ts';
import { type Entry, logRequest, pseudonym } from '../worker/log.ts';
import { call, fakeModel, fakeModels, file, formOf } from './support/api.ts';
import {
  ACME,
  askChallenge,
  begin,
  deployment,
  enrol,
  newSubject,
  respond,
} from './support/login.ts';

afterEach(() => vi.restoreAllMocks());

/** The lines of what runs. */
async function lines(run: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  const write = (line: string) => void written.push(line);
  vi.spyOn(console, 'log').mockImplementation(write);
  vi.spyOn(console, 'error').mockImplementation(write);
  await run();
  vi.restoreAllMocks();
  return written.map((line) => JSON.parse(line));
}

describe('the log', () => {
  it('has one line a request: whose it was, what came of it, how long it took', async () => {
    const env = await deployment();
    const body = formOf({ reference: file('a'), probe: file('b') });
    const init = { method: 'POST', body, headers: ACME };
    const [line, ...more] = await lines(() => call('/v1/verify', init, { env }));
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      event: 'request',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      method: 'POST',
      route: '/v1/verify',
      tenant: 'acme',
      key: 'web-1',
      status: 200,
      ms: expect.any(Number),
      waitMs: expect.any(Number),
      bytes: expect.any(Number),
    });
    expect(line?.bytes).toBeGreaterThan(100);
  });

  it('tells which check a login failed at, of whom by a pseudonym, and the browser neither', async () => {
    const env = await deployment();
    const subject = newSubject();
    const given = await begin({ env }, { subject });
    const models = fakeModels({
      load: async () => fakeModel({ respond: async () => ({ ok: false, step: 'match' }) }),
    });
    let answer = '';
    const [line] = await lines(async () => {
      answer = await (await respond(given, { env, models })).text();
    });
    expect(line).toMatchObject({
      route: '/v1/challenges/:id/response',
      tenant: 'acme',
      code: 'login_failed',
      step: 'match',
      subject: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(answer).not.toContain('match');
    const text = JSON.stringify(line);
    expect(text).not.toContain(subject);
    expect(text).not.toContain(given.id);
    expect(text).not.toContain(given.challenge.slice(-40));
  });

  it('gives one person of one tenant one pseudonym, whatever is asked', async () => {
    const env = await deployment();
    const subject = newSubject();
    const path = `/v1/subjects/${subject}/attempts`;
    const [enrolled, read] = await lines(async () => {
      await enrol(subject, { env });
      await call(path, { headers: ACME }, { env });
    });
    expect(read?.route).toBe('/v1/subjects/:subject/attempts');
    expect(read?.subject).toBe(enrolled?.subject);
    const key = new Uint8Array(32).fill(7);
    const names = [
      await pseudonym('acme', 'ada', key),
      await pseudonym('other', 'ada', key),
      await pseudonym('acme', 'ada', new Uint8Array(32).fill(8)),
    ];
    expect(new Set(names).size).toBe(3);
    expect(await pseudonym('acme', 'ada', key)).toBe(names[0]);
  });

  it('has the reason of a refusal that its caller is not told', async () => {
    const env = await deployment();
    const given = await begin({ env });
    const lost = { ...env, TEMPLATE_KEYS: 'A'.repeat(43) };
    const { subject, template } = given;
    const audience = 'https://login.gone.example';
    const refusals: [reason: string, code: string, refused: () => Promise<Response>][] = [
      ['key', 'challenge_invalid', () => respond(given, { env: lost })],
      ['id', 'challenge_invalid', () => respond({ ...given, id: 'other' }, { env })],
      ['kind', 'challenge_invalid', () => respond({ ...given, challenge: template }, { env })],
      ['key', 'template_invalid', () => askChallenge({ subject, template }, { env: lost })],
      ['subject', 'template_invalid', () => askChallenge({ subject: 'x', template }, { env })],
      [
        'The variable ISSUER is missing: who assertions are from, like https://faces.example.',
        'not_configured',
        () => askChallenge({ subject, template, audience }, { env: { ...env, ISSUER: '' } }),
      ],
    ];
    for (const [reason, code, refused] of refusals) {
      let answer = '';
      const [line] = await lines(async () => {
        answer = await (await refused()).text();
      });
      expect(line).toMatchObject({ code, reason });
      if (code !== 'not_configured') expect(answer).not.toContain('reason');
    }
  });

  it('has refusals without a key as well, and errors of ours with their name', async () => {
    const env = await deployment();
    const [nobody] = await lines(() => call('/v1/model', {}, { env }));
    expect(nobody).toMatchObject({ status: 401, code: 'unauthorized' });
    const models = fakeModels({ load: () => Promise.reject(new TypeError('no memory')) });
    const body = formOf({ reference: file('a'), probe: file('b') });
    const [broken] = await lines(() =>
      call('/v1/verify', { method: 'POST', body, headers: ACME }, { env, models }),
    );
    expect(broken).toMatchObject({ code: 'unavailable', error: 'TypeError: no memory' });
  });

  it('counts where a data set is bound', async () => {
    const points: unknown[] = [];
    const EVENTS: Env['EVENTS'] = { writeDataPoint: (point) => void points.push(point) };
    const env = { ...(await deployment()), EVENTS };
    await lines(() => call('/nowhere', {}, { env }));
    const entry: Entry = { requestId: 'r', method: 'GET', bytes: 3, waitMs: 2, status: 200, ms: 5 };
    await lines(async () => logRequest({ ...entry, tenant: 'acme', route: '/healthz' }, EVENTS));
    expect(points).toEqual([
      {
        indexes: [''],
        blobs: ['', 'GET', 'not_found', '', '', ''],
        doubles: [404, expect.any(Number), 0, 0],
      },
      { indexes: ['acme'], blobs: ['/healthz', 'GET', '', '', '', ''], doubles: [200, 5, 3, 2] },
    ]);
  });
});
