/** One body on its way in. What it holds is counted by `Uploads`. */

/** Owner of an upload, from the outside in: a tenant, say, and then a subnet. */
export type Owner = readonly [string, ...string[]];

/** Owner that counts. */
interface Counter {
  hold(upload: Upload, bytes: number): Promise<void>;
  free(upload: Upload): void;
}

/** Times are milliseconds since 1970. */
export class Upload {
  /** Bytes of memory. */
  held = 0;
  arrived = 0;
  readonly startedAt = Date.now();
  movedAt = Date.now();
  /** Time waited for room: ours, not the sender's slowness. */
  waitedMs = 0;
  waiting = false;
  complete = false;
  gone = false;
  readonly #dropped = Promise.withResolvers<'dropped'>();

  constructor(
    private readonly uploads: Counter,
    readonly owner: Owner,
    /** Bytes that may come in all. */
    readonly expected: number,
  ) {}

  /** Resolves once the upload has had to give way. */
  get dropped(): Promise<'dropped'> {
    return this.#dropped.promise;
  }

  /**
   * Holds so many bytes in all, once there is room.
   *
   * @throws Refusal `overloaded`
   */
  hold(bytes: number): Promise<void> {
    return this.uploads.hold(this, bytes);
  }

  receive(bytes: number): void {
    this.arrived += bytes;
    this.movedAt = Date.now();
  }

  /** All has arrived: from here on nothing makes it give way. */
  end(): void {
    this.complete = true;
    this.movedAt = Date.now();
  }

  /** Gives the memory back. Calling it again does nothing. */
  free(): void {
    this.uploads.free(this);
  }

  drop(): void {
    this.#dropped.resolve('dropped');
  }
}
