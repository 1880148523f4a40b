/** Holdings: which uploads are open, and how many bytes their owners hold, counted as they change. */
import type { Upload } from './upload.ts';

/** The beginning of an owner, as a name; `''` is everybody. */
export type Group = string;

const EVERYBODY: Group = '';

/** Groups of an owner, from everybody in: a tenant, say, and then its subnet. */
function groupsOf({ owner }: Upload): Group[] {
  return [EVERYBODY, ...owner.map((_, i) => JSON.stringify(owner.slice(0, i + 1)))];
}

interface Holding {
  bytes: number;
  /** Uploads in the order of their arrival, as a Set keeps it. */
  readonly uploads: Set<Upload>;
  /** Groups right below. */
  readonly parts: Set<Group>;
}

export class Holdings {
  readonly #holdings = new Map<Group, Holding>();
  readonly #groups = new Map<Upload, readonly Group[]>();

  /** Open uploads in the order of their arrival. */
  get uploads(): Iterable<Upload> {
    return this.#groups.keys();
  }

  get size(): number {
    return this.#groups.size;
  }

  add(upload: Upload): void {
    const groups = groupsOf(upload);
    this.#groups.set(upload, groups);
    for (const [i, group] of groups.entries()) {
      const holding = this.#holdings.get(group) ?? {
        bytes: 0,
        uploads: new Set(),
        parts: new Set(),
      };
      holding.uploads.add(upload);
      const part = groups[i + 1];
      if (part !== undefined) holding.parts.add(part);
      this.#holdings.set(group, holding);
    }
  }

  /** @param bytes that the upload holds from now on */
  set(upload: Upload, bytes: number): void {
    for (const group of this.#groups.get(upload) ?? []) {
      (this.#holdings.get(group) as Holding).bytes += bytes - upload.held;
    }
    upload.held = bytes;
  }

  remove(upload: Upload): void {
    this.set(upload, 0);
    const groups = this.#groups.get(upload) ?? [];
    this.#groups.delete(upload);
    for (const [i, group] of groups.entries()) {
      const { uploads } = this.#holdings.get(group) as Holding;
      uploads.delete(upload);
      if (uploads.size > 0) continue;
      this.#holdings.delete(group);
      this.#holdings.get(groups[i - 1] ?? '')?.parts.delete(group);
    }
  }

  /** The group of an open upload's owner at this level; 0 is everybody. */
  groupOf(upload: Upload, level: number): Group {
    return this.#groups.get(upload)?.[level] ?? EVERYBODY;
  }

  /** Bytes. */
  heldBy(group: Group = EVERYBODY): number {
    return this.#holdings.get(group)?.bytes ?? 0;
  }

  /** Uploads of a group, in the order of their arrival. */
  of(group: Group): Iterable<Upload> {
    return this.#holdings.get(group)?.uploads ?? [];
  }

  /** The first of a group's uploads that is not complete. */
  oldest(group: Group): Upload | undefined {
    for (const upload of this.of(group)) if (!upload.complete) return upload;
    return undefined;
  }

  /** Owner who holds most within a group, down to the last level. */
  heaviest(group: Group): Group {
    let heaviest: Group | undefined;
    for (const part of this.#holdings.get(group)?.parts ?? []) {
      if (heaviest === undefined || this.heldBy(part) > this.heldBy(heaviest)) heaviest = part;
    }
    return heaviest === undefined ? group : this.heaviest(heaviest);
  }
}
