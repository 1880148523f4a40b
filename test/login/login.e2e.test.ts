/**
 * A whole login over sockets, by the Worker as `npm start` runs it: real networks, real attempts.
 */
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import type { Challenge, Enrolment, LoginAnswer } from '../../client/types.ts';
import { npmStart, type Server } from '../../scripts/deploy/local-server.ts';
import { compileCodecs } from '../../scripts/engine/modules.ts';
import { encodeJpeg } from '../../scripts/simulate/jpeg-encoder.ts';
import { pose } from '../../scripts/simulate/pose-film.ts';
import type { Photo } from '../../scripts/simulate/render.ts';
import type { Problem } from '../../worker/errors.ts';
import { openPicture } from '../../worker/image/open.ts';

const KEY = { authorization: 'Bearer visavis-dev' };
const AUDIENCE = 'http://localhost:8788';
/** Attempts are kept from run to run. */
const newSubject = () => crypto.randomUUID();
const PORTRAIT = readFileSync(new URL('../../examples/portrait.jpg', import.meta.url));

describe('a login over HTTP', () => {
  let server: Server;
  let photo: Photo;
  beforeAll(async () => {
    server = await npmStart();
    const form = pictures({ reference: PORTRAIT, probe: PORTRAIT });
    const { reference } = await ok<{ reference: Photo }>(await post('/v1/verify', form, KEY));
    const pixels = openPicture(PORTRAIT, compileCodecs()).pixels(1);
    photo = { pixels, landmarks: reference.landmarks };
  }, 120_000);
  afterAll(() => server?.stop());

  const post = (path: string, body: FormData | object, headers: Record<string, string> = {}) => {
    const json = !(body instanceof FormData);
    return fetch(new URL(path, server.url), {
      method: 'POST',
      body: json ? JSON.stringify(body) : body,
      headers: { ...headers, ...(json ? { 'content-type': 'application/json' } : {}) },
    });
  };

  const pictures = (files: Record<string, Uint8Array<ArrayBuffer>>) => {
    const form = new FormData();
    for (const [name, bytes] of Object.entries(files)) form.set(name, new Blob([bytes]), name);
    return form;
  };

  const ok = async <Answer>(response: Response): Promise<Answer> => {
    if (!response.ok) expect.fail(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };

  const frame = (name: Pose, time = 0) => Uint8Array.from(encodeJpeg(pose(photo, name, time), 88));

  async function begin(subject: string, nonce: string, far = 0.001): Promise<Challenge> {
    const form = pictures({ image: PORTRAIT });
    form.set('subject', subject);
    const { template } = await ok<Enrolment>(await post('/v1/templates', form, KEY));
    const fields = { subject, template, audience: AUDIENCE, nonce, far };
    return ok<Challenge>(await post('/v1/challenges', fields, KEY));
  }

  const shoot = (poses: readonly Pose[]) => poses.map((name, time) => frame(name, time));

  /** Response as a page of the relying party sends it: without a key. */
  const answer = ({ id, challenge }: Challenge, frames: readonly Uint8Array<ArrayBuffer>[]) => {
    const [frontal, ...actions] = frames;
    const form = new FormData();
    form.set('challenge', challenge); // first: it is opened before the pictures are taken in
    form.set('frontal', new Blob([frontal as Uint8Array<ArrayBuffer>]), 'frontal');
    for (const action of actions) form.append('action', new Blob([action]), 'frame.jpg');
    return post(`/v1/challenges/${id}/response`, form, { origin: AUDIENCE });
  };

  const attempts = async (subject: string) => {
    const url = new URL(`/v1/subjects/${subject}/attempts`, server.url);
    return (await (await fetch(url, { headers: KEY })).json()) as { failures: number };
  };

  it('goes from pictures to an assertion that the public keys confirm', async () => {
    const nonce = crypto.randomUUID();
    const subject = newSubject();
    const challenge = await begin(subject, nonce);
    const frames = shoot(['frontal', ...challenge.actions]);
    const response = await answer(challenge, frames);
    expect(response.headers.get('access-control-allow-origin')).toBe(AUDIENCE);
    const { assertion } = await ok<LoginAnswer>(response);
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.url));
    const { payload } = await jwtVerify(assertion, jwks, {
      issuer: server.url.origin,
      audience: AUDIENCE,
      subject,
      algorithms: ['ES256'],
      typ: 'visavis-assertion+jwt',
      requiredClaims: ['jti', 'exp', 'iat'],
    });
    expect(payload).toMatchObject({ tenant: 'development', nonce, amr: ['face'], far: 0.001 });

    const again = await answer(challenge, frames);
    expect(again.status).toBe(409);
    expect(((await again.json()) as Problem).code).toBe('challenge_used');
    expect((await attempts(subject)).failures).toBe(0);
  });

  it('compares with a template as with a picture', async () => {
    const form = pictures({ image: PORTRAIT });
    form.set('subject', 'bea');
    const { template } = await ok<Enrolment>(await post('/v1/templates', form, KEY));
    const probe = pictures({ probe: frame('frontal') });
    probe.set('reference', template);
    probe.set('subject', 'bea');
    const verified = await ok<object>(await post('/v1/verify', probe, KEY));
    expect(verified).toMatchObject({ same: true, reference: { pictures: 1 } });
  });

  it('does not let one in who holds still, and counts it', async () => {
    const subject = newSubject();
    const challenge = await begin(subject, crypto.randomUUID());
    const response = await answer(challenge, shoot(['frontal', 'frontal', 'frontal', 'frontal']));
    expect(response.status).toBe(403);
    expect(((await response.json()) as Problem).code).toBe('login_failed');
    expect((await attempts(subject)).failures).toBe(1);
  });

  it('gives one verdict to 50 answers at once', async () => {
    const challenge = await begin(newSubject(), crypto.randomUUID());
    const frames = shoot(['frontal', ...challenge.actions]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => answer(challenge, frames)));
    const codes = await Promise.all(
      answers.map(async (a) => (a.ok ? 'ok' : ((await a.json()) as Problem).code)),
    );
    const count = (code: string) => codes.filter((other) => other === code).length;
    // Who finds no memory free in time is sent away unread: that is no verdict either.
    expect(count('ok')).toBe(1);
    expect(count('challenge_used') + count('overloaded')).toBe(49);
  });

  it('serves its documentation, and the page in development', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/docs', 'text/html'],
      ['/openapi.json', 'application/json'],
      ['/assets/docs.css', 'text/css'],
      ['/assets/app.js', 'text/javascript'],
    ] as const) {
      const response = await fetch(new URL(path, server.url));
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type'), path).toContain(type);
      expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
      await response.text();
    }
  });

  it('hangs nobody: workerd never had to cancel a request', () => {
    expect(server.log()).not.toMatch(/had hung|never generate a response|different request/);
  });
});
