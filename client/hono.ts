/**
 * `visavis/hono`: the face as a second step of an app in Hono.
 *
 * ```ts
 * const face = faceLogin({ visavis, issuer, audience, tenant, secret, seen, account, enrol });
 * app.route('/face', face.routes);
 * app.post('/transfer', face.requireFace({ maxAge: 300 }), transfer);
 * ```
 *
 * The browser's part is `faceLogin` of `visavis/browser`. Two cookies carry the state, signed for
 * the person and the session that they were made in; nothing is kept here but used assertions.
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { Seen } from './assertion.ts';
import { ConfigurationError } from './errors.ts';
import {
  beginStepUp,
  enrolFace,
  finishStepUp,
  type RelyingParty,
  readEnrolment,
} from './step-up.ts';
import { StepUpRefused } from './step-up-error.ts';
import type { Enrolment } from './types.ts';

export { StepUpRefused } from './step-up-error.ts';

/** The person who is signed in by another factor. */
export interface FaceAccount {
  /** Subject of this person: opaque, no e-mail address. */
  readonly subject: string;
  /** The id of your session: a new one with each sign-in. */
  readonly session: string;
  /** Template of the person, where one is enrolled. */
  readonly template?: string | null | undefined;
}

export interface FaceLoginOptions extends RelyingParty {
  /** Signs the cookies: 32 random characters or more. */
  readonly secret: string;
  /** Remembers used assertions: `rememberInMemory()`, or a store that all instances share. */
  readonly seen: Seen;
  /** The person who is asking; undefined for nobody. */
  account(c: Context): Promise<FaceAccount | undefined> | FaceAccount | undefined;
  readonly enrol: {
    /** True where this session may set up a face now: only just after another factor, and with consent. */
    allowed(c: Context): Promise<boolean> | boolean;
    /** Keeps the template with the account. */
    save(c: Context, enrolment: Enrolment): Promise<void> | void;
  };
}

export interface FaceLogin {
  /** `POST /challenge`, `POST /finish` and `POST /enrol`, to be mounted where you like. */
  readonly routes: Hono;
  /** Lets on who has looked at the camera in this session within `maxAge` seconds. */
  requireFace(options: { readonly maxAge: number }): MiddlewareHandler;
}

const NONCE_COOKIE = 'visavis-nonce';
const FACE_COOKIE = 'visavis-face';
/** The life of a challenge. */
const NONCE_SECONDS = 120;
/** A verification by face is forgotten after this, whatever `maxAge` says. */
const FACE_SECONDS = 24 * 60 * 60;
const MIN_SECRET_CHARACTERS = 32;
const MAX_FINISH_BYTES = 16 * 1024;

/**
 * Routes and a middleware that ask for the face of whoever is signed in.
 *
 * @throws ConfigurationError for a secret that is too short
 */
export function faceLogin(options: FaceLoginOptions): FaceLogin {
  const { secret, seen } = options;
  // An unset variable of the environment is undefined, whatever its type was said to be.
  if (!secret || secret.length < MIN_SECRET_CHARACTERS) {
    const message = `\`secret\` is shorter than ${MIN_SECRET_CHARACTERS} characters.`;
    throw new ConfigurationError('missing_key', message);
  }
  const cookie = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;
  // Pages without TLS are those of development alone.
  const secure = !options.audience.startsWith('http:');
  /** Another person's cookie, or another session's, is signed by another key. */
  const keyOf = ({ subject, session }: FaceAccount, purpose: string) =>
    JSON.stringify([secret, purpose, subject, session]);

  async function signedIn(c: Context): Promise<FaceAccount> {
    const account = await options.account(c);
    if (!account) throw new StepUpRefused('signed_out');
    return account;
  }

  const routes = new Hono();
  routes.onError((error, c) => {
    if (error instanceof StepUpRefused) return answer(c, error);
    throw error;
  });

  // A page of another site does not act for the person, whatever your session's cookie allows.
  routes.use(async (c, next) => {
    if (c.req.header('sec-fetch-site') === 'cross-site') throw new StepUpRefused('refused');
    await next();
  });

  routes.post('/challenge', async (c) => {
    const account = await signedIn(c);
    const { nonce, challenge } = await beginStepUp(options, {
      subject: account.subject,
      template: account.template,
    });
    const life = { ...cookie, secure, maxAge: NONCE_SECONDS };
    await setSignedCookie(c, NONCE_COOKIE, nonce, keyOf(account, NONCE_COOKIE), life);
    return c.json(challenge, 201);
  });

  routes.post('/finish', bodyLimit({ maxSize: MAX_FINISH_BYTES }), async (c) => {
    const account = await signedIn(c);
    const nonce = await getSignedCookie(c, keyOf(account, NONCE_COOKIE), NONCE_COOKIE);
    deleteCookie(c, NONCE_COOKIE, cookie); // whatever comes of it, it is used
    const { assertion } = await c.req.json<{ assertion?: unknown }>().catch(() => ({}) as never);
    if (!nonce || typeof assertion !== 'string') throw new StepUpRefused('refused');
    const { subject } = account;
    await finishStepUp(options, { assertion, nonce, subject, seen });
    const life = { ...cookie, secure, maxAge: FACE_SECONDS };
    const at = String(Math.floor(Date.now() / 1000));
    await setSignedCookie(c, FACE_COOKIE, at, keyOf(account, FACE_COOKIE), life);
    return c.json({ ok: true });
  });

  routes.post('/enrol', async (c) => {
    const { subject } = await signedIn(c);
    if (!(await options.enrol.allowed(c))) throw new StepUpRefused('confirm_first');
    const images = await readEnrolment(c.req.raw);
    const keep = (enrolment: Enrolment) => options.enrol.save(c, enrolment);
    await enrolFace(options, { subject, images, keep });
    return c.json({ ok: true }, 201);
  });

  const requireFace: FaceLogin['requireFace'] =
    ({ maxAge }) =>
    async (c, next) => {
      const account = await options.account(c);
      if (!account) return answer(c, new StepUpRefused('signed_out'));
      const at = await getSignedCookie(c, keyOf(account, FACE_COOKIE), FACE_COOKIE);
      const age = Date.now() / 1000 - Number(at || Number.NaN);
      if (!(age <= maxAge)) return answer(c, new StepUpRefused('face_required'));
      await next();
      return undefined;
    };

  return { routes, requireFace };
}

function answer(c: Context, refused: StepUpRefused): Response {
  const { retryAfterSeconds } = refused.details;
  if (retryAfterSeconds !== undefined) c.header('retry-after', String(retryAfterSeconds));
  return c.json(refused.toJSON(), refused.status);
}
