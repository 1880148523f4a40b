/** The benchmark's figures as Markdown and as a chart: ratios first. */
import { barsSvg } from '../report/bars.ts';
import { table } from '../report/format.ts';
import type { ColdStart } from './cold-start.ts';
import { type IsolateMemory, LOADS, type LoadedMemory, type Memory } from './isolate-memory.ts';
import { CONCURRENCIES, type Latency } from './latency.ts';
import { CLOUDFLARE, COMPARE_FACES, cloudflarePrice } from './price.ts';
import type { Times } from './timing.ts';

/** Figures of one network. */
export interface Measured {
  readonly model: string;
  /** Kinds of verifications in their order, the usual pair first. */
  readonly kinds: readonly { readonly name: string; readonly latency: Latency }[];
  readonly login: Times;
  /** Verifications a second, by `CONCURRENCIES`. */
  readonly perSecond: readonly number[];
  readonly cold: ColdStart;
  /** The same with onnxruntime as npm has it. */
  readonly coldStock: ColdStart;
  readonly memory: IsolateMemory;
}

const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const mib = (value: number) => value.toFixed(0);
const times = (value: number) => value.toFixed(2);

type Column = readonly [name: string, of: (measured: Measured) => string];

/** A table of one row a name, one column a network. */
function sideBySide(all: readonly Measured[], rows: readonly Column[]): string {
  return table(
    ['', ...all.map(({ model }) => `\`${model}\``)],
    rows.map(([name, of]) => [name, ...all.map(of)]),
  );
}

const usual = ({ kinds }: Measured) => kinds[0]?.latency as Latency;

function latencyOf({ kinds, model }: Measured, name: string): Latency {
  const found = kinds.find((kind) => kind.name === name);
  if (found === undefined) throw new Error(`${model}: ${name} was not measured`);
  return found.latency;
}

/** Ratios, and differences where the aim is one: of CPU, which other work on the machine changes least. */
export function ratios(all: readonly Measured[], names: { large: string; template: string }) {
  const loadOf = (measured: Measured, name: string) =>
    measured.memory.loads.find((load) => load.name === name) as LoadedMemory;
  return sideBySide(all, [
    [
      '12 MP pair less the usual pair, CPU (by the clock)',
      (one) => {
        const large = latencyOf(one, names.large);
        return `${ms(large.cpu - usual(one).cpu)} (${ms(large.p50 - usual(one).p50)})`;
      },
    ],
    [
      'template and picture over the usual pair, CPU (by the clock)',
      (one) => {
        const template = latencyOf(one, names.template);
        return `${times(template.cpu / usual(one).cpu)} (${times(template.p50 / usual(one).p50)})`;
      },
    ],
    [
      "first request over that with npm's onnxruntime, CPU (by the clock)",
      ({ cold, coldStock }) =>
        `${times(cold.firstCpu / coldStock.firstCpu)} (${times(cold.first / coldStock.first)})`,
    ],
    [
      "start to first answer over that with npm's onnxruntime, CPU (by the clock)",
      ({ cold, coldStock }) =>
        `${times(cold.toFirstAnswerCpu / coldStock.toFirstAnswerCpu)} (${times(cold.toFirstAnswer / coldStock.toFirstAnswer)})`,
    ],
    [
      'right 12 MP pairs a second, 32 at once over one at a time',
      (one) => times(loadOf(one, '32, baseline').perSecond / loadOf(one, '1, baseline').perSecond),
    ],
    ['CPU price over that of CompareFaces', (one) => priceShare(usual(one).cpu)],
  ]);
}

const priceShare = (cpu: number) => `1/${Math.round(COMPARE_FACES.perCall / cloudflarePrice(cpu))}`;

function latencyTable(all: readonly Measured[]): string {
  const names = all[0]?.kinds.map(({ name }) => name) ?? [];
  const told = ({ p50, p95, p99 }: Times) =>
    [p50, p95, p99].map((value) => value.toFixed(0)).join(' / ');
  return sideBySide(all, [
    ...names.map((name): Column => [name, (one) => told(latencyOf(one, name))]),
    ['login: challenge and four 640x480 frames', ({ login }) => told(login)],
  ]);
}

function workTable(all: readonly Measured[]): string {
  const names = all[0]?.kinds.map(({ name }) => name) ?? [];
  return sideBySide(all, [
    ...names.map((name): Column => [`CPU, ${name}`, (one) => ms(latencyOf(one, name).cpu)]),
    ...CONCURRENCIES.map(
      (atOnce, i): Column => [
        `usual pairs a second, ${atOnce} at once`,
        ({ perSecond }) => (perSecond[i] as number).toFixed(1),
      ],
    ),
  ]);
}

function coldTable(all: readonly Measured[]): string {
  const both = (name: string, clock: keyof ColdStart | undefined, cpu: keyof ColdStart) =>
    [
      name,
      ({ cold, coldStock }: Measured) =>
        [cold, coldStock]
          .map((one) =>
            clock === undefined ? ms(one[cpu]) : `${ms(one[cpu])} (${ms(one[clock])})`,
          )
          .join('; '),
    ] as const;
  return sideBySide(all, [
    both('start, networks made', undefined, 'startCpu'),
    both('first request then', 'first', 'firstCpu'),
    both('second request', 'second', 'secondCpu'),
    both('start to first answer, without a pause', 'toFirstAnswer', 'toFirstAnswerCpu'),
  ]);
}

function memoryTable(all: readonly Measured[]): string {
  const told = ({ isolate, wasm, resident }: Memory) =>
    `${mib(isolate)} (${mib(wasm)}); ${mib(resident)}`;
  const loads = all[0]?.memory.loads ?? [];
  return sideBySide(all, [
    ['no request yet', ({ memory }) => told(memory.idle)],
    ...loads.map(
      (load, i): Column => [
        `12 MP pairs at once: ${load.name}`,
        ({ memory }) => {
          const one = memory.loads[i] as LoadedMemory;
          return `${told(one)}; ${one.right} right, ${one.overloaded} \`overloaded\``;
        },
      ],
    ),
    ['80 usual pairs later', ({ memory }) => told(memory.afterwards)],
  ]);
}

function priceTable(all: readonly Measured[]): string {
  const dollars = (each: number) => `$${(each * 1e6).toFixed(2)}`;
  const rows = all.map((one) => [
    `\`${one.model}\`, ${ms(usual(one).cpu)} of CPU`,
    dollars(cloudflarePrice(usual(one).cpu)),
  ]);
  return table(
    ['a million verifications of a usual pair', ''],
    [...rows, ['CompareFaces', dollars(COMPARE_FACES.perCall)]],
  );
}

export interface Conditions {
  readonly rounds: number;
  readonly coldRounds: number;
  readonly machine: string;
}

/** Block of docs/benchmarks.md. */
export function benchmarkText(
  all: readonly Measured[],
  names: { readonly large: string; readonly template: string },
  { rounds, coldRounds, machine }: Conditions,
): string {
  return `Straight to workerd, without wrangler, on ${machine}; other work shared it, so ratios and CPU
time are the figures to compare (\`npm run tool -- benchmark\`). A usual pair is of two 640x480 JPEGs.

${ratios(all, names)}

![Latency over HTTP](benchmark.svg)

Milliseconds over HTTP of a warm process, p50 / p95 / p99 of ${rounds} rounds in which all networks and
requests take turns:

${latencyTable(all)}

CPU time of the whole process a request (medians of the same rounds), and verifications a second:

${workTable(all)}

Cold, medians of ${coldRounds} fresh processes each: CPU, and by the clock in parentheses, with our onnxruntime;
with npm's. CPU of a start is over that of a Worker that does nothing with the same files, since it takes workerd a while
to read them; workerd goes on compiling on other threads, which counts as well.

${coldTable(all)}

Memory in MiB: the isolate's (the part of it that is WebAssembly's memories); RSS of the process. The
isolate's is by workerd's inspector, V8's heap with its buffers and every WebAssembly memory, the most
at any moment when the isolate gave its thread away. The load of ${LOADS[0]} at once is 32 pairs one after the other.

${memoryTable(all)}

Price by CPU: Cloudflare's Workers Paid at $${(CLOUDFLARE.perRequest * 1e6).toFixed(2)} a million requests and $${(CLOUDFLARE.perCpuMillisecond * 1e6).toFixed(2)} a million milliseconds of CPU beyond
what the plan includes ([page](${CLOUDFLARE.page}) of ${CLOUDFLARE.read}), by CPU of this machine; Amazon
Rekognition at $${COMPARE_FACES.perCall} a call, a month's first million ([page](${COMPARE_FACES.page}) of ${COMPARE_FACES.read}, its worked examples).

${priceTable(all)}`;
}

/** Median latencies, a group a kind of request. */
export function benchmarkChart(all: readonly Measured[]): string {
  const kinds = all[0]?.kinds ?? [];
  return barsSvg({
    title: 'A verification over HTTP, median',
    series: all.map(({ model }) => model),
    groups: kinds.map(({ name }) =>
      all.map((one, series) => {
        const value = latencyOf(one, name).p50;
        return { label: series === 0 ? name : '', value, text: `${value.toFixed(0)} ms`, series };
      }),
    ),
  });
}
