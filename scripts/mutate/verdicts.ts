/** Verdicts of earlier runs, a line of JSON each, so that a run that was cut off goes on. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

interface Verdict {
  /** SHA-256 of the changed file and of the tests: another source or test is judged anew. */
  readonly key: string;
  readonly lets: string;
  /** Name of a test that failed, and why; none where all passed. */
  readonly by?: string;
}

export class Verdicts {
  readonly #path: string;
  readonly #byKey: Map<string, Verdict>;

  /** @param path a file, made when the first verdict comes; with none nothing is kept */
  constructor(path: string) {
    this.#path = path;
    const lines = path !== '' && existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const verdicts = lines.filter(Boolean).map((line): Verdict => JSON.parse(line));
    this.#byKey = new Map(verdicts.map((verdict) => [verdict.key, verdict]));
  }

  /** The verdict of before; undefined where there is none. */
  find(key: string): Verdict | undefined {
    return this.#byKey.get(key);
  }

  add(verdict: Verdict): void {
    this.#byKey.set(verdict.key, verdict);
    if (this.#path !== '') appendFileSync(this.#path, `${JSON.stringify(verdict)}\n`);
  }
}

/** @param texts the changed file, and each of the tests */
export function keyOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
