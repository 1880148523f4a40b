/**
 * Reading a request's body into one buffer, under a cap, once.
 *
 * Bodies are read with a BYOB reader straight into their final place: workerd hands a default
 * reader 4 KiB at a time, which takes eight times as long for a pair of photos, and pieces would
 * have to be joined, which takes the memory twice.
 */
import { Refusal } from '../errors.ts';
import {
  DRAIN_BUFFER_BYTES,
  FIRST_BUFFER_BYTES,
  MAX_BODY_MS,
  MAX_DRAIN_MS,
  MAX_DRAINED_BYTES,
} from '../limits.ts';

/** What the client says it will send; undefined for a chunked body. */
export function declaredBytes(request: Request): number | undefined {
  const header = request.headers.get('content-length');
  return header === null || !/^\d+$/.test(header) ? undefined : Number(header);
}

/**
 * The whole body.
 *
 * @throws Refusal `payload_too_large` over `cap`, `invalid_request` when it does not arrive
 */
export async function readBody(request: Request, cap: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredBytes(request);
  if (declared !== undefined && declared > cap) throw tooLarge(cap);
  if (!request.body) return new Uint8Array(0);
  const reader = request.body.getReader({ mode: 'byob' });
  const late = alarm(MAX_BODY_MS);
  // One byte more than declared or allowed: room to see that the body ends, or that it does not.
  let buffer = new ArrayBuffer(Math.min(declared ?? FIRST_BUFFER_BYTES, cap) + 1);
  let length = 0;
  try {
    for (;;) {
      const read = await Promise.race([
        reader.read(new Uint8Array(buffer, length)).catch(interrupted),
        late.rings,
      ]);
      if (read === 'late') throw tooSlow(); // the lock stays: there is no use in draining
      if (read.value) {
        buffer = read.value.buffer as ArrayBuffer; // the same memory: reading transfers it
        length += read.value.byteLength;
      }
      if (read.done) break;
      if (length > cap) {
        reader.releaseLock(); // for `drain`
        throw tooLarge(cap);
      }
      if (length === buffer.byteLength) buffer = buffer.transfer(Math.min(2 * length, cap + 1));
    }
  } finally {
    late.stop();
  }
  return new Uint8Array(buffer, 0, length);
}

/**
 * Reads what is left of a body and throws it away, within bounds.
 *
 * Called before any answer that leaves a body unread: local workerd resets a connection that is
 * closed while the client still sends, so the client would see no answer at all. Returns how many
 * bytes it was.
 */
export async function drain(request: Request): Promise<number> {
  const { body } = request;
  if (!body || body.locked || (declaredBytes(request) ?? 0) > MAX_DRAINED_BYTES) return 0;
  const reader = body.getReader({ mode: 'byob' });
  const late = alarm(MAX_DRAIN_MS);
  let buffer = new ArrayBuffer(DRAIN_BUFFER_BYTES);
  let drained = 0;
  try {
    while (drained < MAX_DRAINED_BYTES) {
      const read = await Promise.race([reader.read(new Uint8Array(buffer)), late.rings]);
      if (read === 'late' || read.done) break;
      buffer = read.value.buffer as ArrayBuffer;
      drained += read.value.byteLength;
    }
  } catch {
    // The client has gone, and with it whoever wanted the answer.
  } finally {
    late.stop();
  }
  return drained;
}

/** A deadline to race a promise against. */
function alarm(ms: number): { rings: Promise<'late'>; stop: () => void } {
  let timer: ReturnType<typeof setTimeout>;
  const rings = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return { rings, stop: () => clearTimeout(timer) };
}

function tooLarge(cap: number): Refusal {
  const detail = `The request body is larger than ${cap / 1024 / 1024} MiB.`;
  return new Refusal({ code: 'payload_too_large', detail });
}

function tooSlow(): Refusal {
  const detail = `The request body did not arrive within ${MAX_BODY_MS / 1000} s.`;
  return new Refusal({ code: 'invalid_request', detail });
}

function interrupted(): never {
  throw new Refusal({ code: 'invalid_request', detail: 'The request body broke off.' });
}
