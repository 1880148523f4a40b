/**
 * Measures the running time and memory of a Worker in local workerd: `npm run benchmark`.
 *
 * Starts the Worker as `npm start` does, on a free port, and posts pairs to it over HTTP; times are
 * those of a client on the same machine, from the first byte sent to the last received. Memory is
 * the resident set of the workerd process that runs the Worker (VmRSS of /proc, Linux only),
 * sampled every 20 ms, less its value before the first request.
 *
 *   npm run benchmark -- [--runs 40] [--readme README.md]
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { replaceBlock } from './lib/modelcard.ts';
import { npmStart } from './lib/server.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '40' }, readme: { type: 'string' } },
});
const RUNS = Number(values.runs);
/** V8 compiles hot WebAssembly a second time, better: steady after some 400 runs of a network. */
const WARM_UP = 200;
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

async function verify(url: URL, reference: Uint8Array, probe: Uint8Array): Promise<Answer> {
  const form = new FormData();
  form.set('reference', new Blob([Uint8Array.from(reference)]), 'reference');
  form.set('probe', new Blob([Uint8Array.from(probe)]), 'probe');
  const start = performance.now();
  const response = await fetch(new URL('/v1/verify', url), {
    method: 'POST',
    headers: { authorization: 'Bearer visavis-dev' },
    body: form,
  });
  const body = (await response.json()) as Answer['body'];
  return { status: response.status, milliseconds: performance.now() - start, body };
}

/** wrangler runs two workerds, its proxy and the Worker: the Worker's is the larger. */
function workerdOf(pid: number): string {
  return descendants(pid)
    .filter((child) => commandOf(child).includes('workerd'))
    .reduce((a, b) => (residentMB(a) >= residentMB(b) ? a : b));
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

async function timed(url: URL, name: string, bytes: Uint8Array, runs: number) {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const { status, milliseconds, body } = await verify(url, bytes, bytes);
    if (status !== 200 || body.same !== true) throw new Error(`${name}: ${status} ${body.code}`);
    times.push(milliseconds);
  }
  times.sort((a, b) => a - b);
  const row = { name, runs, median: round(quantile(times, 0.5)), p90: round(quantile(times, 0.9)) };
  console.log(`${name}: median ${row.median} ms, 90 % under ${row.p90} ms (${runs} pairs)`);
  return row;
}

const server = await npmStart();
try {
  const { url } = server;
  await sleep(5000); // until it has settled
  const workerd = workerdOf(server.pid);
  const idle = residentMB(workerd);
  console.log(`idle: ${round(idle)} MB`);
  const small = picture('face-640x480.jpg');
  const first = await verify(url, small, small);
  console.log(`first request: ${round(first.milliseconds)} ms`);
  for (let i = 0; i < WARM_UP; i++) await verify(url, small, small);

  const times = [
    await timed(url, 'pair of 640x480 JPEGs', small, RUNS),
    await timed(url, 'pair of 12-megapixel JPEGs', picture('face-12mp.jpg'), RUNS),
    await timed(
      url,
      'pair of progressive 12-megapixel JPEGs',
      picture('face-12mp-progressive.jpg'),
      Math.ceil(RUNS / 4),
    ),
  ];

  const together = [];
  for (const [kind, name] of [
    ['baseline', 'face-12mp.jpg'],
    ['progressive', 'face-12mp-progressive.jpg'],
  ] as const) {
    const bytes = picture(name);
    const { peak, result } = await peakMB(workerd, () =>
      Promise.all(Array.from({ length: AT_ONCE }, () => verify(url, bytes, bytes))),
    );
    const right = result.filter(({ body }) => body.same === true).length;
    const overloaded = result.filter(({ body }) => body.code === 'overloaded').length;
    together.push({ kind, right, overloaded, aboveIdleMB: round(peak - idle) });
    console.log(
      `${AT_ONCE} ${kind} 12-megapixel pairs at once: ${right} right, ${overloaded} overloaded; ` +
        `at most ${round(peak - idle)} MB above idle (bound ${BOUND_MB})`,
    );
  }
  if (values.readme !== undefined) {
    const rows = [
      ['first request of an isolate', `${round(first.milliseconds)} ms`],
      ...times.map(({ name, median, p90 }) => [name, `median ${median} ms, 90 % under ${p90} ms`]),
      ...together.map(({ kind, right, overloaded, aboveIdleMB }) => [
        `${AT_ONCE} ${kind} 12-megapixel pairs at once`,
        `${right} right, ${overloaded} \`overloaded\`, at most ${aboveIdleMB} MB above idle`,
      ]),
    ];
    const text = `Local workerd, warm, over HTTP, on ${cpus().length} cores of a shared ${cpus()[0]?.model.trim()}
(\`npm run benchmark\`). Times on shared machines vary by half; memory is workerd's resident set
(VmRSS) over its size before the first request, the networks made, ${round(idle)} MB.

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}`;
    const readme = readFileSync(values.readme, 'utf8');
    writeFileSync(values.readme, replaceBlock(readme, 'benchmark', text));
  }
} finally {
  await server.stop();
}
