/** The browser's side of the second step, beside a backend and a deployment that are stand-ins. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionError, StepUpRefused } from '../../client/browser.ts';
import { enrolFace, faceLogin } from '../../client/face-login.ts';

afterEach(() => void vi.unstubAllGlobals());

const CHALLENGE = {
  id: 'id',
  challenge: 'c',
  actions: [],
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
};

/** A look at the camera to which the deployment answers this. @returns what it throws */
async function look(response: () => Response): Promise<unknown> {
  const fetch = async (input: string | URL) => {
    if (String(input).startsWith('https://faces.test/')) return response();
    return Response.json(String(input).endsWith('/challenge') ? CHALLENGE : { ok: true });
  };
  vi.stubGlobal('fetch', vi.fn(fetch));
  return faceLogin({
    base: '/face',
    url: 'https://faces.test',
    camera: { frame: async () => new Blob([Uint8Array.of(1)]) },
    guide: { ready: async () => {} },
    framesPerPose: 1,
  }).catch((error) => error);
}

/** An answer that refuses by this code; it has to be waited for 7 s where it says so. */
const refusal = (code: string) => () =>
  Response.json(
    { code, detail: 'No.', status: 400, requestId: 'r' },
    {
      status: 400,
      headers: { 'retry-after': '7' },
    },
  );

describe('a look at the camera', () => {
  it('ends with the backend’s yes', async () => {
    expect(await look(() => Response.json({ assertion: 'a' }))).toBeUndefined();
  });

  it.each([
    ['login_failed', 'refused'],
    ['challenge_invalid', 'refused'],
    ['challenge_used', 'refused'],
    ['subject_locked', 'locked'],
    ['too_many_attempts', 'wait'],
    ['rate_limited', 'wait'],
    ['overloaded', 'wait'],
    ['unavailable', 'unavailable'],
    ['internal', 'unavailable'],
    ['not_configured', 'unavailable'],
    ['payload_too_large', 'unavailable'],
    ['forbidden', 'unavailable'],
  ])('says of %s: %s', async (code, told) => {
    const error = await look(refusal(code));
    expect(error).toBeInstanceOf(StepUpRefused);
    const seconds = told === 'wait' ? { retryAfterSeconds: 7 } : {};
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: told, ...seconds });
  });

  it('says of a proxy’s page that it is not available', async () => {
    const page = new Response('<h1>Bad gateway</h1>', { status: 502 });
    expect(await look(() => page)).toMatchObject({ code: 'unavailable' });
  });
});

describe('a backend', () => {
  /** A picture that is set up with a backend that answers so. @returns what it throws */
  const enrol = (answer: () => Response | Promise<Response>, signal?: AbortSignal) => {
    vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
      init?.signal?.throwIfAborted();
      return answer();
    });
    return enrolFace('/face', [new Blob(['picture'])], { signal }).catch((error) => error);
  };

  it('that cannot be reached is a ConnectionError', async () => {
    const cause = new TypeError('Failed to fetch');
    const error = await enrol(() => Promise.reject(cause));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: 'unreachable', cause });
  });

  it('whose answer breaks off is one, too', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new TypeError()) });
    expect(await enrol(() => new Response(body))).toMatchObject({ code: 'unreachable' });
  });

  it('is not asked once the page is left', async () => {
    const reason = new Error('left');
    expect(await enrol(() => Response.json({ ok: true }), AbortSignal.abort(reason))).toBe(reason);
  });

  it.each([
    ['a code of its own', () => Response.json({ code: 'INVALID_ORIGIN' }, { status: 403 })],
    ['a code that is no text', () => Response.json({ code: 7 }, { status: 400 })],
    ['no object', () => Response.json('No.', { status: 400 })],
    ['a page', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['the page of a login', () => new Response('<h1>Sign in</h1>')],
  ])('that answers with %s is not available', async (_, answer) => {
    const error = await enrol(answer);
    expect(error).toBeInstanceOf(StepUpRefused);
    expect(error).toMatchObject({ code: 'unavailable', status: 503 });
  });

  it('says what it says: which picture, and what to do about it', async () => {
    const refusal = { code: 'picture', reasons: ['blurred'], field: 'image[1]' };
    const error = await enrol(() => Response.json(refusal, { status: 422 }));
    expect(error).toBeInstanceOf(StepUpRefused);
    expect(JSON.parse(JSON.stringify(error))).toEqual(refusal);
  });
});
