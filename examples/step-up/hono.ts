/** An app in Hono that asks for the face before a transfer. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { rememberInMemory } from 'visavis/assertion';
import { faceLogin } from 'visavis/hono';
import type { StepUpApp, StepUpOptions } from './options.ts';
import { page } from './page.ts';

interface Session {
  readonly id: string;
  readonly subject: string;
  readonly at: number;
}

/** Time after the sign-in in which a face may be set up. */
const ENROL_MS = 10 * 60 * 1000;

export function honoApp({ relyingParty, visavisUrl, files }: StepUpOptions): StepUpApp {
  const sessions = new Map<string, Session>();
  const templates = new Map<string, string>(); // by subject; with the account, in your database
  const people = new Map<string, string>(); // name to subject
  const sessionOf = (c: Context) => sessions.get(getCookie(c, 'session') ?? '');

  const face = faceLogin({
    ...relyingParty,
    secret: randomUUID() + randomUUID(),
    seen: rememberInMemory(),
    account(c) {
      const session = sessionOf(c);
      if (!session) return undefined;
      const { id, subject } = session;
      return { subject, session: id, template: templates.get(subject) };
    },
    enrol: {
      allowed: (c) => Date.now() - (sessionOf(c)?.at ?? 0) < ENROL_MS,
      save(_, { subject, template }) {
        templates.set(subject, template);
      },
    },
  });

  const app = new Hono();
  for (const [path, [type, content]] of files) {
    app.get(path, (c) => c.body(content, 200, { 'content-type': type }));
  }
  app.get('/', (c) => c.html(page({ adapter: 'hono', visavisUrl })));
  // Your own login; this one believes everybody.
  app.post('/sign-in', async (c) => {
    const { name } = await c.req.json<{ name: string }>();
    const subject = people.get(name) ?? randomUUID();
    people.set(name, subject);
    const session = { id: randomUUID(), subject, at: Date.now() };
    sessions.set(session.id, session);
    setCookie(c, 'session', session.id, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.json({ ok: true });
  });
  app.route('/face', face.routes);
  app.post('/transfer', face.requireFace({ maxAge: 300 }), (c) => c.json({ ok: true }));
  return { fetch: (request) => app.fetch(request) };
}
