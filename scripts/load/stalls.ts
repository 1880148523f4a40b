/**
 * Cost of stalled uploads to others: `npm run tool -- stalls`.
 *
 * Verifications and logins of one tenant, by turns with and without two uploads of strangers and two of
 * another tenant that have stalled. Medians may be twice the usual ones at most.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Visavis } from '../../client/index.ts';
import { enrolForLogins, type Login } from '../bench/login-times.ts';
import { timesOf } from '../bench/timing.ts';
import { defineTool, wholeNumber } from '../define-tool.ts';
import { table } from '../report/format.ts';
import { replaceBlock, requireBlock } from '../report/marked-block.ts';
import type { RunningBundle } from '../self-host/start-bundle.ts';
import { PORTRAIT } from '../simulate/pose-film.ts';
import { stallUpload } from './stalled-upload.ts';
import { AUDIENCE, CLIENT_IP, clientAddresses, KEYS, startTwoTenants } from './two-tenants.ts';

/** Rounds before those that count: V8 compiles hot code a second time. */
const WARM_UP = 10;
/** Logins of one subject before another is enrolled: a subject has ten a minute. */
const LOGINS_A_SUBJECT = 8;
/** Time for what stalls to arrive. */
const ARRIVAL_MS = 300;
const MOST = 2;
const LOGIN = '/v1/challenges/00000000-0000-4000-8000-000000000000/response';

const ADDRESSES = clientAddresses();

const WORK = ['pair, 512x512 JPEG', 'login: challenge and four 640x480 frames'] as const;
type Work = (typeof WORK)[number];

class Clock {
  readonly #url: URL;
  readonly #picture = new Blob([readFileSync(PORTRAIT)]);
  #login: Login | undefined;
  #logins = 0;

  constructor(url: URL) {
    this.#url = url;
  }

  /** @throws Error for a wrong answer, or where most logins are refused */
  async time(work: Work): Promise<number> {
    if (work === WORK[0]) {
      const visavis = new Visavis({ url: this.#url, key: KEYS.other, retries: 0 });
      const start = performance.now();
      const { same } = await visavis.verify({ reference: this.#picture, probe: this.#picture });
      if (!same) throw new Error('a wrong answer');
      return performance.now() - start;
    }
    for (let tries = 0; tries < 8; tries++) {
      if (this.#login === undefined || this.#logins++ % LOGINS_A_SUBJECT === 0)
        this.#login = await enrolForLogins(this.#url, KEYS.other, AUDIENCE, () => ({
          [CLIENT_IP]: ADDRESSES.next().value,
        }));
      const time = await this.#login.run();
      if (time !== undefined) return time;
    }
    throw new Error('most logins are refused');
  }
}

async function besideStalls<T>(url: URL, work: () => Promise<T>): Promise<T> {
  const uploads = [
    ...[0, 1].map(() => stallUpload(url, LOGIN, [`${CLIENT_IP}: ${ADDRESSES.next().value}`])),
    ...[0, 1].map(() => stallUpload(url, '/v1/verify', [`Authorization: Bearer ${KEYS.one}`])),
  ];
  try {
    await sleep(ARRIVAL_MS);
    const result = await work();
    return result;
  } finally {
    for (const upload of uploads) upload.hangUp();
  }
}

export default defineTool({
  name: 'stalls',
  description: 'Time verifications and logins beside stalled uploads of others',
  args: {
    rounds: { type: 'string', default: '20', description: 'Rounds that count' },
    docs: { type: 'string', valueHint: 'file', description: 'Writes the figures into its block' },
  },
  async run(args) {
    if (args.docs !== undefined) requireBlock(args.docs, 'stalls');
    const rounds = wholeNumber(args.rounds, 'rounds');
    const folder = mkdtempSync(join(tmpdir(), 'stalls-'));
    let server: RunningBundle | undefined;
    try {
      server = await startTwoTenants(folder);
      const { url } = server;
      const clock = new Clock(url);
      const usual = new Map<Work, number[]>(WORK.map((work) => [work, []]));
      const beside = new Map<Work, number[]>(WORK.map((work) => [work, []]));
      for (let round = 0; round < WARM_UP + rounds; round++) {
        for (const work of WORK) {
          const alone = await clock.time(work);
          const stalled = await besideStalls(url, () => clock.time(work));
          if (round < WARM_UP) continue;
          usual.get(work)?.push(alone);
          beside.get(work)?.push(stalled);
        }
      }
      const found = WORK.map((work) => {
        const [a, b] = [usual, beside].map((times) => timesOf(times.get(work) as number[]));
        if (a === undefined || b === undefined) throw new Error('no times');
        return { work, a, b, ratio: b.p50 / a.p50 };
      });
      const text = [
        `Two uploads of strangers and two of one tenant have stalled; another tenant's requests, ${rounds} of each by turns`,
        `with and without them, straight to workerd, p50 / p95 in ms (\`npm run tool -- stalls --docs docs/operations.md\`):`,
        '',
        table(
          ['', 'usually', 'beside stalls', 'ratio of p50'],
          found.map(({ work, a, b, ratio }) => [
            work,
            ...[a, b].map(({ p50, p95 }) => `${p50.toFixed(0)} / ${p95.toFixed(0)}`),
            ratio.toFixed(2),
          ]),
        ),
      ].join('\n');
      console.log(text);
      if (found.some(({ ratio }) => ratio > MOST)) process.exitCode = 1;
      if (args.docs === undefined) return;
      writeFileSync(args.docs, replaceBlock(readFileSync(args.docs, 'utf8'), 'stalls', text));
    } finally {
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});
