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

/** @returns {string | undefined} the first option that wrangler does not have */
function unknownOption(args) {
  const options = optionsIn(args);
  if (options.length === 0) return undefined;
  const known = knownOptions();
  return options.find((name) => !known.has(name) && !known.has(name.replace(/^--no-/, '--')));
}

const given = process.argv.slice(2);
const unknown = unknownOption(given);
if (unknown === undefined) {
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
