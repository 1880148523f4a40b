/**
 * `npm start`: wrangler's development server with the documented key. Options are held against those
 * that `wrangler dev --help` lists: of one that it does not know wrangler prints all its help.
 */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WRANGLER = fileURLToPath(
  new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url),
);
const DEVELOPMENT = [
  ...['--show-interactive-dev-session=false'],
  ...['--var', 'ENVIRONMENT:development'],
];

/** @returns {string[]} names of options among the arguments: `--port` of `--port=9000` */
const optionsIn = (args) =>
  args.filter((arg) => /^--?[a-z]/i.test(arg)).map((arg) => arg.replace(/=.*/s, ''));

/** @returns {Set<string>} */
function knownOptions() {
  const args = [WRANGLER, 'dev', '--help'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return new Set(stdout.match(/(?<=^ *|, )--?[a-z][\w-]*(?=[ ,])/gm));
}

/** @returns {string[]} spellings of an option that its parser takes for one: `--logLevel`, `--no-minify`, `--bundle` */
function spellings(name) {
  const dashed = name.replace(/(?<=^--.*)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [dashed, dashed.replace(/^--no-/, '--'), dashed.replace(/^--/, '--no-')];
}

/** @returns {string | undefined} the first option that wrangler does not have; experiments are not listed */
function unknownOption(args) {
  const options = optionsIn(args).filter((name) => !/^--(?:no-)?(?:x|experimental)-/.test(name));
  if (options.length === 0) return undefined;
  const known = knownOptions();
  return options.find((name) => !spellings(name).some((spelling) => known.has(spelling)));
}

/** @returns {string | undefined} what is given as a port and is none: wrangler tells of it in JSON, or crashes */
function wrongPort(args) {
  const at = args.findIndex((arg) => /^--port(?:=|$)/.test(arg));
  if (at < 0 || args.includes('--help')) return undefined;
  const port = args[at].startsWith('--port=')
    ? args[at].slice('--port='.length)
    : (args[at + 1] ?? '');
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? undefined : port;
}

const given = process.argv.slice(2);
const unknown = unknownOption(given);
const port = wrongPort(given);
if (port !== undefined) {
  console.error(`No port: ${port}. It is a number up to 65535, as in npm start -- --port 9000.`);
  process.exitCode = 1;
} else if (unknown === undefined) {
  const args = [WRANGLER, 'dev', ...DEVELOPMENT, ...given];
  const wrangler = spawn(process.execPath, args, { stdio: 'inherit' });
  wrangler.on('exit', (code) => process.exit(code ?? 1));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => wrangler.kill(signal));
} else {
  console.error(
    `npm start has no option ${unknown}. It has those of wrangler, the usual ones being ` +
      '--port 9000, --ip 0.0.0.0 and --var NAME:VALUE; npm start -- --help lists all.',
  );
  process.exitCode = 1;
}
