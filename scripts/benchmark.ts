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
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { timeLogins, timeTemplate } from './lib/loginbench.ts';
import { replaceBlock } from './lib/modelcard.ts';
import { peakMB, residentMB, workerdOf } from './lib/resident.ts';
import { npmStart } from './lib/server.ts';
import { round, summary } from './lib/timing.ts';

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

async function timed(url: URL, name: string, bytes: Uint8Array, runs: number) {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const { status, milliseconds, body } = await verify(url, bytes, bytes);
    if (status !== 200 || body.same !== true) throw new Error(`${name}: ${status} ${body.code}`);
    times.push(milliseconds);
  }
  return summary(name, times);
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
  // Last: the run of five crops that a login takes makes the network's memory larger for good.
  const template = await timeTemplate(url, Uint8Array.from(small), RUNS);
  times.push(template.timed, await timeLogins(url, RUNS));
  if (values.readme !== undefined) {
    const rows = [
      ['first request of an isolate', `${round(first.milliseconds)} ms`],
      ...times.map(({ name, median, p90 }) => [name, `median ${median} ms, 90 % under ${p90} ms`]),
      ['template against pair, by medians in turns', `${template.share} %`],
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
