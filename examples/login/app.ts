/**
 * A small relying party: a password first, then a face or a one-time code.
 *
 * What it shows of visavis stands in `startFace`, `finishFace` and `enrol`; the rest is what any
 * login has. The browser never has an API key, and nothing that it says about itself is believed:
 * who is meant, which nonce and which template come from the session.
 */
import { randomBytes } from 'node:crypto';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { ApiError, type Visavis } from 'visavis';
import { AssertionRefused, rememberInMemory, verifyAssertion } from 'visavis/assertion';
import type { Account, Accounts } from './accounts.ts';
import { NameBrake } from './brake.ts';
import { accountPage, CONSENT, passwordPage, secondPage } from './pages.ts';
import { isSignedIn, type Session, Sessions } from './sessions.ts';

export interface ExampleOptions {
  /**
   * Origin that browsers reach this at: the audience of its assertions, and registered as a page
   * origin.
   */
  readonly origin: string;
  /** The deployment, as this server and as browsers reach it. */
  readonly visavisUrl: string;
  /** This tenant's id there. */
  readonly tenant: string;
  readonly visavis: Pick<Visavis, 'challenge' | 'enrol' | 'resetAttempts'>;
  readonly accounts: Accounts;
  /** Path to media type and content: what browsers load. */
  readonly files: ReadonlyMap<string, readonly [type: string, content: string]>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Log of refused assertions: the reason is for the operator, never for the browser. */
  readonly log?: (line: string) => void;
}

type Env = { Variables: { session?: Session } };
type In = Context<Env>;

/** 1 to 5 pictures, as the page makes them. */
const MAX_ENROL_BYTES = 4 * 1024 * 1024;
const MAX_PICTURES = 5;
/** Forms and assertions: a token has about 700 characters. */
const MAX_BYTES = 16 * 1024;

export function createExample(options: ExampleOptions): Hono<Env> {
  const { origin, visavisUrl, tenant, visavis, accounts, files } = options;
  const { now = Date.now, log = console.warn } = options;
  const sessions = new Sessions(now);
  const passwords = new NameBrake(now);
  const codes = new NameBrake(now);
  // One for all logins. With several instances of this server it must be a store they share.
  const seen = rememberInMemory();

  const secure = origin.startsWith('https:');
  const cookie = secure ? '__Host-session' : 'session';
  const keep = (c: In, session: Session) =>
    setCookie(c, cookie, session.id, { httpOnly: true, sameSite: 'Strict', path: '/', secure });

  const app = new Hono<Env>();
  app.use(async (c, next) => {
    // A page of somebody else must not act for this person. Browsers always say who posts.
    if (c.req.method === 'POST' && c.req.header('origin') !== origin) return c.text('No.', 403);
    const session = sessions.find(getCookie(c, cookie));
    if (session) c.set('session', session);
    await next();
    for (const [name, value] of Object.entries(headers(visavisUrl))) c.header(name, value);
  });
  app.use('/face/enrol', bodyLimit({ maxSize: MAX_ENROL_BYTES }));
  app.on(
    'POST',
    ['/password', '/code', '/face/start', '/face/finish'],
    bodyLimit({ maxSize: MAX_BYTES }),
  );

  for (const [path, [type, content]] of files) {
    app.get(path, (c) => c.body(content, 200, { 'content-type': type }));
  }

  app.get('/', (c) => {
    const session = c.get('session');
    if (!session?.account) return c.html(passwordPage());
    if (!isSignedIn(session)) return c.redirect('/second', 303);
    return c.html(home(c, session.account));
  });

  app.post('/password', async (c) => {
    const form = await c.req.formData();
    const [name, password] = [String(form.get('name')), String(form.get('password'))];
    if (!passwords.admit(name, addressOf(c)))
      return c.html(passwordPage('Too many attempts. Wait.'), 429);
    const account = accounts.checkPassword(name, password);
    if (!account) return c.html(passwordPage('Name and password do not fit.'), 403);
    passwords.release(name, addressOf(c));
    keep(c, sessions.advance(c.get('session'), account, 'password'));
    return c.redirect('/second', 303);
  });

  app.get('/second', withPassword, (c) => c.html(secondPage(accountOf(c), visavisUrl)));

  app.post('/code', withPassword, async (c) => {
    const account = accountOf(c);
    const refuse = (notice: string, status: 403 | 429) =>
      c.html(secondPage(account, visavisUrl, notice), status);
    if (!codes.admit(account.name, addressOf(c))) return refuse('Too many attempts. Wait.', 429);
    const code = String((await c.req.formData()).get('code'));
    if (!accounts.useCode(account, code)) return refuse('That is none of your codes.', 403);
    codes.release(account.name, addressOf(c));
    keep(c, sessions.advance(c.get('session'), account, 'code'));
    return c.redirect('/', 303);
  });

  /** Begins a login by face: a nonce for this session, and a challenge about it. */
  app.post('/face/start', withPassword, async (c) => {
    const session = sessionOf(c);
    const { subject, template } = accountOf(c);
    if (template === undefined) return c.json({ error: 'not_enrolled' }, 409);
    const nonce = randomBytes(24).toString('base64url');
    try {
      const challenge = await visavis.challenge({ subject, template, audience: origin, nonce });
      session.nonce = nonce;
      return c.json(challenge, 201);
    } catch (error) {
      return answerProblem(c, error);
    }
  });

  /** Ends it: only an assertion about this session's nonce and this account lets in. */
  app.post('/face/finish', withPassword, async (c) => {
    const session = sessionOf(c);
    const account = accountOf(c);
    const { nonce } = session;
    delete session.nonce; // whatever comes of it, it is used
    const { assertion } = await c.req
      .json<{ assertion?: unknown }>()
      .catch(() => ({ assertion: undefined }));
    if (nonce === undefined || typeof assertion !== 'string')
      return c.json({ error: 'refused' }, 403);
    try {
      await verifyAssertion(assertion, {
        issuer: new URL(visavisUrl).origin,
        audience: origin,
        tenant,
        nonce,
        subject: account.subject,
        seen,
      });
    } catch (error) {
      if (!(error instanceof AssertionRefused)) throw error;
      log(`an assertion for ${account.subject} was refused: ${error.reason}`);
      return c.json({ error: 'refused' }, 403);
    }
    keep(c, sessions.advance(session, account, 'face'));
    return c.json({ ok: true });
  });

  /**
   * Enrolment, only with consent and just after a code: else who got in once would make it their
   * own.
   */
  app.post('/face/enrol', withPassword, async (c) => {
    const account = accountOf(c);
    if (!isSignedIn(sessionOf(c)) || !sessions.isFresh(sessionOf(c))) {
      return c.json({ error: 'confirm_first' }, 403);
    }
    const form = await c.req.formData();
    const images = form.getAll('image').filter((image) => image instanceof File);
    if (form.get('consent') !== 'yes') return c.json({ error: 'consent' }, 400);
    if (images.length < 1 || images.length > MAX_PICTURES)
      return c.json({ error: 'pictures' }, 400);
    try {
      const { template } = await visavis.enrol({ subject: account.subject, images });
      account.template = template;
      account.consent = { wording: CONSENT, at: new Date(now()).toISOString() };
      // The person has shown who they are by a code: with a new template, old failures are void.
      await visavis.resetAttempts(account.subject);
      return c.json({ ok: true }, 201);
    } catch (error) {
      return answerProblem(c, error);
    }
  });

  app.post('/face/delete', withPassword, async (c) => {
    if (!isSignedIn(sessionOf(c))) return c.redirect('/', 303);
    const account = accountOf(c);
    forget(account); // first: it is deleted here, whatever the deployment answers
    await visavis.resetAttempts(account.subject).catch((error) => {
      log(`attempts of ${account.subject} stay: ${error.message}`);
    });
    return c.html(home(c, account, 'Your face is deleted. You sign in with a code from now on.'));
  });

  app.post('/signout', (c) => {
    const session = c.get('session');
    if (session) sessions.end(session);
    return c.redirect('/', 303);
  });

  app.onError((error, c) => {
    log(`${error.name}: ${error.message}`.slice(0, 200));
    return c.json({ error: 'unavailable' }, 503);
  });

  /** A refusal of visavis, as far as a browser needs it: which way to go on. */
  function answerProblem(c: In, error: unknown): Response {
    if (!(error instanceof ApiError)) throw error;
    const { code, retryAfterSeconds, problem } = error;
    switch (code) {
      // The template is worth nothing any more: the face has to be enrolled again, after a code.
      case 'template_expired':
        forget(accountOf(c));
        return c.json({ error: 'enrol_again' }, 409);
      // It may be worth something again: keys are changed, networks are put back. So it is kept.
      case 'template_model_mismatch':
      case 'template_invalid':
        log(`visavis answered ${code}, request ${problem.requestId}`);
        return c.json({ error: 'enrol_again' }, 409);
      case 'too_many_attempts':
      case 'rate_limited':
      case 'overloaded':
        return c.json({ error: 'wait', seconds: retryAfterSeconds }, 429);
      case 'subject_locked':
        return c.json({ error: 'locked' }, 423);
      case 'low_quality':
      case 'no_face':
      case 'multiple_faces':
      case 'face_too_small':
      case 'undecodable_image':
      case 'unsupported_format':
      case 'image_too_large':
      case 'payload_too_large':
        return c.json(
          { error: 'picture', field: problem.field, reasons: problem.reasons ?? [code] },
          422,
        );
      default:
        log(`visavis answered ${code}, request ${problem.requestId}`);
        return c.json({ error: 'unavailable' }, 503);
    }
  }

  function home(c: In, account: Account, notice?: string) {
    const session = sessionOf(c);
    const factor = session.factors.has('code') ? 'code' : 'face';
    return accountPage({ account, fresh: sessions.isFresh(session), factor }, notice);
  }

  return app;
}

/** Everything but the first page asks for the password first. */
const withPassword: MiddlewareHandler<Env> = async (c, next) => {
  if (c.get('session')?.account) return next();
  return c.req.path.startsWith('/face/')
    ? c.json({ error: 'password_first' }, 401)
    : c.redirect('/', 303);
};

/** Behind `withPassword`. */
function sessionOf(c: In): Session {
  return c.get('session') as Session;
}

function accountOf(c: In): Account {
  return sessionOf(c).account as Account;
}

/** Address that the request comes from. Behind a proxy take the header that your own proxy sets. */
function addressOf(c: In): string {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress ?? '';
}

function forget(account: Account): void {
  delete account.template;
  delete account.consent;
}

/** The frames go straight to the deployment; nothing else is loaded from elsewhere. */
function headers(visavisUrl: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; ` +
      `connect-src 'self' ${new URL(visavisUrl).origin}; base-uri 'none'; form-action 'self'; ` +
      `frame-ancestors 'none'`,
    'permissions-policy': 'camera=(self)',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
}
