/**
 * The whole API: what happens around every request, and what is served where. An endpoint is described by
 * `api/NAME.docs.ts`, which `api/schema/operations.ts` lists.
 */
import { Hono } from 'hono';
import { readAttempts, resetAttempts } from './api/attempts.ts';
import { CHALLENGE } from './api/challenges.request.ts';
import { challenge } from './api/challenges.ts';
import { CLUSTER } from './api/clusters.request.ts';
import { clusters } from './api/clusters.ts';
import { GALLERY_IMPORT, GALLERY_PUT } from './api/galleries.request.ts';
import {
  deleteGallery,
  deleteSubject,
  describeGallery,
  exportGallery,
  getGalleries,
  getSubject,
  importGallery,
  listSubjects,
  putSubject,
} from './api/galleries.ts';
import { health } from './api/health.ts';
import { IDENTIFY } from './api/identify.request.ts';
import { identify } from './api/identify.ts';
import { jwks } from './api/jwks.ts';
import { LOGIN_RESPONSE } from './api/login-response.request.ts';
import { loginResponse, openLogin } from './api/login-response.ts';
import { model, modelCard } from './api/model.ts';
import { ready } from './api/ready.ts';
import { ENROL } from './api/templates.request.ts';
import { enrol } from './api/templates.ts';
import { VERIFY } from './api/verify.request.ts';
import { verify } from './api/verify.ts';
import { Refusal } from './errors.ts';
import { asset, demo } from './http/assets.ts';
import { body } from './http/body.ts';
import type { Api, Models } from './http/context.ts';
import {
  answerFailure,
  anyOrigin,
  cors,
  rateLimitBySubnet,
  rateLimitByTenant,
  rateLimitPictures,
  requestContext,
  requireKey,
  requireScope,
  resource,
} from './http/middleware.ts';
import { withoutParameters } from './http/query.ts';

const LOGIN_RESPONSE_PATH = '/v1/challenges/:id/response';

export function createApp(models: Models): Hono<Api> {
  const app = new Hono<Api>();
  app.use(requestContext);
  app.use('/.well-known/jwks.json', anyOrigin);
  app.use('/openapi.json', anyOrigin);
  app.use(LOGIN_RESPONSE_PATH, cors('POST'));

  // Routes that need no key stand before `requireKey`. A response's authority is its challenge.
  resource(app, '/healthz', { GET: [health] });
  resource(app, '/readyz', { GET: [ready(models)] });
  resource(app, '/.well-known/jwks.json', { GET: [jwks] });
  resource(app, LOGIN_RESPONSE_PATH, {
    POST: [rateLimitBySubnet, body(LOGIN_RESPONSE, models, openLogin(models)), loginResponse],
  });
  resource(app, '/openapi.json', { GET: [asset('/openapi.json')] });
  resource(app, '/docs', { GET: [asset('/docs.html')] });
  for (const file of ['/assets/docs.css', '/assets/icon.svg']) {
    resource(app, file, { GET: [asset(file)] });
  }
  resource(app, '/', { GET: [demo('/index.html')] });
  for (const file of ['/assets/app.js', '/assets/app.css', '/assets/portrait.jpg']) {
    resource(app, file, { GET: [demo(file)] });
  }

  app.use('/v1/*', requireKey);
  resource(app, '/v1/model', { GET: [withoutParameters, model(models)] });
  resource(app, '/v1/model/card', { GET: [withoutParameters, modelCard(models)] });
  resource(app, '/v1/verify', {
    POST: [
      requireScope('verify'),
      rateLimitByTenant('RATE_VERIFY'),
      body(VERIFY, models),
      verify(models),
    ],
  });
  resource(app, '/v1/templates', {
    POST: [
      requireScope('enrol'),
      rateLimitByTenant('RATE_ENROL'),
      body(ENROL, models),
      enrol(models),
    ],
  });
  const identifying = [requireScope('identify'), rateLimitByTenant('RATE_IDENTIFY')];
  resource(app, '/v1/identify', {
    POST: [...identifying, body(IDENTIFY, models), identify(models)],
  });
  resource(app, '/v1/clusters', {
    POST: [...identifying, body(CLUSTER, models), clusters(models)],
  });
  const galleries = [requireScope('galleries'), rateLimitByTenant('RATE_GALLERY')];
  resource(app, '/v1/galleries', { GET: [...galleries, getGalleries(models)] });
  resource(app, '/v1/galleries/:gallery', {
    GET: [...galleries, withoutParameters, describeGallery(models)],
    DELETE: [...galleries, withoutParameters, deleteGallery],
  });
  resource(app, '/v1/galleries/:gallery/subjects', {
    GET: [...galleries, listSubjects(models)],
  });
  resource(app, '/v1/galleries/:gallery/subjects/:subject', {
    PUT: [...galleries, body(GALLERY_PUT, models), rateLimitPictures, putSubject(models)],
    GET: [...galleries, withoutParameters, getSubject(models)],
    DELETE: [...galleries, withoutParameters, deleteSubject],
  });
  resource(app, '/v1/galleries/:gallery/export', { GET: [...galleries, exportGallery] });
  resource(app, '/v1/galleries/:gallery/import', {
    POST: [...galleries, body(GALLERY_IMPORT, models), importGallery],
  });
  resource(app, '/v1/challenges', {
    POST: [requireScope('login'), body(CHALLENGE, models), challenge(models)], // it counts the request: the rate is the subject's
  });
  resource(app, '/v1/subjects/:subject/attempts', {
    GET: [
      requireScope('login'),
      rateLimitByTenant('RATE_ATTEMPTS'),
      withoutParameters,
      readAttempts,
    ],
    DELETE: [
      requireScope('reset'),
      rateLimitByTenant('RATE_ATTEMPTS'),
      withoutParameters,
      resetAttempts,
    ],
  });

  app.notFound((c) => answerFailure(new Refusal({ code: 'not_found' }), c));
  app.onError(answerFailure);
  return app;
}
