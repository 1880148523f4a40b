import { describe, expect, it } from 'vitest';
import type { Env, Models } from '../../worker/http/context.ts';
import { attemptsOf } from '../../worker/login/attempts.ts';
import { drawActions, openChallenge } from '../../worker/login/challenge-token.ts';
import { ACTIONS } from '../../worker/login/poses.ts';
import { keyRing } from '../../worker/login/sealed-token.ts';
import { sealTemplate } from '../../worker/login/template-token.ts';
import { fakeModel, fakeModels, problemOf } from '../support/api.ts';
import {
  ACME,
  AUDIENCE,
  askChallenge,
  begin,
  challenge,
  deployment,
  enrol,
  NONCE,
  newSubject,
  OTHER,
  OTHER_AUDIENCE,
  tenantsSecret,
} from '../support/login.ts';

const env = await deployment();
const keys = await keyRing(env);
const asked = { env };
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Answer of the deployment to a new subject and its template. */
async function refusal(fields: object, more: Partial<Parameters<typeof askChallenge>[1]> = {}) {
  const subject = newSubject();
  const { template } = await enrol(subject, asked);
  return refused(await askChallenge({ subject, template, ...fields }, { ...asked, ...more }));
}

async function refused(response: Response) {
  const { status, code, field, rates, detail } = await problemOf(response);
  expect(response.status).toBe(status);
  return { code, field, rates, detail, retryAfter: response.headers.get('retry-after') };
}

describe('POST /v1/challenges', () => {
  it('gives out a sealed challenge, with all that the login is about', async () => {
    const subject = newSubject();
    const { template, model } = await enrol(subject, asked);
    const given = await challenge({ subject, template, far: '1e-5' }, asked);
    expect(given).toMatchObject({ far: 0.00001 });
    const opened = await openChallenge(given.challenge, nowSeconds(), keys);
    const { embedding } = await fakeModel().enrol([]);
    expect(opened).toMatchObject({
      id: given.id,
      tenant: 'acme',
      subject,
      audience: AUDIENCE,
      nonce: NONCE,
      actions: given.actions,
      far: 0.00001,
      issuer: 'https://visavis.test',
      model,
      template: { embedding, pictures: 1 },
    });
    expect(opened.expiresAt - opened.issuedAt).toBe(120);
    expect(Date.parse(given.expiresAt)).toBe(opened.expiresAt * 1000);
  });

  it('says nothing to the browser about the person', async () => {
    const { subject, template, challenge: sealed, ...told } = await begin(asked);
    expect(Object.keys(told).sort()).toEqual(['actions', 'enrolAgain', 'expiresAt', 'far', 'id']);
    expect(atob((sealed.split('.')[0] as string).replaceAll('-', '+'))).not.toContain(subject);
  });

  it('is from the configured issuer, where there is one', async () => {
    const ISSUER = 'https://faces.example';
    const given = await begin({ env: { ...env, ISSUER } });
    const { issuer } = await openChallenge(given.challenge, nowSeconds(), keys);
    expect(issuer).toBe(ISSUER);
  });

  it('is for registered audiences, of this tenant', async () => {
    for (const audience of [OTHER_AUDIENCE, `${AUDIENCE}/`, 'https://evil.example']) {
      const { code, detail } = await refusal({ audience });
      expect(code, audience).toBe('forbidden');
      expect(detail).toContain('npm run tool -- keys allow acme --audience');
    }
  });

  it('takes nonces that cannot be guessed, and no others', async () => {
    for (const nonce of ['n'.repeat(16), 'n'.repeat(128), 'Az09._~-Az09._~-']) {
      expect(await begin(asked, { nonce })).toBeTruthy();
    }
    for (const nonce of ['', 'n'.repeat(15), 'n'.repeat(129), 'n n'.repeat(8), `${NONCE}"`, 7]) {
      expect(await refusal({ nonce }), String(nonce)).toMatchObject({
        code: 'invalid_request',
        field: 'nonce',
      });
    }
  });

  it('is decided at LOGIN_FAR, and never looser than 1e-3', async () => {
    expect((await begin(asked)).far).toBe(0.0001);
    expect((await begin(asked, { far: 0.001 })).far).toBe(0.001);
    for (const far of [0.1, '0.1', 0.01, 1, 'any']) {
      expect(await refusal({ far }), String(far)).toMatchObject({
        code: 'invalid_request',
        field: 'far',
        rates: [0.001, 0.0001, 0.00001],
      });
    }
    for (const LOGIN_FAR of ['0.1', '0.5', '']) {
      const { code } = await refusal({}, { env: { ...env, LOGIN_FAR } });
      expect(code, LOGIN_FAR).toBe('not_configured');
    }
  });

  it.each(['subject', 'template', 'audience', 'nonce'])('wants the %s', async (field) => {
    expect(await refusal({ [field]: undefined })).toMatchObject({
      code: 'invalid_request',
      field,
    });
  });

  it('refuses what it does not know, and what is no JSON', async () => {
    expect(await refusal({ FAR: 1 })).toMatchObject({ code: 'invalid_request', field: 'FAR' });
    const form = { ...ACME, 'content-type': 'multipart/form-data; boundary=b' };
    expect((await refusal({}, { key: form })).code).toBe('invalid_request');
    const large = await refusal({ audience: 'a'.repeat(20_000) });
    expect(large.code).toBe('payload_too_large');
  });
});

describe("a challenge's template", () => {
  it('is not of another tenant', async () => {
    const key = OTHER;
    const refusal = await askForeign({ key, audience: OTHER_AUDIENCE });
    expect(refusal).toMatchObject({ code: 'template_invalid', field: 'template' });
  });

  async function askForeign({ key, audience }: { key: Record<string, string>; audience: string }) {
    const subject = newSubject();
    const { template } = await enrol(subject, asked);
    return refused(await askChallenge({ subject, template, audience }, { ...asked, key }));
  }

  it('is not of another subject', async () => {
    expect((await refusal({ subject: newSubject() })).code).toBe('template_invalid');
  });

  it('is not of another network', async () => {
    const retrained: Models = {
      ...fakeModels(),
      card: (name) => ({ ...fakeModels().card(name), sha256: '11'.repeat(32) }),
    };
    const { code } = await refusal({}, { models: retrained });
    expect(code).toBe('template_model_mismatch');
  });

  it('has not expired', async () => {
    const subject = newSubject();
    const { embedding } = await fakeModel().enrol([]);
    const model = `fake-${'0'.repeat(16)}-${'01'.repeat(4)}${'02'.repeat(4)}`;
    const bound = { tenant: 'acme', subject, model, pictures: 1, embedding, issuedAt: 0 };
    const template = await sealTemplate({ ...bound, expiresAt: nowSeconds() }, keys);
    expect((await refusal({ subject, template })).code).toBe('template_expired');
  });

  it('was not changed, and is not a token of another kind', async () => {
    const { challenge: other, subject, template } = await begin(asked);
    const at = template.length - 30;
    const changed =
      template.slice(0, at) + (template[at] === 'A' ? 'B' : 'A') + template.slice(at + 1);
    for (const template of [changed, other, 'none', '....', SIGNED]) {
      const response = await askChallenge({ subject, template }, asked);
      expect((await refused(response)).code, template).toBe('template_invalid');
    }
  });

  /** Signed, not sealed: an assertion has this form. */
  const SIGNED = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA';
});

describe('a challenge is not begun', () => {
  it('for a subject that has to wait', async () => {
    const subject = newSubject();
    const { template } = await enrol(subject, asked);
    const attempts = attemptsOf(env.ATTEMPTS, 'acme', subject);
    const expires = nowSeconds() + 120;
    for (let i = 0; i < 5; i++) await attempts.claim(`id-${i}`, expires);
    const waits = await refused(await askChallenge({ subject, template }, asked));
    expect(waits.code).toBe('too_many_attempts');
    expect(Number(waits.retryAfter)).toBeGreaterThan(20);
    expect(Number(waits.retryAfter)).toBeLessThanOrEqual(30);
    // Whoever else is called so by another tenant is not concerned.
    const theirs = await enrol(subject, { ...asked, key: OTHER });
    const fields = { subject, template: theirs.template, audience: OTHER_AUDIENCE };
    expect((await askChallenge(fields, { ...asked, key: OTHER })).status).toBe(201);
  });

  it('for a subject that is locked', async () => {
    const status = async () => ({ failures: 50, delayedUntil: null, locked: true });
    const stub = { idFromName: () => 'id', idFromString: () => 'id', get: () => ({ status }) };
    const ATTEMPTS = stub as unknown as Env['ATTEMPTS'];
    const { code } = await refusal({}, { env: { ...env, ATTEMPTS } as Env });
    expect(code).toBe('subject_locked');
  });

  it('without the scope, and without what its end would need', async () => {
    const API_KEYS = await tenantsSecret({ scopes: ['verify', 'enrol', 'identify'] });
    expect((await refusal({}, { env: { ...env, API_KEYS } })).code).toBe('forbidden');
    for (const name of ['TEMPLATE_KEYS', 'ASSERTION_KEYS', 'ATTEMPTS', 'RATE_LOGIN'] as const) {
      const { [name]: _, ...lacking } = env;
      expect((await refusal({}, { env: lacking })).code, name).toBe('not_configured');
    }
  });
});

describe('drawActions', () => {
  it('draws three, none twice in a row, each sequence as often as any other', () => {
    const count = new Map<string, number>();
    const draws = 30_000;
    for (let i = 0; i < draws; i++) {
      const drawn = drawActions();
      expect(drawn).toHaveLength(3);
      expect(drawn[0] === drawn[1] || drawn[1] === drawn[2]).toBe(false);
      count.set(drawn.join(), (count.get(drawn.join()) ?? 0) + 1);
    }
    const sequences = ACTIONS.length * (ACTIONS.length - 1) ** 2;
    expect(count.size).toBe(sequences);
    const expected = draws / sequences;
    const chiSquared = [...count.values()].reduce(
      (sum, n) => sum + (n - expected) ** 2 / expected,
      0,
    );
    // 149 degrees of freedom: 260 is passed by chance once in some 10^7 runs.
    expect(chiSquared).toBeLessThan(260);
  });
});

describe('who asks again and again', () => {
  it('uses up no rate but its own', async () => {
    const counted: string[] = [];
    const limiter = (name: string, success: boolean): RateLimit => ({
      limit: async ({ key }) => {
        counted.push(`${name} ${key}`);
        return { success };
      },
    });
    const subject = newSubject();
    const { template } = await enrol(subject, { env });
    const limited = await deployment({
      RATE_SUBJECT: limiter('subject', false),
      RATE_LOGIN: limiter('login', true),
    });
    const refused = await askChallenge({ subject, template }, { env: limited });
    expect((await problemOf(refused)).code).toBe('rate_limited');
    expect(counted).toEqual([`subject ["acme","${subject}"]`]);
  });
});

describe('the issuer', () => {
  it('is what the deployment says: a request cannot name it', async () => {
    const subject = newSubject();
    const { template } = await enrol(subject, { env });
    const { ISSUER: _, ...without } = await deployment();
    for (const unnamed of [without, { ...without, ISSUER: '' }]) {
      const refused = await askChallenge({ subject, template }, { env: unnamed });
      expect(refused.status).toBe(503);
      expect(await problemOf(refused)).toMatchObject({
        code: 'not_configured',
        detail: expect.stringContaining('ISSUER'),
      });
    }
  });
});
