/** The whole API: what happens around every request, and what is served where. */
import { Hono } from 'hono';
import { problem } from './errors.ts';
import { readAttempts, resetAttempts } from './routes/attempts.ts';
import { challenge } from './routes/challenges.ts';
import { health } from './routes/health.ts';
import { jwks } from './routes/jwks.ts';
import {
  answerFailure,
  cors,
  holdBody,
  identify,
  limitNetwork,
  limitRate,
  requireKey,
  requireScope,
  resource,
} from './routes/middleware.ts';
import { model } from './routes/model.ts';
import { response } from './routes/response.ts';
import type { Api, Services } from './routes/services.ts';
import { asset, demo } from './routes/static.ts';
import { enrol } from './routes/templates.ts';
import { verify } from './routes/verify.ts';
import { CHALLENGE, ENROL, RESPONSE, VERIFY } from './schema/requests.ts';

const RESPONSE_PATH = '/v1/challenges/:id/response';

export function createApp(services: Services): Hono<Api> {
  const app = new Hono<Api>();
  app.use(identify);
  app.use('/.well-known/jwks.json', cors('GET'));
  app.use('/openapi.json', cors('GET'));
  app.use(RESPONSE_PATH, cors('POST'));

  // What needs no key stands before `requireKey`. A response's authority is its challenge.
  resource(app, '/healthz', { GET: [health] });
  resource(app, '/.well-known/jwks.json', { GET: [jwks] });
  resource(app, RESPONSE_PATH, { POST: [limitNetwork, holdBody(RESPONSE), response(services)] });
  resource(app, '/openapi.json', { GET: [asset('/openapi.json')] });
  resource(app, '/docs', { GET: [asset('/docs.html')] });
  for (const file of ['/assets/docs.css', '/assets/icon.svg']) {
    resource(app, file, { GET: [asset(file)] });
  }
  resource(app, '/', { GET: [demo('/index.html')] });
  for (const file of ['/assets/app.js', '/assets/app.css']) {
    resource(app, file, { GET: [demo(file)] });
  }

  app.use('/v1/*', requireKey);
  resource(app, '/v1/model', { GET: [model(services)] });
  resource(app, '/v1/verify', {
    POST: [requireScope('verify'), limitRate('RATE_VERIFY'), holdBody(VERIFY), verify(services)],
  });
  resource(app, '/v1/templates', {
    POST: [requireScope('enrol'), limitRate('RATE_ENROL'), holdBody(ENROL), enrol(services)],
  });
  const login = [requireScope('login'), limitRate('RATE_LOGIN')];
  resource(app, '/v1/challenges', {
    POST: [...login, holdBody(CHALLENGE), challenge(services)],
  });
  resource(app, '/v1/subjects/:subject/attempts', {
    GET: [...login, readAttempts],
    DELETE: [...login, resetAttempts],
  });

  app.notFound((c) => problem({ code: 'not_found' }, c.get('requestId')));
  app.onError(answerFailure);
  return app;
}
