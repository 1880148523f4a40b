/**
 * Times and memory of searches, in workerd: `npm run tool -- gallery-times`.
 *
 * A gallery of 100,000 templates is filled, searched, and opened anew by another process. Clocks stand
 * still inside a Worker, so times are CPU times of its process, of a request of many rounds less one
 * of none. Memory is the isolate's own account, and that of the process.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { type Server, startWrangler } from '../deploy/local-server.ts';
import { median } from '../statistics/percentile.ts';
import { Inspector } from './inspector.ts';
import { cpuMilliseconds, residentMB, workerdOf } from './workerd-process.ts';

const BATCH = 2000;
const ENTRY = 'scripts/bench/gallery-worker.ts';

export default defineTool({
  name: 'gallery-times',
  description: 'Time searches of a large gallery, its opening, clustering and opened templates',
  args: {
    templates: {
      type: 'string',
      valueHint: 'n',
      default: '100000',
      description: 'Templates in the gallery',
    },
  },
  async run({ templates }) {
    const size = wholeNumber(templates, 'templates');
    const folder = mkdtempSync(join(tmpdir(), 'gallery-'));
    const options = ['--persist-to', folder, '--var', 'ENVIRONMENT:development'];
    let server = await startWrangler(ENTRY, ...options);
    try {
      const filling = workerdOf(server.pid);
      const started = cpuMilliseconds(filling);
      for (let from = 0; from < size; from += BATCH) {
        const count = Math.min(BATCH, size - from);
        await ask(server, `/fill?from=${from}&count=${count}`);
      }
      report('filling, a template', (cpuMilliseconds(filling) - started) / size);
      report('opening a sealed template', await timed(server, '/open', 500));
      report('clustering 64 faces', await timed(server, '/cluster', 100));
      await server.stop();

      const port = await freePort();
      server = await startWrangler(ENTRY, ...options, '--inspector-port', String(port));
      const inspector = await Inspector.connect(port);
      const workerd = workerdOf(server.pid);
      // The Worker is there, and as warm as searches make it; the gallery is not yet.
      await ask(server, '/search?times=200&gallery=empty');
      const before = await memory(inspector, workerd);
      const cold = await cpuOf(workerd, () => ask(server, '/search?times=1'));
      report('first search of a cold gallery', cold);
      const first = await memory(inspector, workerd);
      await ask(server, '/search?times=50'); // V8 compiles what runs often anew
      report('search', await timed(server, '/search', 50));
      const all = await memory(inspector, workerd);
      inspector.close();
      console.log('memory beyond that of searches of an empty gallery:');
      for (const [when, { isolate, process }] of [
        ['after the first search', first],
        ['after 300', all],
      ] as const) {
        const [own, resident] = [isolate - before.isolate, process - before.process];
        console.log(`${when}: isolate ${own.toFixed()} MB, process ${resident.toFixed()} MB`);
      }
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  },
});

/** Memory of the isolate after a garbage collection, and of its process as it is, in MB. */
async function memory(inspector: Inspector, workerd: string) {
  const process = residentMB(workerd);
  const wasm = (await inspector.memories()).reduce((a, b) => a + b, 0); // this collects garbage
  return { process, isolate: ((await inspector.heapBytes()) + wasm) / 1024 / 1024 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Median of five, CPU time of workerd in milliseconds a round. */
async function timed(server: Server, path: string, rounds: number): Promise<number> {
  const workerd = workerdOf(server.pid);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const none = await cpuOf(workerd, () => ask(server, `${path}?times=0`));
    times.push(
      ((await cpuOf(workerd, () => ask(server, `${path}?times=${rounds}`))) - none) / rounds,
    );
  }
  return median(times);
}

/** CPU time that a process takes meanwhile, in milliseconds: a busy machine does not change it. */
async function cpuOf(pid: string, work: () => Promise<unknown>): Promise<number> {
  const before = cpuMilliseconds(pid);
  await work();
  return cpuMilliseconds(pid) - before;
}

async function ask(server: Server, path: string): Promise<unknown> {
  const response = await fetch(new URL(path, server.url));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

function report(what: string, ms: number): void {
  console.log(`${what}: ${ms.toPrecision(3)} ms of CPU`);
}
