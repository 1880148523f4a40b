/** The attempts of subjects, over HTTP: for tests across processes. */
import { type Attempts, attemptsOf } from '../../worker/login/attempts.ts';

export { GalleryDirectory } from '../../worker/gallery/directory.ts';
export { Gallery } from '../../worker/gallery/durable-object.ts';
export { Attempts } from '../../worker/login/attempts.ts';

interface Env {
  readonly ATTEMPTS: DurableObjectNamespace<Attempts>;
}

/** `POST /claim/SUBJECT/ID?expires=SECONDS`, `POST /succeed/SUBJECT/ID`, `GET /status/SUBJECT`. */
export default {
  async fetch(request: Request, { ATTEMPTS }: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, verb, subject = '', id = ''] = pathname.split('/');
    const attempts = attemptsOf(ATTEMPTS, 'acme', subject);
    switch (verb) {
      case 'claim':
        return Response.json(await attempts.claim(id, Number(searchParams.get('expires'))));
      case 'succeed':
        return Response.json(await attempts.succeed(id));
      case 'status':
        return Response.json(await attempts.status());
      default:
        return new Response(null, { status: 404 });
    }
  },
};
