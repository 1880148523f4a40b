/**
 * Bodies on their way in: how many bytes of them an isolate holds, and whose they are.
 *
 * Bytes count from their arrival, not from their announcement: who announces 20 MiB and sends none
 * holds nothing. Each owner has a share, so that room is left for others; within it the oldest
 * upload is kept room to end, so that no two which grow wait for each other. Where room is wanting,
 * whoever holds most gives some up: its slowest upload is dropped.
 *
 * Written for workerd's rules about requests that meet in one isolate:
 *
 * - A promise may be settled by another request (compatibility date 2024-10-14 on), but a request
 *   that waits for nothing else is taken for hung and cancelled. So every waiter has a timer of
 *   its own, and only its own request touches it.
 * - A request that the platform drops does not always run its `finally`. So what is held is leased.
 */
import { Refusal } from '../errors.ts';
import { type Owner, Upload } from './upload.ts';

export interface UploadBounds {
  /** Bytes of all uploads together. */
  readonly capacity: number;
  /** Bytes of one owner, by level. */
  readonly shares: readonly [number, ...number[]];
  /** The longest wait for room. */
  readonly waitMs: number;
  /** An upload without a byte for so long is dropped as soon as another wants its room. */
  readonly stallMs: number;
  /** Wait after which even an upload that moves is dropped. */
  readonly patienceMs: number;
  /** Time without a move after which an upload has lost its request. */
  readonly leaseMs: number;
  readonly retryAfterSeconds: number;
}

interface Waiter {
  readonly upload: Upload;
  /** Bytes to hold in all. */
  readonly bytes: number;
  readonly since: number;
  grant(): void;
}

interface Shortage {
  /** Owner whose share is too small, as the beginning of one. */
  readonly group: readonly string[];
  /** Bytes. */
  readonly over: number;
}

/** Interval at which a waiter looks for stalled uploads; no end of a request tells it of those. */
const LOOK_MS = 100;

export class Uploads {
  readonly #bounds: UploadBounds;
  readonly #open = new Set<Upload>(); // a Set keeps the order of arrival
  readonly #waiting = new Set<Waiter>();
  #lookedAt = 0;

  constructor(bounds: UploadBounds) {
    this.#bounds = bounds;
  }

  /** Bytes that all hold. */
  get held(): number {
    return sum(this.#open);
  }

  get size(): number {
    return this.#open.size;
  }

  /** @param expected bytes: as declared, or the most that are taken */
  open(owner: Owner, expected: number): Upload {
    const upload = new Upload(this, owner, expected);
    this.#open.add(upload);
    return upload;
  }

  async hold(upload: Upload, bytes: number): Promise<void> {
    if (upload.gone) throw this.#overloaded();
    if (bytes <= upload.held) return;
    const since = Date.now();
    const { promise, resolve } = Promise.withResolvers<'granted' | 'late'>();
    const waiter: Waiter = { upload, bytes, since, grant: () => resolve('granted') };
    upload.waiting = true;
    this.#waiting.add(waiter);
    this.#admit();
    if (!this.#waiting.has(waiter)) return;
    const timer = setTimeout(() => resolve('late'), this.#bounds.waitMs);
    const look = setInterval(() => this.#look(), LOOK_MS);
    try {
      await Promise.race([promise, upload.dropped]);
      // Granted and late at the same moment: it is what the set says.
      if (this.#waiting.delete(waiter) || upload.gone) throw this.#overloaded();
    } finally {
      clearTimeout(timer);
      clearInterval(look);
      upload.waiting = false;
      upload.waitedMs += Date.now() - since;
      upload.movedAt = Date.now();
    }
  }

  free(upload: Upload): void {
    this.#close(upload);
    this.#admit();
  }

  /** Search for stalled uploads, once for all that wait. */
  #look(): void {
    if (Date.now() - this.#lookedAt >= LOOK_MS) this.#admit();
  }

  /** Lets in whoever fits: those first whose owner holds least, within an owner in their order. */
  #admit(): void {
    const now = Date.now();
    this.#lookedAt = now;
    for (const upload of this.#open) {
      if (now - upload.movedAt >= this.#bounds.leaseMs) this.#drop(upload);
    }
    const loads = new Map<string, number>();
    const ages = new Map<Upload, number>();
    for (const upload of this.#open) {
      loads.set(upload.owner[0], (loads.get(upload.owner[0]) ?? 0) + upload.held);
      ages.set(upload, ages.size);
    }
    const rank = ({ upload }: Waiter) => [loads.get(upload.owner[0]), ages.get(upload)] as number[];
    const blocked = new Set<string>();
    for (const waiter of [...this.#waiting].sort((a, b) => compare(rank(a), rank(b)))) {
      const { upload, bytes } = waiter;
      const groups = upload.owner.map((_, i) => JSON.stringify(upload.owner.slice(0, i + 1)));
      if (upload.gone || groups.some((group) => blocked.has(group))) continue;
      const more = bytes - upload.held;
      const short = this.#shortage(upload, more);
      if (short !== undefined) this.#dropFor(waiter, short, now);
      const still = this.#shortage(upload, more);
      if (still !== undefined) {
        // Nobody passes who would take the room it waits for: a part's own share, or the owner's.
        blocked.add(groups[Math.max(0, still.group.length - 1)] as string);
        continue;
      }
      this.#waiting.delete(waiter);
      upload.held = bytes;
      upload.waiting = false;
      waiter.grant();
    }
  }

  /**
   * Group that has no room for so many bytes more: an owner's share, or the whole (`group: []`).
   */
  #shortage(upload: Upload, more: number): Shortage | undefined {
    const outermost = upload.owner.slice(0, 1);
    const oldest = this.#oldest(outermost);
    const kept = oldest && oldest !== upload ? Math.max(0, oldest.expected - oldest.held) : 0;
    for (const [level, share] of this.#bounds.shares.entries()) {
      const group = upload.owner.slice(0, level + 1);
      const over = this.#heldBy(group) + more + (level === 0 ? kept : 0) - share;
      if (over > 0) return { group, over };
    }
    const over = this.held + more - this.#bounds.capacity;
    return over > 0 ? { group: [], over } : undefined;
  }

  /** The first of an owner's uploads that is not complete. */
  #oldest(owner: readonly string[]): Upload | undefined {
    return this.#of(owner).find(({ complete }) => !complete);
  }

  /**
   * Drops of whoever holds most what is slow, first what stands still, if that makes room enough.
   */
  #dropFor(waiter: Waiter, { group, over }: Shortage, now: number): void {
    const { shares, stallMs, patienceMs } = this.#bounds;
    let heaviest = group;
    while (heaviest.length < shares.length) {
      const parts = this.#of(heaviest).map(({ owner }) => owner.slice(0, heaviest.length + 1));
      heaviest = parts.reduce((a, b) => (this.#heldBy(a) >= this.#heldBy(b) ? a : b));
    }
    const impatient = now - waiter.since >= patienceMs;
    const isStalled = (upload: Upload) => !upload.waiting && now - upload.movedAt >= stallMs;
    const isSlow = (upload: Upload) =>
      isStalled(upload) || (impatient && now - upload.startedAt >= patienceMs);
    // The oldest gives back what is kept for it as well.
    const oldest = this.#oldest(heaviest.slice(0, 1));
    const room = (upload: Upload) => (upload === oldest ? upload.expected : upload.held);
    const rank = (upload: Upload) =>
      isStalled(upload) ? [0, -room(upload)] : [1, pace(upload, now)];
    const slow = this.#of(heaviest)
      .filter((upload) => upload !== waiter.upload && !upload.complete && isSlow(upload))
      .sort((a, b) => compare(rank(a), rank(b)));
    let left = over;
    const dropped = slow.filter((upload) => {
      if (left <= 0 || room(upload) === 0) return false;
      left -= room(upload);
      return true;
    });
    if (left <= 0) for (const upload of dropped) this.#drop(upload);
  }

  #drop(upload: Upload): void {
    this.#close(upload);
    upload.drop();
  }

  #close(upload: Upload): void {
    this.#open.delete(upload);
    upload.gone = true;
    upload.held = 0;
  }

  #of(group: readonly string[]): Upload[] {
    return [...this.#open].filter(({ owner }) => group.every((name, i) => owner[i] === name));
  }

  #heldBy(group: readonly string[]): number {
    return sum(this.#of(group));
  }

  #overloaded(): Refusal {
    const { retryAfterSeconds } = this.#bounds;
    return new Refusal({ code: 'overloaded', retryAfterSeconds });
  }
}

function sum(uploads: Iterable<Upload>): number {
  let bytes = 0;
  for (const { held } of uploads) bytes += held;
  return bytes;
}

/** Bytes a millisecond, without the time in which it was us who let it wait. */
function pace({ arrived, startedAt, waitedMs }: Upload, now: number): number {
  return arrived / Math.max(1, now - startedAt - waitedMs);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}
