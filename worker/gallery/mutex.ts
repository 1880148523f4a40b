/** Mutex: writes of a gallery, one after the other. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs it after all before it, whether or not they succeeded. */
  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => {});
    return run;
  }
}
