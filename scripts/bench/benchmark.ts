/**
 * Running time and memory of a Worker in local workerd: `npm run tool -- benchmark`.
 *
 * Starts the Worker as `npm start` does, on a free port, and posts pairs to it over HTTP; times are
 * those of a client on the same machine, from the first byte sent to the last received. Memory is
 * the resident set of the workerd process that runs the Worker (VmRSS of /proc, Linux only),
 * sampled every 20 ms, less its value before the first request.
 *
 * Each network of model/ is measured in turn, the deployed one first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CalibrationFile } from '../calibrate/calibration-file.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { npmStart } from '../deploy/local-server.ts';
import { percent, table } from '../report/format.ts';
import { replaceBlock } from '../report/marked-block.ts';
import type { AccuracyFile } from '../report/model-card.ts';
import { deployedModel, shippedModels } from '../runtime/model-folder.ts';
import { MODEL_FOLDER } from '../runtime/networks.ts';
import { timeLogins, timeTemplate } from './login-times.ts';
import { round, summary } from './timing.ts';
import { peakMB, residentMB, workerdOf } from './workerd-process.ts';

/** V8 compiles hot WebAssembly a second time, better: steady after some 400 runs of a network. */
const WARM_UP = 200;
const AT_ONCE = 8;
/** Memory that an isolate may use in all, and so the most that requests may add. */
const BOUND_MB = 128;

const FIXTURES = new URL('../../test/fixtures/faces/', import.meta.url);
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

/** Rows of a table about a model, the same for each. */
async function measure(model: string, runs: number): Promise<(readonly [string, string])[]> {
  console.log(`\n${model}`);
  const about = known(model);
  const server = await npmStart('--var', `MODEL:${model}`);
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
      await timed(url, 'pair of 640x480 JPEGs', small, runs),
      await timed(url, 'pair of 12-megapixel JPEGs', picture('face-12mp.jpg'), runs),
      await timed(
        url,
        'pair of progressive 12-megapixel JPEGs',
        picture('face-12mp-progressive.jpg'),
        Math.ceil(runs / 4),
      ),
    ];
    const together: [string, string][] = [];
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
      const what = `${AT_ONCE} ${kind} 12-megapixel pairs at once`;
      const found = `${right} right, ${overloaded} \`overloaded\`, at most ${round(peak - idle)} MB above idle`;
      together.push([what, found]);
      console.log(`${what}: ${found} (bound ${BOUND_MB})`);
    }
    const template = await timeTemplate(url, Uint8Array.from(small), runs);
    times.push(template.timed, await timeLogins(url, runs));
    const after = residentMB(workerd);
    console.log(`after logins: ${round(after - idle)} MB above idle`);
    return [
      ...about,
      ['idle', `${round(idle)} MB`],
      ['first request of an isolate', `${round(first.milliseconds)} ms`],
      ...times.map(
        ({ name, median, p90 }) => [name, `median ${median} ms, 90 % under ${p90} ms`] as const,
      ),
      ['template against pair, by medians in turns', `${template.share} %`],
      ...together,
      ['after the logins', `${round(after - idle)} MB above idle`],
    ];
  } finally {
    await server.stop();
  }
}

/** Rows from what the tool `card` found out. */
function known(model: string): [string, string][] {
  const read = (file: string) => readFileSync(new URL(`${model}/${file}`, MODEL_FOLDER));
  const { lfw } = JSON.parse(`${read('accuracy.json')}`) as AccuracyFile;
  const { rates, identities } = JSON.parse(`${read('calibration.json')}`) as CalibrationFile;
  const val = (far: number) => {
    const found = rates.find((rate) => rate.far === far);
    return found ? percent(found.val, 1) : '–';
  };
  return [
    ['LFW', lfw.accuracy ? percent(lfw.accuracy.mean) : '–'],
    [`VAL at FAR 1e-3, 1e-4 (${identities} people)`, `${val(1e-3)}, ${val(1e-4)}`],
    ['weights', `${(read('network.onnx').length / 1e6).toFixed(1)} MB`],
  ];
}

export default defineTool({
  name: 'benchmark',
  description: 'Measure time and memory of the Worker in local workerd',
  args: {
    runs: { type: 'string', valueHint: 'n', default: '40', description: 'Times of each request' },
    models: {
      type: 'string',
      valueHint: 'list',
      description: 'Networks, with commas between; default: all of model/, the deployed one first',
    },
    docs: {
      type: 'string',
      valueHint: 'file',
      description: 'Whose benchmark block is refreshed',
    },
  },
  async run(args) {
    const runs = wholeNumber(args.runs, 'runs');
    const deployed = deployedModel();
    const others = shippedModels().filter((model) => model !== deployed);
    const models = args.models?.split(',') ?? [deployed, ...others];
    const columns: (readonly [string, string])[][] = [];
    for (const model of models) columns.push(await measure(model, runs));
    const rows = (columns[0] ?? []).map(([what], i) => [
      what,
      ...columns.map((column) => column[i]?.[1] ?? ''),
    ]);
    const text = `Local workerd, warm, over HTTP, on ${cpus().length} cores of a shared ${cpus()[0]?.model.trim()}
(\`npm run tool -- benchmark\`). Times on shared machines vary by half; memory is workerd's resident set
(VmRSS), above idle: over its size before the first request, the networks made.

${table(['', ...models.map((model) => `\`${model}\``)], rows)}`;
    console.log(`\n${text}`);
    if (args.docs === undefined) return;
    writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'benchmark', text));
  },
});
