/**
 * Commands that a document names exist: `npm run NAME`, and `npm run tool -- NAME` with its
 * options.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ArgsDef, CommandDef } from 'citty';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../../scripts/tool.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Documents, comments and records: whatever git tracks that may name a command. */
const FILES = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(md|ts|py|toml|json|html|yml)$|^NOTICE$|^\.ci\//.test(file))
  .filter(
    (file) => file !== 'package-lock.json' && file !== 'CHANGELOG.md' && !file.startsWith('test/'),
  );

const COMMAND = /npm run (?:(?:--silent|-s) )?([a-z][\w:-]*)((?: -- [^`\n|<]*)?)/g;

describe('the commands that documents name', () => {
  const named = FILES.flatMap((file) =>
    [...read(file).matchAll(COMMAND)].map(([text, name, rest]) => ({
      file,
      text,
      name: name as string,
      words: (rest as string).replace(' -- ', '').replace(/\s#.*/, '').split(/\s+/),
    })),
  );

  it('are many, and few of them scripts of npm', () => {
    expect(named.length).toBeGreaterThan(60);
    expect(Object.keys(scripts).length).toBeLessThanOrEqual(14);
  });

  it('are scripts of npm', () => {
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('are tools, with options that they have', async () => {
    const wrong: string[] = [];
    for (const { file, text, name, words } of named) {
      if (name !== 'tool') continue;
      const tool = words.find((word) => /^[a-z]/.test(word)) ?? '';
      if (tool === '') continue; // of the command line itself
      const load = TOOLS[tool.replace(/[^a-z-]+$/, '') as keyof typeof TOOLS];
      if (load === undefined) {
        wrong.push(`${file}: ${text}`);
        continue;
      }
      const options = await optionsOf((await load()) as CommandDef<ArgsDef>);
      for (const word of words) {
        const option = /^--([a-z][a-z\d-]*)/.exec(word)?.[1];
        if (option !== undefined && !options.has(option))
          wrong.push(`${file}: ${tool} --${option}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Options of a tool and of the commands below it. */
async function optionsOf(command: CommandDef<ArgsDef>): Promise<Set<string>> {
  const below = Object.values((command.subCommands as Record<string, CommandDef<ArgsDef>>) ?? {});
  const own = [command, ...below].flatMap(({ args }) => Object.keys((args as ArgsDef) ?? {}));
  return new Set([...own, 'help']);
}
