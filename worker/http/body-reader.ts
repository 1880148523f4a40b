/**
 * Reading a request's body into one buffer, under a cap, at a least pace, once.
 *
 * Bodies are read with a BYOB reader straight into their final place: workerd hands a default
 * reader 4 KiB at a time, which takes eight times as long for a pair of photos, and pieces would
 * have to be joined, which takes the memory twice.
 */
import { Refusal } from '../errors.ts';
import {
  DRAIN_BUFFER_BYTES,
  FIRST_BUFFER_BYTES,
  LEAST_READ_BYTES,
  MAX_BODY_MS,
  MAX_DRAIN_MS,
  MAX_DRAINED_BYTES,
  MAX_DRAINS,
  MIN_BODY_BYTES_PER_SECOND,
  OVERLOADED_RETRY_SECONDS,
  PACE_GRACE_MS,
} from '../limits.ts';
import type { Upload } from './upload.ts';

/** Lateness of an alarm that only a busy thread explains. */
const BUSY_MS = 50;

/** Late alarms after which nothing has arrived, though events ran in between: then nothing was sent. */
const BUSY_CHANCES = 3;

/** Bytes that the client says it will send; undefined for a chunked body. */
export function declaredBytes(request: Request): number | undefined {
  const header = request.headers.get('content-length');
  return header === null || !/^\d+$/.test(header) ? undefined : Number(header);
}

/** A body as it arrives. Its memory is counted for `upload`, which may become another meanwhile. */
export class BodyReader {
  readonly #reader: ReadableStreamBYOBReader | undefined;
  readonly #most: number;
  readonly #startedAt = Date.now();
  #buffer = new ArrayBuffer(0);
  #length = 0;
  #upload: Upload;
  #ended: boolean;
  /** Time in which the thread was busy, and read nothing. */
  #busyMs = 0;
  /** A read was given up on: there is no use in draining what does not come. */
  #stuck = false;

  /** @param cap bytes that are taken */
  constructor(
    request: Request,
    readonly cap: number,
    upload: Upload,
  ) {
    this.#upload = upload;
    this.#reader = request.body?.getReader({ mode: 'byob' });
    this.#ended = this.#reader === undefined;
    // One byte more than declared or allowed: room to see that the body ends, or that it does not.
    this.#most = Math.min(declaredBytes(request) ?? cap, cap) + 1;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Time in which it was not the sender that was slow. */
  get waitedMs(): number {
    return this.#upload.waitedMs;
  }

  /** Number of bytes that have arrived so far. */
  get arrived(): number {
    return this.#length;
  }

  /** Bytes that have arrived so far: a view that the next `more` makes worthless. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }

  /** Counts what has arrived, and what will, for another upload. @throws Refusal `overloaded` */
  async moveTo(upload: Upload): Promise<void> {
    const before = this.#upload;
    this.#upload = upload;
    before.free();
    await upload.hold(this.#buffer.byteLength);
    upload.receive(this.#length);
    if (this.#ended) upload.end();
  }

  /**
   * Waits for the next bytes.
   *
   * @throws Refusal `payload_too_large`; `invalid_request` for a body that breaks off or is too
   *   slow; `overloaded` where there is no room for it
   */
  async more(): Promise<void> {
    if (this.#reader === undefined) return;
    await this.#grow();
    const reading = read(this.#reader, new Uint8Array(this.#buffer, this.#length));
    const { done, value } = await this.#inTime(reading.catch(interrupted));
    this.#ended = done;
    if (value) {
      this.#buffer = value.buffer as ArrayBuffer; // the same memory: reading transfers it
      this.#length += value.byteLength;
      this.#upload.receive(value.byteLength);
    }
    if (this.#length > this.cap) throw tooLarge(this.cap);
    if (this.#ended) this.#upload.end();
  }

  /** Ends the memory's life at once, not when the collector comes by. */
  free(): void {
    if (!this.#stuck) this.#reader?.releaseLock(); // for `drain`
    if (!this.#buffer.detached) this.#buffer.transfer(0);
    this.#upload.free();
  }

  async #grow(): Promise<void> {
    if (this.#length < this.#buffer.byteLength) return;
    const size = Math.max(2 * this.#length, FIRST_BUFFER_BYTES);
    const most = this.#length < this.#most ? this.#most : this.cap + 1; // more than was declared
    const next = Math.min(size, most);
    await this.#upload.hold(next);
    this.#buffer = this.#buffer.transfer(next);
  }

  async #inTime<T>(reading: Promise<T>): Promise<T> {
    for (let chances = BUSY_CHANCES; ; chances--) {
      const until = this.#deadline();
      const late = alarm(Math.max(0, until - Date.now()));
      const read = await Promise.race([reading, this.#upload.dropped, late.rings]).finally(
        late.stop,
      );
      if (read !== 'late' && read !== 'dropped') return read as T;
      if (read === 'late' && chances > 0 && this.#wasBusy(until)) continue;
      this.#stuck = true;
      if (read === 'late') throw tooSlow();
      // Others wanted the room, and this was the slowest of whoever held most.
      throw new Refusal({ code: 'overloaded', retryAfterSeconds: OVERLOADED_RETRY_SECONDS });
    }
  }

  #deadline(): number {
    const { startedAt, waitedMs } = this.#upload;
    const paced = PACE_GRACE_MS + (1000 * this.#length) / MIN_BODY_BYTES_PER_SECOND;
    const ours = waitedMs + this.#busyMs;
    return Math.min(this.#startedAt + MAX_BODY_MS, startedAt + ours + paced);
  }

  /**
   * An alarm that rings late tells of a busy thread: there was nobody to read what may have arrived.
   * The sender is not slow then, unless its time is over altogether (`MAX_BODY_MS`).
   */
  #wasBusy(until: number): boolean {
    const overdue = Date.now() - until;
    if (overdue < BUSY_MS || Date.now() >= this.#startedAt + MAX_BODY_MS) return false;
    this.#busyMs += overdue + BUSY_MS; // so that events run before it rings again
    return true;
  }
}

/** The next bytes, not in pieces as small as the sender likes. */
function read(reader: ReadableStreamBYOBReader, view: Uint8Array<ArrayBuffer>) {
  return reader.readAtLeast(Math.min(LEAST_READ_BYTES, view.length), view);
}

let drains = 0;

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
  if (drains >= MAX_DRAINS) return 0; // under a flood a reset will do
  drains++;
  const late = alarm(MAX_DRAIN_MS);
  let drained = 0;
  try {
    const reader = body.getReader({ mode: 'byob' });
    let buffer = new ArrayBuffer(DRAIN_BUFFER_BYTES);
    while (drained < MAX_DRAINED_BYTES) {
      const piece = await Promise.race([read(reader, new Uint8Array(buffer)), late.rings]);
      if (piece === 'late' || piece.value === undefined) break;
      buffer = piece.value.buffer as ArrayBuffer;
      drained += piece.value.byteLength;
      if (piece.done) break;
    }
  } catch {
    // The client has gone, and with it whoever wanted the answer.
  } finally {
    late.stop();
    drains--;
  }
  return drained;
}

/** A deadline to race a promise against. */
function alarm(ms: number): { rings: Promise<'late'>; stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  return { rings: promise, stop: () => clearTimeout(timer) };
}

export function tooLarge(cap: number): Refusal {
  const detail = `The request body is larger than ${Math.floor((cap / 1024 / 1024) * 100) / 100} MiB.`;
  return new Refusal({ code: 'payload_too_large', detail });
}

function tooSlow(): Refusal {
  const detail =
    `The request body arrives too slowly: ${MIN_BODY_BYTES_PER_SECOND / 1024} KiB/s are asked for, ` +
    `and the end within ${MAX_BODY_MS / 1000} s.`;
  return new Refusal({ code: 'invalid_request', detail });
}

function interrupted(): never {
  throw new Refusal({ code: 'invalid_request', detail: 'The request body broke off.' });
}
