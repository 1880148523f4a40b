/**
 * The client as somebody gets it: packed, installed into an empty project without a network, the
 * README's code checked under `strict`, and run against the Worker.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../worker/api/schema/operations.ts';
import { sharedServer } from '../support/node/shared-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORTRAIT = join(ROOT, 'examples/portrait.jpg');
const MAX_PACKED_BYTES = 100_000;

/** Every block of TypeScript in the README, by its place: example1.ts is the first. */
const EXAMPLES = [
  ...readFileSync(join(ROOT, 'client/README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
].map(([, code]) => code as string);

/** Declarations that the samples of /docs take as given. */
const GIVEN = `
export {};
declare const visavis: import('visavis').Visavis;
declare const reference: Blob, probe: Blob, images: Blob[], video: HTMLVideoElement;
declare const subject: string, template: string, url: string, tenant: string, assertion: string;
declare const audience: string, nonce: string;
declare const challenge: import('visavis').Challenge;
declare const seen: import('visavis/assertion').Seen;
declare function show(...what: unknown[]): void;
void sample;
`;

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('the package', () => {
  let project: string;
  let packed: { filename: string; files: { path: string }[] };
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'visavis-client-'));
    const pack = (folder: string) =>
      JSON.parse(
        npm(ROOT, 'pack', folder, '--json', '--pack-destination', project).replace(/^[^[]*/, ''),
      )[0];
    packed = pack('./client');
    // jose as a file: the machine may have no network, and npm's cache no copy.
    const jose = pack('./node_modules/jose');
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    npm(
      project,
      ...['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'],
      ...[packed, jose].map(({ filename }) => `./${filename}`),
    );
  }, 120_000);
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('is small, and brings no file but its own', () => {
    expect(statSync(join(project, packed.filename)).size).toBeLessThan(MAX_PACKED_BYTES);
    const others = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
  });

  it('depends on jose alone', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/jose', 'node_modules/visavis']);
  });

  it('leaves better-auth, and what that would like to have beside it, out of what npm resolves', () => {
    // npm resolves the peers of an optional peer too: those of better-auth exclude typescript 7. In
    // peerDependenciesMeta alone it is a peer of any version for pnpm and Yarn, and none for npm.
    const file = join(project, 'node_modules/visavis/package.json');
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(file, 'utf8'));
    expect(peerDependencies).toEqual({ hono: '>=4' });
    expect(peerDependenciesMeta['better-auth']).toEqual({ optional: true });
  });

  it.each([
    ['visavis', ['Visavis', 'VisavisError', 'ApiError', 'ConnectionError']],
    ['visavis/assertion', ['AssertionRefused', 'rememberInMemory', 'verifyAssertion']],
    ['visavis/browser', ['Camera', 'answerChallenge', 'manual', 'preparePicture', 'timed']],
  ])('%s exports what it says, in plain Node', (name, wanted) => {
    const script = `import(${JSON.stringify(name)}).then((all) => console.log(Object.keys(all).join()))`;
    const names = execFileSync(process.execPath, ['-e', script], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(names.trim().split(',')).toEqual(expect.arrayContaining(wanted));
  });

  describe("the README's code", () => {
    let server: URL;
    beforeAll(async () => {
      server = await sharedServer();
    }, 120_000);

    it('is right under strict, and so are the samples of /docs, every check of libraries included', () => {
      expect(EXAMPLES.length).toBeGreaterThan(4);
      mkdirSync(join(project, 'src'));
      for (const [i, code] of EXAMPLES.entries()) {
        writeFileSync(join(project, `src/example${i + 1}.ts`), code);
      }
      for (const { id, sample } of OPERATIONS) {
        const typescript = sample?.typescript;
        const lines = (typescript ?? '').split('\n');
        const imports = lines.filter((line) => line.startsWith('import '));
        const body = lines.filter((line) => !line.startsWith('import '));
        const source = [...imports, 'async function sample() {', ...body, '}', GIVEN];
        writeFileSync(join(project, `src/${id}.ts`), source.join('\n'));
      }
      const config = {
        compilerOptions: {
          ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
          ...{ target: 'es2022', module: 'nodenext', lib: ['es2024', 'dom', 'dom.iterable'] },
          ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
          ...{ rootDir: 'src', outDir: 'out' },
        },
        include: ['src'],
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(
        createRequire(import.meta.url).resolve('typescript/package.json'),
        '../bin/tsc',
      );
      const said = () => execFileSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
      expect(said).not.toThrow();
    });

    /** Output of one of the README's examples, built above. */
    const run = (example: string) =>
      execFileSync(process.execPath, [`out/${example}.js`, PORTRAIT, PORTRAIT], {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, VISAVIS_URL: server.origin, VISAVIS_KEY: 'visavis-dev' },
      });

    it('compares two pictures', () => {
      expect(run('example1')).toMatch(/^same 0/);
    });

    it('finds a person in a gallery', () => {
      expect(run('example2')).toMatch(/^user-17 0/);
    });
  });
});
