/** The whole API: what happens around every request, and what is served where. */
import { Hono } from 'hono';
import { readAttempts, resetAttempts } from './api/attempts.ts';
import { challenge } from './api/challenges.ts';
import { clusters } from './api/clusters.ts';
import {
  deleteGallery,
  deleteSubject,
  describeGallery,
  exportGallery,
  getSubject,
  importGallery,
  listSubjects,
  putSubject,
} from './api/galleries.ts';
import { health } from './api/health.ts';
import { identify } from './api/identify.ts';
import { jwks } from './api/jwks.ts';
import { response } from './api/login-response.ts';
import { model, modelCard } from './api/model.ts';
import {
  CHALLENGE,
  CLUSTER,
  ENROL,
  GALLERY_IMPORT,
  GALLERY_PUT,
  IDENTIFY,
  RESPONSE,
  VERIFY,
} from './api/schema/requests.ts';
import { enrol } from './api/templates.ts';
import { verify } from './api/verify.ts';
import { problem } from './errors.ts';
import { asset, demo } from './http/assets.ts';
import type { Api, Services } from './http/context.ts';
import {
  admitBody,
  answerFailure,
  anyOrigin,
  cors,
  rateLimitBySubnet,
  rateLimitByTenant,
  requestContext,
  requireKey,
  requireScope,
  resource,
} from './http/middleware.ts';

const RESPONSE_PATH = '/v1/challenges/:id/response';

export function createApp(services: Services): Hono<Api> {
  const app = new Hono<Api>();
  app.use(requestContext);
  app.use('/.well-known/jwks.json', anyOrigin);
  app.use('/openapi.json', anyOrigin);
  app.use(RESPONSE_PATH, cors('POST'));

  // What needs no key stands before `requireKey`. A response's authority is its challenge.
  resource(app, '/healthz', { GET: [health] });
  resource(app, '/.well-known/jwks.json', { GET: [jwks] });
  resource(app, RESPONSE_PATH, {
    POST: [rateLimitBySubnet, admitBody(RESPONSE), response(services)],
  });
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
  resource(app, '/v1/model/card', { GET: [modelCard(services)] });
  resource(app, '/v1/verify', {
    POST: [
      requireScope('verify'),
      rateLimitByTenant('RATE_VERIFY'),
      admitBody(VERIFY),
      verify(services),
    ],
  });
  resource(app, '/v1/templates', {
    POST: [
      requireScope('enrol'),
      rateLimitByTenant('RATE_ENROL'),
      admitBody(ENROL),
      enrol(services),
    ],
  });
  const identifying = [requireScope('identify'), rateLimitByTenant('RATE_IDENTIFY')];
  resource(app, '/v1/identify', {
    POST: [...identifying, admitBody(IDENTIFY), identify(services)],
  });
  resource(app, '/v1/clusters', {
    POST: [...identifying, admitBody(CLUSTER), clusters(services)],
  });
  const galleries = [requireScope('galleries'), rateLimitByTenant('RATE_GALLERY')];
  resource(app, '/v1/galleries/:gallery', {
    GET: [...galleries, describeGallery(services)],
    DELETE: [...galleries, deleteGallery],
  });
  resource(app, '/v1/galleries/:gallery/subjects', {
    GET: [...galleries, listSubjects(services)],
  });
  resource(app, '/v1/galleries/:gallery/subjects/:subject', {
    PUT: [...galleries, admitBody(GALLERY_PUT), putSubject(services)],
    GET: [...galleries, getSubject(services)],
    DELETE: [...galleries, deleteSubject],
  });
  resource(app, '/v1/galleries/:gallery/export', { GET: [...galleries, exportGallery] });
  resource(app, '/v1/galleries/:gallery/import', {
    POST: [...galleries, admitBody(GALLERY_IMPORT), importGallery],
  });
  const login = [requireScope('login'), rateLimitByTenant('RATE_LOGIN')];
  resource(app, '/v1/challenges', {
    POST: [...login, admitBody(CHALLENGE), challenge(services)],
  });
  resource(app, '/v1/subjects/:subject/attempts', {
    GET: [...login, readAttempts],
    DELETE: [...login, resetAttempts],
  });

  app.notFound((c) => problem({ code: 'not_found' }, c.get('requestId')));
  app.onError(answerFailure);
  return app;
}
