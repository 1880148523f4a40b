/** An app with Better Auth that asks for the face before a transfer. */
import { randomUUID } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { Hono } from 'hono';
import { face, isFaceFresh } from 'visavis/better-auth';
import type { StepUpApp, StepUpOptions } from './options.ts';
import { page } from './page.ts';

export function betterAuthApp({ relyingParty, visavisUrl, files }: StepUpOptions): StepUpApp {
  const tables = { user: [], session: [], account: [], verification: [], faceTemplate: [] };
  const auth = betterAuth({
    baseURL: relyingParty.audience,
    secret: randomUUID() + randomUUID(),
    database: memoryAdapter(tables), // your database
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins: [face(relyingParty)],
  });

  const app = new Hono();
  for (const [path, [type, content]] of files) {
    app.get(path, (c) => c.body(content, 200, { 'content-type': type }));
  }
  app.get('/', (c) => c.html(page({ adapter: 'better-auth', visavisUrl })));
  app.on(['GET', 'POST'], '/api/auth/*', (c) => auth.handler(c.req.raw));
  app.post('/transfer', async (c) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers });
    if (!session) return c.json({ code: 'signed_out' }, 401);
    if (!isFaceFresh(session.session, { maxAge: 300 })) {
      return c.json({ code: 'face_required' }, 403);
    }
    return c.json({ ok: true });
  });
  return { fetch: (request) => app.fetch(request) };
}
