/** Definition of a tool: citty's command, with mistakes of whoever types it told plainly. */
import { parseArgs } from 'node:util';
import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs } from 'citty';
import { Mistake } from './mistake.ts';

/** Codes of file systems for what whoever typed the command can mend: told without a stack, too. */
const FILE_CODES = new Set([
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'ENAMETOOLONG'],
  ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'],
]);

export interface Given {
  /** The arguments behind the tool's name, as they were typed. */
  readonly rawArgs: readonly string[];
  /** Values of an option that may be repeated, in their order. */
  readonly all: (option: string) => readonly string[];
  /** Positional arguments, in their order. */
  readonly positionals: readonly string[];
}

interface Tool<T extends ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly args?: T;
  /** Positional arguments beyond those of `args` are taken. */
  readonly rest?: boolean;
  /** Options that may be given several times: of any other, all but the last would be lost. */
  readonly repeatable?: readonly (keyof T & string)[];
  run(args: { [K in keyof T]: ParsedArgs<T>[K] }, given: Given): void | Promise<void>;
}

/**
 * A tool of `npm run tool -- NAME`. citty itself lets unknown options pass; here one is a mistake:
 * a rate measured on everybody because `--identities` was misspelt would look like any other.
 */
export function defineTool<const T extends ArgsDef>(tool: Tool<T>): CommandDef<T> {
  const { name, description, args = {} as T, rest = false, repeatable = [] } = tool;
  return defineCommand({
    meta: { name, description },
    args,
    async run({ args: parsed, rawArgs }) {
      try {
        await tool.run(parsed, given(args, rawArgs, rest, repeatable));
      } catch (error) {
        if (!(error instanceof Mistake || isOfFiles(error))) throw error;
        console.error(error.message);
        process.exitCode = 1;
      }
    },
  });
}

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && FILE_CODES.has((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * @throws Mistake for an option or an argument that the tool does not have, an option without a value,
 *   and one given twice
 */
function given(
  args: ArgsDef,
  rawArgs: string[],
  rest: boolean,
  repeatable: readonly string[],
): Given {
  const named = Object.entries(args);
  const options = named
    .filter(([, { type }]) => type !== 'positional')
    .map(([name, { type }]) => {
      return [name, { type: type === 'boolean' ? type : 'string', multiple: true }] as const;
    });
  try {
    const { values, positionals } = parseArgs({
      args: rawArgs,
      options: Object.fromEntries(options),
      allowPositionals: true,
    });
    const extra = positionals[named.length - options.length];
    if (extra !== undefined && !rest) throw new Error(`Unexpected argument '${extra}'`);
    for (const [name, { type }] of options) {
      const texts = values[name] ?? [];
      if (texts.includes('')) throw new Error(`Option '--${name}' has an empty value`);
      if (type === 'string' && texts.length > 1 && !repeatable.includes(name)) {
        throw new Error(`Option '--${name}' is given ${texts.length} times, and takes one value`);
      }
    }
    return { rawArgs, positionals, all: (name) => (values[name] ?? []) as string[] };
  } catch (error) {
    throw new Mistake((error as Error).message);
  }
}

/** @throws Mistake where the text is no whole number above 0 */
export function wholeNumber(text: string, option: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Mistake(`--${option}: no whole number: ${text}`);
  return Number(text);
}

/** @throws Mistake where the text is no regular expression */
export function expression(text: string, option: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new Mistake(`--${option}: ${(error as Error).message}`);
  }
}

/** @throws Mistake where the text is no regular expression, or one without a group */
export function pattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  const found = expression(text, 'person');
  if (new RegExp(`${text}|`).exec('')?.length === 1) {
    throw new Mistake('--person: it has no group');
  }
  return found;
}
