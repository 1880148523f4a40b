/**
 * A long mixed load straight on workerd, as it is self-hosted: `npm run tool -- soak`.
 *
 * Two tenants post pairs of several sizes, broken files, templates and cheap requests; beside them
 * uploads stall and hang up. Nothing may be lost, no answer may be wrong, right answers have to be the
 * same to the bit as at the beginning, and memory has to level off.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentMB, workerdOf } from '../bench/workerd-process.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import type { RunningBundle } from '../self-host/start-bundle.ts';
import { stallUpload } from './stalled-upload.ts';
import { KEYS, startTwoTenants, TENANTS, type Tenant } from './two-tenants.ts';

const FIXTURES = new URL('../../test/fixtures/faces/', import.meta.url);
const picture = (name: string) => Uint8Array.from(readFileSync(new URL(name, FIXTURES)));

/** Requests under way at once. */
const CLIENTS = 6;
/** Memory in the last tenth of the time over that in the second, up to which it levels off. */
const GROWTH = 1.15;
/** Minutes from which on memory is judged: before, the second tenth still warms up. */
const WARM_MINUTES = 5;
/** Answers that say "later": allowed, and counted. */
const LATER: readonly string[] = ['overloaded', 'rate_limited'];

const PAIRS = [
  'face-640x480.jpg',
  'face.png',
  'face.webp',
  'face-12mp.jpg',
  'face-progressive.jpg',
];

interface Kind {
  readonly name: string;
  readonly weight: number;
  /** @returns what came of it: `right`, `later`, or what was wrong */
  run(url: URL, tenant: Tenant): Promise<string>;
}

const baseline = new Map<string, string>();

async function verify(
  url: URL,
  tenant: Tenant,
  reference: Uint8Array<ArrayBuffer>,
  probe = reference,
) {
  const form = new FormData();
  form.set('reference', new Blob([reference]), 'reference');
  form.set('probe', new Blob([probe]), 'probe');
  const headers = { authorization: `Bearer ${KEYS[tenant]}` };
  const response = await fetch(new URL('/v1/verify', url), { method: 'POST', headers, body: form });
  return { status: response.status, text: await response.text() };
}

const codeOf = (text: string): string => (JSON.parse(text) as { code?: string }).code ?? '';

function verdict(name: string, { status, text }: { status: number; text: string }): string {
  if (status === 200) {
    const first = baseline.get(name) ?? text;
    baseline.set(name, first);
    return text === first ? 'right' : 'another answer than at first';
  }
  const code = codeOf(text);
  return LATER.includes(code) ? 'later' : `${status} ${code}`;
}

const PHOTO = picture('face-640x480.jpg');

const KINDS: readonly Kind[] = [
  ...PAIRS.map((file): Kind => {
    const bytes = picture(file);
    return {
      name: `pair ${file}`,
      weight: file.includes('12mp') ? 2 : 4,
      run: async (url, tenant) => verdict(file, await verify(url, tenant, bytes)),
    };
  }),
  {
    name: 'a broken file',
    weight: 4,
    async run(url, tenant) {
      const { status, text } = await verify(url, tenant, PHOTO.slice(0, 9_000), PHOTO);
      const code = codeOf(text);
      if (LATER.includes(code)) return 'later';
      return status === 422 && code === 'undecodable_image' ? 'right' : `${status} ${code}`;
    },
  },
  {
    name: 'cheap: keys, attempts, no key',
    weight: 6,
    async run(url, tenant) {
      const headers = { authorization: `Bearer ${KEYS[tenant]}` };
      const answers = await Promise.all([
        fetch(new URL('/.well-known/jwks.json', url)),
        fetch(new URL('/v1/subjects/soak/attempts', url), { headers }),
        fetch(new URL('/v1/model', url)),
      ]);
      for (const answer of answers) await answer.arrayBuffer();
      const statuses = answers.map(({ status }) => status).join();
      return statuses === '200,200,401' ? 'right' : statuses === '200,429,401' ? 'later' : statuses;
    },
  },
  {
    name: 'an upload that stalls',
    weight: 1,
    run: (url, tenant) => openUpload(url, tenant, 12_000),
  },
  {
    name: 'a client that hangs up',
    weight: 2,
    run: (url, tenant) => openUpload(url, tenant, 300),
  },
];

/** Announces 20 MB, brings a little, and waits for an answer or so long. */
async function openUpload(url: URL, tenant: Tenant, ms: number): Promise<string> {
  const upload = stallUpload(url, '/v1/verify', [`Authorization: Bearer ${KEYS[tenant]}`]);
  const end = Date.now() + ms;
  while (Date.now() < end && upload.answer() === '') await sleep(50);
  upload.hangUp();
  const answer = upload.answer();
  if (ms < 1_000) return answer === '' ? 'right' : 'later';
  return /^HTTP\/1.1 (400|503|429)/.test(answer) ? 'right' : `no answer: ${answer.slice(0, 20)}`;
}

function draw(): Kind {
  let left = Math.random() * KINDS.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of KINDS) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  return KINDS[0] as Kind;
}

export default defineTool({
  name: 'soak',
  description: 'Load a Worker for minutes with good, bad and stalling requests of two tenants',
  args: {
    minutes: { type: 'string', default: '10', description: 'How long' },
    docs: { type: 'string', valueHint: 'file', description: 'Writes the figures into its block' },
  },
  async run(args) {
    if (args.docs !== undefined) requireBlock(args.docs, 'soak');
    const minutes = wholeNumber(args.minutes, 'minutes');
    const folder = mkdtempSync(join(tmpdir(), 'soak-'));
    let server: RunningBundle | undefined;
    try {
      server = await startTwoTenants(folder);
      const pid = workerdOf(server.pid);
      const { url } = server;
      for (const file of PAIRS) verdict(file, await verify(url, 'one', picture(file)));
      const counts = new Map<string, Map<string, number>>();
      const memory: number[] = [];
      const end = Date.now() + minutes * 60_000;
      const watch = setInterval(() => memory.push(residentMB(pid)), 1_000);
      const client = async (n: number) => {
        while (Date.now() < end) {
          const kind = draw();
          const outcome = await kind
            .run(url, TENANTS[n % TENANTS.length] as Tenant)
            .catch((error: Error) => `lost: ${error.message}`);
          const of = counts.get(kind.name) ?? new Map<string, number>();
          counts.set(kind.name, of.set(outcome, (of.get(outcome) ?? 0) + 1));
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)));
      clearInterval(watch);
      const again: string[] = [];
      for (const file of PAIRS) again.push(verdict(file, await verify(url, 'one', picture(file))));
      const tenth = Math.max(1, Math.floor(memory.length / 10));
      const most = (part: number[]) => Math.round(Math.max(...part));
      const early = most(memory.slice(tenth, 2 * tenth));
      const late = most(memory.slice(-tenth));
      const rows = [...counts].map(([name, of]) => [
        name,
        `${of.get('right') ?? 0}`,
        `${of.get('later') ?? 0}`,
        [...of]
          .filter(([what]) => what !== 'right' && what !== 'later')
          .map(([what, n]) => `${n}: ${what}`)
          .join('; ') || '0',
      ]);
      const text = [
        `${minutes} minutes, ${CLIENTS} requests at once, two tenants, straight to workerd (\`npm run tool -- soak\`):`,
        '',
        table(['', 'right', '`overloaded` or `rate_limited`', 'wrong or lost'], rows),
        '',
        `Afterwards ${again.filter((one) => one === 'right').length} of ${PAIRS.length} pairs gave the answer of the ` +
          `beginning to the bit. Memory of workerd (VmRSS) was at most ${early} MB in the ` +
          `second tenth of the time, ${late} MB in the last.`,
      ].join('\n');
      console.log(text);
      const isClean = rows.every((row) => row[3] === '0') && again.every((one) => one === 'right');
      const levelsOff = minutes < WARM_MINUTES || late <= GROWTH * early;
      if (!levelsOff) console.error(`Memory does not level off: ${early} MB, then ${late} MB.`);
      if (!isClean || !levelsOff) process.exitCode = 1;
      if (args.docs === undefined) return;
      writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'soak', text));
    } finally {
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
