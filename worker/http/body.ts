/**
 * The one way a body comes in: admitted, read, checked, handed on, freed.
 *
 * Authority comes first. A request with a key has it in its header; an answer to a challenge has it
 * in its first field, so that much is read while the request counts as unauthenticated: such requests hold a few kilobytes
 * each, and take no room from authenticated ones.
 */
import type { Context, MiddlewareHandler } from 'hono';
import type * as z from 'zod/mini';
import type { Body } from '../api/schema/body.ts';
import { clientSubnet } from '../auth/subnet.ts';
import { Refusal } from '../errors.ts';
import {
  MAX_HEAD_BYTES,
  MAX_HELD_BYTES,
  MAX_HELD_FRAME_BYTES,
  MAX_HELD_TEXT_BYTES,
  MAX_HOLD_MS,
  MAX_SUBNET_FRAME_BYTES,
  MAX_SUBNET_UNAUTHENTICATED_BYTES,
  MAX_TENANT_FRAME_BYTES,
  MAX_TENANT_HELD_BYTES,
  MAX_TENANT_TEXT_BYTES,
  MAX_TURN_MS,
  MAX_TURN_WAIT_MS,
  MAX_UNAUTHENTICATED_BYTES,
  OVERLOADED_RETRY_SECONDS,
  STALLED_MS,
  UPLOAD_PATIENCE_MS,
} from '../limits.ts';
import { BodyReader, declaredBytes, tooLarge } from './body-reader.ts';
import type { Api, Model, Models } from './context.ts';
import { FairQueue } from './fair-queue.ts';
import { type BodyKind, invalid, kindOf, readForm } from './form.ts';
import { noteError } from './middleware.ts';
import type { Owner } from './upload.ts';
import { Uploads } from './uploads.ts';

const WAITING = {
  waitMs: MAX_TURN_WAIT_MS,
  stallMs: STALLED_MS,
  patienceMs: UPLOAD_PATIENCE_MS,
  leaseMs: MAX_HOLD_MS,
  retryAfterSeconds: OVERLOADED_RETRY_SECONDS,
};

/** One of each for the isolate: its memory and its thread are what they guard. */
const UPLOADS = {
  photos: new Uploads({
    ...WAITING,
    capacity: MAX_HELD_BYTES,
    shares: [MAX_TENANT_HELD_BYTES],
  }),
  frames: new Uploads({
    ...WAITING,
    capacity: MAX_HELD_FRAME_BYTES,
    shares: [MAX_TENANT_FRAME_BYTES, MAX_SUBNET_FRAME_BYTES],
  }),
  text: new Uploads({
    ...WAITING,
    capacity: MAX_HELD_TEXT_BYTES,
    shares: [MAX_TENANT_TEXT_BYTES],
  }),
};

/** Owner by subnet: whose request it is, is not known yet. */
const UNAUTHENTICATED = new Uploads({
  ...WAITING,
  capacity: MAX_UNAUTHENTICATED_BYTES,
  shares: [MAX_SUBNET_UNAUTHENTICATED_BYTES],
});

const QUEUE = new FairQueue({
  waitMs: MAX_TURN_WAIT_MS,
  leaseMs: MAX_TURN_MS,
  retryAfterSeconds: OVERLOADED_RETRY_SECONDS,
});

/** Opens the token that is a request's authority, and says who answers for the request. */
export type OpenAuthority = (
  token: string,
  c: Context<Api>,
) => Promise<{
  readonly tenant: string;
  /** The name of the network that is to answer. */
  readonly model: string;
}>;

/** Input of a handler behind `body`: `c.req.valid('form')`. */
export interface Valid<B extends Body> {
  out: { form: z.output<B['schema']> };
}

/**
 * Reads and checks the body, and hands it to what comes behind as `c.req.valid('form')`. Where it
 * has pictures the network that serves is made ready meanwhile: `c.get('load')` gives it, and the
 * work of what it gives is done by turns.
 *
 * The memory is given back as soon as the answer is there, not when the collector comes by: after
 * eight requests of 20 MiB that is a peak some 40 MB lower. No picture outlives its request: they
 * are views of one buffer, empty once the request is done.
 *
 * @param open for a spec with an `authority`
 */
export const body =
  (spec: Body, models: Models, open?: OpenAuthority): MiddlewareHandler<Api> =>
  async (c, next) => {
    const work = (async () => {
      const request = c.req.raw;
      const kind = kindOf(request, spec);
      const expected = expectedBytes(request, kind);
      const loading = spec.uploads === 'text' ? undefined : models.load(c.env.MODEL);
      loading?.catch(() => {}); // whoever asks for it gets to see it
      const { reader, party, token, model } = await admit(c, spec, kind, expected, open);
      try {
        while (!reader.ended) await reader.more();
        const form = readForm(reader.bytes, request, spec);
        if (typeof form.subject === 'string') c.set('subject', form.subject);
        // Both readers refuse a second one; what was opened is what counts, should one ever not.
        if (spec.authority !== undefined && form[spec.authority] !== token) {
          throw invalid(`\`${spec.authority}\` comes once.`, spec.authority);
        }
        c.req.addValidatedData('form', form);
        c.set('load', async (name = model) =>
          byTurns(await unlessBroken(c, () => models.load(name)), party, c),
        );
        await next();
      } finally {
        leave(reader, c);
      }
    })();
    // A client that hangs up may end its request there and then: this lets the `finally` run.
    c.executionCtx.waitUntil(work.catch(() => {}));
    await work;
  };

/** Frees the body, and notes for the log what came of it. */
function leave(reader: BodyReader, c: Context<Api>): void {
  const entry = c.get('entry');
  entry.bytes = reader.arrived;
  entry.waitMs += reader.waitedMs;
  reader.free();
}

/** @throws Refusal `payload_too_large` */
function expectedBytes(request: Request, { cap }: BodyKind): number {
  const declared = declaredBytes(request) ?? cap;
  if (declared > cap) throw tooLarge(cap);
  return declared + 1;
}

interface Admitted {
  readonly reader: BodyReader;
  /** Party whose turns the work takes. */
  readonly party: string;
  readonly token?: string;
  readonly model: string;
}

async function admit(
  c: Context<Api>,
  spec: Body,
  kind: BodyKind,
  expected: number,
  open: OpenAuthority | undefined,
): Promise<Admitted> {
  const request = c.req.raw;
  const uploads = UPLOADS[spec.uploads];
  if (spec.authority === undefined || open === undefined) {
    const { id } = c.get('caller').tenant;
    const reader = new BodyReader(request, kind.cap, uploads.open([id], expected));
    return { reader, party: id, model: c.env.MODEL };
  }
  const subnet = clientSubnet(c.req.header('cf-connecting-ip') ?? '');
  const unauthenticated = UNAUTHENTICATED.open([subnet], MAX_HEAD_BYTES);
  const reader = new BodyReader(request, kind.cap, unauthenticated);
  try {
    const token = await readAuthority(reader, kind, spec, request);
    const { tenant, model } = await open(token, c);
    const owner: Owner = [tenant, subnet];
    await reader.moveTo(uploads.open(owner, expected));
    // A tenant's logins do not stand behind its own verifications.
    return { reader, party: `${tenant} login`, token, model };
  } catch (error) {
    leave(reader, c);
    throw error;
  }
}

/**
 * The first field, as soon as it is there.
 * @throws Refusal `invalid_request` where it is another
 */
async function readAuthority(
  reader: BodyReader,
  kind: BodyKind,
  spec: Body,
  request: Request,
): Promise<string> {
  const name = spec.authority as string;
  for (;;) {
    const first = kind.first(reader.bytes, request);
    if (first?.name === name) return first.text;
    if (reader.ended) readForm(reader.bytes, request, spec); // may know better what is wrong
    if (first || reader.ended || reader.bytes.length >= MAX_HEAD_BYTES) {
      throw invalid(`\`${name}\` comes first, before the pictures.`, name);
    }
    await reader.more();
  }
}

/** Faults of ours are all that is thrown and no refusal: the network that had one is made anew. */
async function unlessBroken<T>(c: Context<Api>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    noteError(error, c);
    throw new Refusal({ code: 'unavailable' });
  }
}

/** The same model, whose work waits for its turn. */
function byTurns(model: Model, party: string, c: Context<Api>): Model {
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const asked = Date.now();
    let begun: number | undefined;
    const begin = () => {
      begun = Date.now();
      return unlessBroken(c, work);
    };
    // A client that has hung up takes no turn from those who wait.
    const ran = QUEUE.run(party, begin, c.req.raw.signal);
    return ran.finally(() => {
      c.get('entry').waitMs += (begun ?? Date.now()) - asked;
    });
  };
  return {
    ...model,
    verify: (input) => run(() => model.verify(input)),
    verifyTemplate: (input) => run(() => model.verifyTemplate(input)),
    enrol: (...asked) => run(() => model.enrol(...asked)),
    faces: (...asked) => run(() => model.faces(...asked)),
    respond: (input) => run(() => model.respond(input)),
  };
}
