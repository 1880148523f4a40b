/**
 * Names of subjects as bytes, each known by the number of its slot: strings and a `Map` of them take
 * several times as much memory.
 *
 * Slots are found by a hash table with linear probing (Knuth, The Art of Computer Programming, 6.4).
 */
import { Column } from './column.ts';

/** Buckets of the smallest table; all sizes are powers of two. */
const LEAST_BUCKETS = 256;

/** Bytes of names that there is room for at first. */
const LEAST_BYTES = 4096;

/** The longest name: its length takes a byte. */
const MAX_BYTES = 255;

export class Names {
  /** Each name as a byte of its length and its characters, ASCII. */
  #bytes = new Uint8Array(LEAST_BYTES);
  #end = 0;
  /** Bytes before the end that are of no name any more. */
  #wasted = 0;
  /** Start of each slot's name in `#bytes`, and 1; 0 for a slot that is free. */
  readonly #starts = new Column();
  readonly #free: number[] = [];
  /** Slots, and 1, by their names' hashes; 0 for a bucket that is free. At most half are taken. */
  #table = new Uint32Array(LEAST_BUCKETS);
  #size = 0;
  /** Secret of this table: nobody can choose names that all have one hash. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  /** Slots in the order of their names, until a name comes or goes. */
  #sorted: Uint32Array | undefined;
  /** The name that is looked for. */
  readonly #key = new Uint8Array(1 + MAX_BYTES);

  get size(): number {
    return this.#size;
  }

  /** Slot of a name. */
  find(name: string): number | undefined {
    if (!this.#write(name)) return undefined;
    const found = this.#table[this.#bucketOf(this.#key, 0)] as number;
    return found === 0 ? undefined : found - 1;
  }

  /**
   * Adds a name that is not there. @returns its slot: a free one, or one more than there were
   * @throws Error for a name longer than 255 characters, or with others than ASCII
   */
  add(name: string): number {
    if (!this.#write(name)) throw new Error('a name that is too long, or not ASCII');
    const length = 1 + (this.#key[0] as number);
    if (this.#end + length > this.#bytes.length) {
      const room = Math.max(this.#end + length, Math.ceil(this.#bytes.length * 1.25));
      this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(room));
    }
    this.#bytes.set(this.#key.subarray(0, length), this.#end);
    const slot = this.#free.pop() ?? this.#starts.length;
    this.#starts.set(slot, this.#end + 1);
    this.#end += length;
    this.#size++;
    this.#sorted = undefined;
    if (2 * this.#size > this.#table.length) this.#rehash(2 * this.#table.length);
    else this.#table[this.#bucketOf(this.#bytes, this.#startOf(slot))] = slot + 1;
    return slot;
  }

  /** Name in a slot that is taken. */
  at(slot: number): string {
    const start = this.#startOf(slot);
    const length = this.#bytes[start] as number;
    return String.fromCharCode(...this.#bytes.subarray(start + 1, start + 1 + length));
  }

  /** Takes the name in a slot out; nothing of it is left. */
  remove(slot: number): void {
    const start = this.#startOf(slot);
    this.#vacate(this.#bucketOf(this.#bytes, start));
    const length = 1 + (this.#bytes[start] as number);
    this.#bytes.fill(0, start, start + length);
    this.#wasted += length;
    this.#starts.set(slot, 0);
    this.#free.push(slot);
    this.#size--;
    this.#sorted = undefined;
    if (2 * this.#wasted > this.#bytes.length) this.#compact();
  }

  /** The `most` names after `cursor`, in their order. */
  after(cursor: string, most: number): { readonly names: string[]; readonly more: boolean } {
    const sorted = this.#inOrder();
    let [low, high] = [0, sorted.length]; // the first name after the cursor lies between
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(sorted[middle] as number) > cursor) high = middle;
      else low = middle + 1;
    }
    const names = Array.from(sorted.subarray(low, low + most), (slot) => this.at(slot));
    return { names, more: low + most < sorted.length };
  }

  #startOf(slot: number): number {
    return this.#starts.at(slot) - 1;
  }

  /** Makes a name the key. @returns false for what is no name */
  #write(name: string): boolean {
    if (name.length > MAX_BYTES) return false;
    this.#key[0] = name.length;
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code > 127) return false;
      this.#key[i + 1] = code;
    }
    return true;
  }

  /** Bucket of the table for the name at `start` of some bytes, or the free one that it would take. */
  #bucketOf(bytes: Uint8Array, start: number): number {
    let bucket = this.#firstBucketOf(bytes, start);
    for (; this.#table[bucket] !== 0; bucket = (bucket + 1) & (this.#table.length - 1)) {
      const other = this.#startOf((this.#table[bucket] as number) - 1);
      if (isSame(bytes, start, this.#bytes, other)) break;
    }
    return bucket;
  }

  /** First bucket that a name is looked for in: by FNV-1a (Fowler, Noll, Vo). */
  #firstBucketOf(bytes: Uint8Array, start: number): number {
    let hash = this.#seed;
    for (let i = start; i <= start + (bytes[start] as number); i++) {
      hash = Math.imul(hash ^ (bytes[i] as number), 16_777_619);
    }
    return (hash ^ (hash >>> 15)) & (this.#table.length - 1);
  }

  /** Empties a bucket. Those behind it move up, or they would not be found any more. */
  #vacate(bucket: number): void {
    const last = this.#table.length - 1;
    let hole = bucket;
    for (let next = (hole + 1) & last; this.#table[next] !== 0; next = (next + 1) & last) {
      const moved = this.#table[next] as number;
      const home = this.#firstBucketOf(this.#bytes, this.#startOf(moved - 1));
      if (((next - home) & last) < ((next - hole) & last)) continue;
      this.#table[hole] = moved;
      hole = next;
    }
    this.#table[hole] = 0;
  }

  #rehash(buckets: number): void {
    this.#table = new Uint32Array(buckets);
    for (const slot of this.#taken()) {
      this.#table[this.#bucketOf(this.#bytes, this.#startOf(slot))] = slot + 1;
    }
  }

  /** Moves names together, into as much room as they need. */
  #compact(): void {
    const from = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(LEAST_BYTES, this.#end - this.#wasted));
    this.#end = 0;
    for (const slot of this.#taken()) {
      const start = this.#startOf(slot);
      const name = from.subarray(start, start + 1 + (from[start] as number));
      this.#bytes.set(name, this.#end);
      this.#starts.set(slot, this.#end + 1);
      this.#end += name.length;
    }
    this.#wasted = 0;
  }

  *#taken(): Generator<number> {
    for (let slot = 0; slot < this.#starts.length; slot++) {
      if (this.#starts.at(slot) !== 0) yield slot;
    }
  }

  #inOrder(): Uint32Array {
    this.#sorted ??= Uint32Array.from(this.#taken()).sort((a, b) =>
      compare(this.#bytes, this.#startOf(a), this.#startOf(b)),
    );
    return this.#sorted;
  }
}

/** True of equal names that lie in bytes, each behind its length. */
function isSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  const length = a[atA] as number;
  for (let i = 0; i <= length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

/** Order of two such names: negative where `a` comes first. */
function compare(bytes: Uint8Array, a: number, b: number): number {
  const [lengthOfA, lengthOfB] = [bytes[a] as number, bytes[b] as number];
  for (let i = 1; i <= Math.min(lengthOfA, lengthOfB); i++) {
    const difference = (bytes[a + i] as number) - (bytes[b + i] as number);
    if (difference !== 0) return difference;
  }
  return lengthOfA - lengthOfB;
}
