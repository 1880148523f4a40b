/** Writes of a gallery, one after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs it after all before it, whether or not they succeeded. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
