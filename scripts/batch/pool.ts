/** Work spread over all cores: a few processes' worth of threads, each answering tasks in turn. */
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';

export class Pool<Task, Result> {
  private readonly workers: Worker[];

  /** @param script a module that calls `serve` */
  constructor(script: URL, size = availableParallelism()) {
    // Threads do not inherit the TypeScript loader under every Node: it is loaded by hand.
    const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
    const load = `import { register } from ${loader}; register(); await import('${script.href}');`;
    const entry = new URL(`data:text/javascript,${encodeURIComponent(load)}`);
    this.workers = Array.from({ length: size }, () => new Worker(entry));
  }

  /**
   * Runs `keys` through the workers; results are handed over as they come, in no fixed order.
   * @throws the first error of a worker
   */
  async map<Key>(
    keys: readonly Key[],
    task: (key: Key) => Task,
    take: (key: Key, result: Result) => void,
  ): Promise<void> {
    const queue = keys.values();
    await Promise.all(
      this.workers.map(async (worker) => {
        for (const key of queue) take(key, await ask<Task, Result>(worker, task(key)));
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

function ask<Task, Result>(worker: Worker, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      act();
    };
    const onMessage = (answer: { result: Result } | Failure) =>
      settle(() => ('error' in answer ? reject(errorOf(answer)) : resolve(answer.result)));
    const onError = (error: Error) => settle(() => reject(error));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.postMessage(task);
  });
}

/** Loop of a worker's script: answers each task with what `work` makes of it. */
export function serve<Task, Result>(work: (task: Task) => Promise<Result>): void {
  parentPort?.on('message', async (task: Task) => {
    try {
      parentPort?.postMessage({ result: await work(task) });
    } catch (error) {
      parentPort?.postMessage(failureOf(error));
    }
  });
}

/** Error of a worker: one with a code, as those of files have, is told by its message; others with a stack. */
interface Failure {
  readonly error: string;
  readonly code?: string | undefined;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { error: `${error}` };
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? { error: error.stack ?? '' } : { error: error.message, code };
}

function errorOf({ error, code }: Failure): Error {
  return code === undefined ? new Error(error) : Object.assign(new Error(error), { code });
}
