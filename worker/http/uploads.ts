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
import { type Group, Holdings } from './holdings.ts';
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
  /** Group whose share is too small. */
  readonly group: Group;
  /** Bytes. */
  readonly over: number;
}

/** Interval at which a waiter looks for stalled uploads; no end of a request tells it of those. */
const LOOK_MS = 100;

export class Uploads {
  readonly #bounds: UploadBounds;
  readonly #holdings = new Holdings();
  readonly #waiting = new Set<Waiter>();
  #lookedAt = 0;

  constructor(bounds: UploadBounds) {
    this.#bounds = bounds;
  }

  /** Bytes that all hold. */
  get held(): number {
    return this.#holdings.heldBy();
  }

  get size(): number {
    return this.#holdings.size;
  }

  /** @param expected bytes: as declared, or the most that are taken */
  open(owner: Owner, expected: number): Upload {
    const upload = new Upload(this, owner, expected);
    this.#holdings.add(upload);
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
    // One look for room serves all that wait: a look takes time for each of them.
    if (this.#shortage(upload, bytes - upload.held) === undefined) this.#admit();
    else this.#look();
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
    const { held } = upload;
    this.#close(upload);
    if (held > 0) this.#admit(); // else there is little more room, and who waits looks soon
  }

  /** Search for room, and for stalled uploads, once for all that wait. */
  #look(): void {
    if (Date.now() - this.#lookedAt >= LOOK_MS) this.#admit();
  }

  /** Lets in whoever fits: those first whose owner holds least, within an owner in their order. */
  #admit(): void {
    const now = Date.now();
    this.#lookedAt = now;
    const holdings = this.#holdings;
    const ages = new Map<Upload, number>();
    for (const upload of holdings.uploads) {
      if (now - upload.movedAt >= this.#bounds.leaseMs) this.#drop(upload);
      else ages.set(upload, ages.size);
    }
    const ranked = [...this.#waiting].map((waiter) => {
      const { upload } = waiter;
      const load = holdings.heldBy(holdings.groupOf(upload, 1));
      return { waiter, rank: [load, ages.get(upload) ?? 0] };
    });
    const blocked = new Set<Group>();
    let failed: Failed | undefined;
    for (const { waiter } of ranked.sort((a, b) => compare(a.rank, b.rank))) {
      const { upload, bytes } = waiter;
      if (upload.gone || this.#levels(upload).some((group) => blocked.has(group))) continue;
      const more = bytes - upload.held;
      const short = this.#shortage(upload, more);
      if (short !== undefined && !isInVain(failed, short, waiter)) {
        this.#dropFor(waiter, short, now);
      }
      const still = short && this.#shortage(upload, more);
      if (still !== undefined) {
        // Nobody passes who would take the room it waits for: a part's own share, or the owner's.
        blocked.add(still.group || holdings.groupOf(upload, 1));
        if (still.group === '' && failed === undefined) failed = { ...still, since: waiter.since };
        continue;
      }
      this.#waiting.delete(waiter);
      holdings.set(upload, bytes);
      upload.waiting = false;
      waiter.grant();
    }
  }

  /** Groups of an upload's owner that have shares, from the outside in. */
  #levels(upload: Upload): Group[] {
    return this.#bounds.shares.map((_, level) => this.#holdings.groupOf(upload, level + 1));
  }

  /** Group that has no room for so many bytes more: one with a share, or everybody (`''`). */
  #shortage(upload: Upload, more: number): Shortage | undefined {
    const holdings = this.#holdings;
    const oldest = holdings.oldest(holdings.groupOf(upload, 1));
    const kept = oldest && oldest !== upload ? Math.max(0, oldest.expected - oldest.held) : 0;
    for (const [level, share] of this.#bounds.shares.entries()) {
      const group = holdings.groupOf(upload, level + 1);
      const over = holdings.heldBy(group) + more + (level === 0 ? kept : 0) - share;
      if (over > 0) return { group, over };
    }
    const over = this.held + more - this.#bounds.capacity;
    return over > 0 ? { group: '', over } : undefined;
  }

  /**
   * Drops of whoever holds most what is slow, first what stands still, if that makes room enough.
   */
  #dropFor(waiter: Waiter, { group, over }: Shortage, now: number): void {
    const { stallMs, patienceMs } = this.#bounds;
    const heaviest = this.#holdings.heaviest(group);
    const impatient = now - waiter.since >= patienceMs;
    const isStalled = (upload: Upload) => !upload.waiting && now - upload.movedAt >= stallMs;
    const isSlow = (upload: Upload) =>
      isStalled(upload) || (impatient && now - upload.startedAt >= patienceMs);
    // The oldest gives back what is kept for it as well.
    const [some] = this.#holdings.of(heaviest);
    const oldest = some && this.#holdings.oldest(this.#holdings.groupOf(some, 1));
    const room = (upload: Upload) => (upload === oldest ? upload.expected : upload.held);
    const rank = (upload: Upload) =>
      isStalled(upload) ? [0, -room(upload)] : [1, pace(upload, now)];
    const slow = [...this.#holdings.of(heaviest)]
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
    this.#holdings.remove(upload);
    upload.gone = true;
  }

  #overloaded(): Refusal {
    const { retryAfterSeconds } = this.#bounds;
    return new Refusal({ code: 'overloaded', retryAfterSeconds });
  }
}

/** Shortage of everybody's room that nothing could be dropped for, and since when it was wanted. */
interface Failed extends Shortage {
  readonly since: number;
}

/** Tells what was tried in vain: as much room or less was wanted, for as long or longer. */
function isInVain(failed: Failed | undefined, short: Shortage, { since }: Waiter): boolean {
  if (failed === undefined || short.group !== '') return false;
  return failed.over <= short.over && failed.since <= since;
}

/** Bytes a millisecond, without the time in which it was us who let it wait. */
function pace({ arrived, startedAt, waitedMs }: Upload, now: number): number {
  return arrived / Math.max(1, now - startedAt - waitedMs);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}
