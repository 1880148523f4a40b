/** The example relying party's backend, visited by a browser, with a deployment of the test's making. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ApiError, type ApiErrorCode } from 'visavis';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { Accounts } from '../../../examples/login/accounts.ts';
import { createExample } from '../../../examples/login/app.ts';

export const ORIGIN = 'https://shop.test';
export const VISAVIS = 'https://faces.test';
const PASSWORD = 'a password of some length';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };

/** Lets every `fetch` of a file's tests get the deployment's public keys. */
export function publishKeys(): void {
  const original = globalThis.fetch;
  beforeAll(() => {
    globalThis.fetch = async () => Response.json(jwks);
  });
  afterAll(() => {
    globalThis.fetch = original;
  });
}

/** Claims that the deployment signs, unless a test says otherwise. */
export const sign = (claims: object) =>
  new SignJWT({
    iss: VISAVIS,
    aud: ORIGIN,
    tenant: 'shop',
    jti: crypto.randomUUID(),
    amr: ['face'],
    far: 0.0001,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'visavis-assertion+jwt' })
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(privateKey);

export const refusal = (code: ApiErrorCode, more: object = {}, retryAfter?: number) =>
  new ApiError(
    { code, type: '', title: '', detail: '', status: 400, requestId: 'r', ...more },
    retryAfter,
  );

export const errorOf = async (response: Response) => [
  response.status,
  (await response.json()).error,
];

/** A browser at an example of its own, where `ada` and `bob` have accounts. */
export class ExampleVisit {
  now = Date.now();
  cookie = '';
  readonly log: string[] = [];
  readonly visavis = {
    challenge: vi.fn().mockResolvedValue({ id: 'c-1', challenge: 'a.b.c.d.e' }),
    enrol: vi.fn().mockResolvedValue({ template: 'sealed' }),
    resetAttempts: vi.fn().mockResolvedValue(undefined),
  };
  /** Codes and subject of `ada`. */
  readonly codes: readonly string[];
  readonly subject: string;
  readonly #app: ReturnType<typeof createExample>;

  constructor() {
    const accounts = new Accounts();
    const added = accounts.add('ada', PASSWORD);
    accounts.add('bob', PASSWORD);
    this.codes = added.codes;
    this.subject = added.account.subject;
    this.#app = createExample({
      origin: ORIGIN,
      visavisUrl: VISAVIS,
      tenant: 'shop',
      visavis: this.visavis,
      accounts,
      files: new Map([['/app.js', ['text/javascript', 'x']]]),
      now: () => this.now,
      log: (line) => this.log.push(line),
    });
  }

  /** Request as a browser makes it: with its cookie, and its origin when it posts. */
  async send(
    method: string,
    path: string,
    body?: FormData | object,
    headers: Record<string, string> = {},
  ) {
    const json = body !== undefined && !(body instanceof FormData);
    const response = await this.#app.request(`${ORIGIN}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        ...(method === 'POST' ? { origin: ORIGIN } : {}),
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
    });
    const set = response.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0] as string;
    return response;
  }

  get(path: string) {
    return this.send('GET', path);
  }

  form(fields: Record<string, string | Blob>): FormData {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return data;
  }

  password(name = 'ada', secret = PASSWORD) {
    return this.send('POST', '/password', this.form({ name, password: secret }));
  }

  code(text: string) {
    return this.send('POST', '/code', this.form({ code: text }));
  }

  enrol(fields: Record<string, string | Blob> = {}) {
    const form = this.form({ consent: 'yes', image: new Blob(['p']), ...fields });
    return this.send('POST', '/face/enrol', form);
  }

  start() {
    return this.send('POST', '/face/start');
  }

  finish(assertion: unknown) {
    return this.send('POST', '/face/finish', { assertion });
  }

  /** The nonce of the challenge that was asked for last. */
  nonce(): string {
    return this.visavis.challenge.mock.lastCall?.[0].nonce;
  }

  async isIn(): Promise<boolean> {
    return (await (await this.get('/')).text()).includes('id="signed-in"');
  }

  /** Signs in by code, enrols, and signs out again. */
  async enrolled(): Promise<void> {
    await this.password();
    await this.code(this.codes[0] as string);
    expect((await this.enrol()).status).toBe(201);
    await this.send('POST', '/signout');
    expect(await this.isIn()).toBe(false);
  }
}
