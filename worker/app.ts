/** The whole API: what happens around every request, and what is served where. */
import { Hono } from 'hono';
import { problem } from './errors.ts';
import { health } from './routes/health.ts';
import { answerFailure, holdBody, identify, requireKey, resource } from './routes/middleware.ts';
import { model } from './routes/model.ts';
import type { Api, Services } from './routes/services.ts';
import { verify } from './routes/verify.ts';

export function createApp(services: Services): Hono<Api> {
  const app = new Hono<Api>();
  app.use(identify);
  app.use('/v1/*', requireKey);

  resource(app, '/healthz', { GET: [health] });
  resource(app, '/v1/model', { GET: [model(services)] });
  resource(app, '/v1/verify', { POST: [holdBody, verify(services)] });

  app.notFound((c) => problem({ code: 'not_found' }, c.get('requestId')));
  app.onError(answerFailure);
  return app;
}
