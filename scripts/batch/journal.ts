/** Results of earlier runs, a line of JSON each, so that a run that was cut off goes on. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

interface Entry {
  /** SHA-256 of all that the result hangs on: other code is asked anew. */
  readonly key: string;
}

export class Journal<Result extends Entry> {
  readonly #path: string;
  readonly #byKey: Map<string, Result>;

  /** @param path a file, made when the first result comes; with none nothing is kept */
  constructor(path: string) {
    this.#path = path;
    const text = path !== '' && existsSync(path) ? readFileSync(path, 'utf8') : '';
    const results = text.split('\n').flatMap((line) => parse<Result>(line));
    this.#byKey = new Map(results.map((result) => [result.key, result]));
    // A line that was cut off is closed, so that the next result begins its own.
    if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  }

  /** The result of before; undefined where there is none. */
  find(key: string): Result | undefined {
    return this.#byKey.get(key);
  }

  add(result: Result): void {
    this.#byKey.set(result.key, result);
    if (this.#path !== '') appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
  }
}

/** @returns none for a line that was cut off */
function parse<Result>(line: string): Result[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Result];
  } catch {
    return [];
  }
}

/** @param texts all that a result hangs on */
export function keyOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
