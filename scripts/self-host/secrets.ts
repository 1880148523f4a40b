/** Secrets, read with the Worker's own parsers before it starts: it would close what needs them. */
import { InvalidRegistryError, parseRegistry } from '../../worker/auth/tenant-registry.ts';
import { parseSigners } from '../../worker/login/assertion.ts';
import { parseKeyRing } from '../../worker/login/sealed-token.ts';

/** Linux's bound for one variable, 128 KiB, less its name: workerd gets each secret in one. */
export const MAX_VARIABLE_BYTES = 131_000;

/** Parsers by secret: each throws, or says undefined of a secret without content. */
const PARSERS: Readonly<Record<string, (secret: string) => unknown>> = {
  API_KEYS: parseRegistry,
  TEMPLATE_KEYS: parseKeyRing,
  ASSERTION_KEYS: parseSigners,
};

/** @returns what is wrong with a secret, with nothing of its content; undefined where it can be read */
export async function faultOf(name: string, secret: string): Promise<string | undefined> {
  const length = Buffer.byteLength(secret);
  if (length > MAX_VARIABLE_BYTES)
    return `it has ${length} bytes, and may have ${MAX_VARIABLE_BYTES}`;
  const parse = PARSERS[name];
  if (parse === undefined) return undefined;
  try {
    return (await parse(secret)) === undefined ? 'empty' : undefined;
  } catch (error) {
    // JSON's own message quotes what it read.
    const told = error instanceof InvalidRegistryError || error instanceof TypeError;
    return told ? error.message : 'not JSON';
  }
}
