/**
 * Measures the running time and memory of a Worker in local workerd: `npm run benchmark`.
 *
 * Starts the Worker as `npm start` does, on a free port, and posts pairs to it over HTTP; times are
 * those of a client on the same machine, from the first byte sent to the last received. Memory is
 * the resident set of the workerd process that runs the Worker (VmRSS of /proc, Linux only),
 * sampled every 20 ms, less its value before the first request.
 *
 *   npm run benchmark -- [--runs 40] [--json FILE]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '40' }, json: { type: 'string' } },
});
const RUNS = Number(values.runs);
const WARM_UP = 30;
const AT_ONCE = 8;
/** What an isolate may use in all, and so the most that requests may add. */
const BOUND_MB = 128;

const FIXTURES = new URL('../test/fixtures/faces/', import.meta.url);
const picture = (name: string) => readFileSync(new URL(name, FIXTURES));

interface Answer {
  readonly status: number;
  readonly milliseconds: number;
  readonly body: { readonly same?: boolean; readonly code?: string };
}

class Server {
  private constructor(
    private readonly process: ChildProcess,
    private readonly url: string,
    readonly workerd: string,
  ) {}

  static async start(): Promise<Server> {
    const port = await freePort();
    const child = spawn('npm', ['start', '--', '--port', String(port)], {
      cwd: new URL('..', import.meta.url),
      detached: true, // a group of its own, to be stopped as one
      stdio: 'ignore',
    });
    const url = `http://localhost:${port}`;
    for (let waited = 0; ; waited += 250) {
      if (waited > 120_000) throw new Error('the Worker did not start');
      await new Promise((resolve) => setTimeout(resolve, 250));
      if ((await fetch(`${url}/healthz`).catch(() => undefined))?.ok) break;
    }
    // wrangler runs two workerds, its proxy and the Worker: the Worker's is the larger.
    const all = descendants(child.pid as number).filter((pid) =>
      commandOf(pid).includes('workerd'),
    );
    const workerd = all.reduce((a, b) => (residentMB(a) >= residentMB(b) ? a : b));
    return new Server(child, url, workerd);
  }

  stop(): void {
    process.kill(-(this.process.pid as number), 'SIGTERM');
  }

  async verify(reference: Uint8Array, probe: Uint8Array): Promise<Answer> {
    const form = new FormData();
    form.set('reference', new Blob([Uint8Array.from(reference)]), 'reference');
    form.set('probe', new Blob([Uint8Array.from(probe)]), 'probe');
    const start = performance.now();
    const response = await fetch(`${this.url}/v1/verify`, {
      method: 'POST',
      headers: { authorization: 'Bearer visavis-dev' },
      body: form,
    });
    const body = (await response.json()) as Answer['body'];
    return { status: response.status, milliseconds: performance.now() - start, body };
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function descendants(pid: number): string[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // The command's name, in parentheses, may hold spaces.
      const fields = procFile(name, 'stat').split(') ')[1]?.split(' ');
      return { pid: name, parent: fields?.[1] };
    });
  const below = (parent: string): string[] =>
    parents.filter((p) => p.parent === parent).flatMap((p) => [p.pid, ...below(p.pid)]);
  return below(String(pid));
}

/** A file of a process, empty when the process has ended meanwhile. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function commandOf(pid: string): string {
  return procFile(pid, 'cmdline').split('\0')[0] ?? '';
}

function residentMB(pid: string): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(procFile(pid, 'status'));
  return Number(line?.[1]) / 1024;
}

async function peakMB<T>(pid: string, run: () => Promise<T>): Promise<{ peak: number; result: T }> {
  let peak = residentMB(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMB(pid));
  }, 20);
  try {
    const result = await run();
    return { peak: Math.max(peak, residentMB(pid)), result };
  } finally {
    clearInterval(timer);
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

const round = (value: number) => Math.round(value * 10) / 10;

async function timed(server: Server, name: string, bytes: Uint8Array, runs: number) {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const { status, milliseconds, body } = await server.verify(bytes, bytes);
    if (status !== 200 || body.same !== true) throw new Error(`${name}: ${status} ${body.code}`);
    times.push(milliseconds);
  }
  times.sort((a, b) => a - b);
  const row = { name, runs, median: round(quantile(times, 0.5)), p90: round(quantile(times, 0.9)) };
  console.log(`${name}: median ${row.median} ms, 90 % under ${row.p90} ms (${runs} pairs)`);
  return row;
}

const server = await Server.start();
try {
  await new Promise((resolve) => setTimeout(resolve, 5000)); // until it has settled
  const idle = residentMB(server.workerd);
  console.log(`idle: ${round(idle)} MB`);
  const small = picture('face-640x480.jpg');
  const first = await server.verify(small, small);
  console.log(`first request: ${round(first.milliseconds)} ms`);
  for (let i = 0; i < WARM_UP; i++) await server.verify(small, small);

  const times = [
    await timed(server, 'pair of 640x480 JPEGs', small, RUNS),
    await timed(server, 'pair of 12-megapixel JPEGs', picture('face-12mp.jpg'), RUNS),
    await timed(
      server,
      'pair of progressive ones',
      picture('face-12mp-progressive.jpg'),
      Math.ceil(RUNS / 4),
    ),
  ];

  const together = [];
  for (const name of ['face-12mp.jpg', 'face-12mp-progressive.jpg']) {
    const bytes = picture(name);
    const { peak, result } = await peakMB(server.workerd, () =>
      Promise.all(Array.from({ length: AT_ONCE }, () => server.verify(bytes, bytes))),
    );
    const right = result.filter(({ body }) => body.same === true).length;
    const refused = result.filter(({ body }) => body.code === 'overloaded').length;
    together.push({ name, right, overloaded: refused, aboveIdleMB: round(peak - idle) });
    console.log(
      `${AT_ONCE} pairs of ${name} at once: ${right} right, ${refused} overloaded; ` +
        `at most ${round(peak - idle)} MB above idle (bound ${BOUND_MB})`,
    );
  }
  const record = {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    idleMB: round(idle),
    firstRequestMs: round(first.milliseconds),
    times,
    together,
  };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(record, null, 2)}\n`);
} finally {
  server.stop();
}
