/** Results of earlier runs, a line of JSON each, so that a run that was cut off goes on. */
import { createHash } from 'node:crypto';
import { appendLine, openLines } from './json-lines.ts';

interface Entry {
  /** SHA-256 of all that the result depends on: a result of other code is not reused. */
  readonly key: string;
}

export class Journal<Result extends Entry> {
  readonly #path: string;
  readonly #byKey: Map<string, Result>;

  /** @param path a file, made when the first result comes; with none nothing is kept */
  constructor(path: string) {
    this.#path = path;
    const results = path === '' ? [] : openLines<Result>(path);
    this.#byKey = new Map(results.map((result) => [result.key, result]));
  }

  /** The result of before; undefined where there is none. */
  find(key: string): Result | undefined {
    return this.#byKey.get(key);
  }

  add(result: Result): void {
    this.#byKey.set(result.key, result);
    if (this.#path !== '') appendLine(this.#path, result);
  }
}

/** @param texts all that a result depends on */
export function keyOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
