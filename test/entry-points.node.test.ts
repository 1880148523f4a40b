/** Entry points of Workers that run by wrangler.toml: each has its Durable Objects, without which workerd does not start. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');
const classes = [...read('wrangler.toml').matchAll(/^class_name = "(\w+)"$/gm)].map(
  ([, name]) => name,
);
const entries = globSync(['worker/**/*.ts', 'scripts/**/*.ts', 'test/support/**/*.ts'], {
  cwd: ROOT,
}).filter((file) => /^export (\{ Attempts \} from|class Attempts \{)/m.test(read(file)));

it.each(entries)('%s exports every Durable Object', (file) => {
  const source = read(file);
  for (const name of classes) {
    expect(source).toMatch(new RegExp(`^export (\\{ ${name} \\} from|class ${name}\\b)`, 'm'));
  }
});

it('are several, of several Durable Objects', () => {
  expect(classes.length).toBeGreaterThan(2);
  expect(entries.length).toBeGreaterThan(4);
});
