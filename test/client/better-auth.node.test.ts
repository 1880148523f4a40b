/** The plug-in of Better Auth, with tables in memory and a deployment of the test's making. */
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { face } from '../../client/better-auth.ts';
import { ApiError, type ApiErrorCode } from '../../client/problem.ts';

const ORIGIN = 'https://shop.test';

type Row = Record<string, unknown>;

const refusal = (code: ApiErrorCode, retryAfterSeconds?: number) =>
  new ApiError(
    { code, type: '', title: '', detail: '', status: 400, requestId: 'r' },
    retryAfterSeconds,
  );

/** A browser at an app of its own, whose person is signed up. */
class Visit {
  readonly tables = {
    user: [] as Row[],
    session: [] as Row[],
    account: [] as Row[],
    verification: [] as Row[],
    faceTemplate: [] as Row[],
  };
  /** Number of the template that is enrolled next. */
  next = 1;
  readonly visavis = {
    challenge: vi.fn(),
    enrol: vi.fn(async () => {
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      return { template: `t${this.next++}`, expiresAt } as never;
    }),
    resetAttempts: vi.fn(async () => {}),
  };
  /** Makes writing a template fail, while it is set. */
  failing = false;
  #cookie = '';
  readonly #auth = betterAuth({
    baseURL: ORIGIN,
    secret: 'x'.repeat(32),
    database: (options: BetterAuthOptions) => {
      const adapter = memoryAdapter(this.tables)(options);
      const failing =
        <A extends { model: string }, T>(write: (data: A) => Promise<T>) =>
        async (data: A) => {
          if (this.failing && data.model === 'faceTemplate') throw new Error('the disk is full');
          return write(data);
        };
      return {
        ...adapter,
        create: failing(adapter.create) as typeof adapter.create,
        update: failing(adapter.update) as typeof adapter.update,
        updateMany: failing(adapter.updateMany),
      };
    },
    emailAndPassword: { enabled: true },
    logger: { disabled: true },
    telemetry: { enabled: false },
    plugins: [
      face({
        visavis: this.visavis,
        issuer: 'https://faces.test',
        audience: ORIGIN,
        tenant: 'shop',
      }),
    ],
  });

  /** @returns status, and the body where it is one of ours */
  async post(path: string, body: FormData | object = {}): Promise<[number, Row]> {
    const form = body instanceof FormData;
    const init = {
      method: 'POST',
      headers: {
        origin: ORIGIN,
        cookie: this.#cookie,
        ...(!form && { 'content-type': 'application/json' }),
      },
      body: form ? body : JSON.stringify(body),
    };
    const response = await this.#auth.handler(new Request(`${ORIGIN}/api/auth${path}`, init));
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    if (cookies.length > 0) this.#cookie = cookies.join('; ');
    return [response.status, await response.json().catch(() => ({}))];
  }

  signUp() {
    const person = { name: 'ada', email: 'ada@shop.test', password: 'of some length' };
    return this.post('/sign-up/email', person);
  }

  signIn() {
    return this.post('/sign-in/email', { email: 'ada@shop.test', password: 'of some length' });
  }

  enrol() {
    const form = new FormData();
    form.set('consent', 'yes');
    form.append('image', new Blob(['p']), 'i.jpg');
    return this.post('/face/enrol', form);
  }

  get templates() {
    return this.tables.faceTemplate.map(({ template }) => template);
  }
}

let visit: Visit;
beforeEach(async () => {
  visit = new Visit();
  await visit.signUp();
});

describe('setting up a face', () => {
  it('keeps one template a person, the last', async () => {
    expect(await visit.enrol()).toEqual([200, { ok: true }]);
    expect(await visit.enrol()).toEqual([200, { ok: true }]);
    expect(visit.templates).toEqual(['t2']);
    expect(visit.visavis.resetAttempts).toHaveBeenCalledTimes(2);
  });

  it('leaves the template of before where the new one cannot be kept', async () => {
    await visit.enrol();
    visit.visavis.resetAttempts.mockClear();
    visit.failing = true;
    expect((await visit.enrol())[0]).toBe(500);
    expect(visit.templates).toEqual(['t1']);
    expect(visit.visavis.resetAttempts).not.toHaveBeenCalled();
  });

  it('keeps the template where failures of before cannot be forgotten, and says so', async () => {
    visit.visavis.resetAttempts.mockRejectedValueOnce(refusal('rate_limited', 7));
    expect(await visit.enrol()).toEqual([429, { code: 'wait', retryAfterSeconds: 7 }]);
    expect(visit.templates).toEqual(['t1']);
  });
});

describe('removing a face', () => {
  beforeEach(async () => {
    await visit.enrol();
    await visit.signIn();
    for (const session of visit.tables.session) session.faceVerifiedAt = new Date();
  });

  const looks = () => visit.tables.session.map(({ faceVerifiedAt }) => faceVerifiedAt ?? null);

  it('ends what looks of before opened, in every session', async () => {
    visit.visavis.resetAttempts.mockClear();
    expect(await visit.post('/face/remove')).toEqual([200, { ok: true }]);
    expect(visit.templates).toEqual([]);
    expect(looks()).toEqual([null, null]);
    expect(visit.visavis.resetAttempts).toHaveBeenCalledTimes(1);
  });

  it('is done where the deployment refuses, which is told by a code', async () => {
    visit.visavis.resetAttempts.mockRejectedValueOnce(refusal('overloaded', 3));
    expect(await visit.post('/face/remove')).toEqual([429, { code: 'wait', retryAfterSeconds: 3 }]);
    visit.visavis.resetAttempts.mockRejectedValueOnce(refusal('internal'));
    expect(await visit.post('/face/remove')).toEqual([503, { code: 'unavailable' }]);
    expect(visit.templates).toEqual([]);
    expect(looks()).toEqual([null, null]);
  });
});
