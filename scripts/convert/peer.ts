/**
 * Converts a peer, a network to be measured beside ours, to ONNX:
 * `npm run convert:peer -- NAME --from FILE --out FILE.onnx`.
 *
 * FILE is the peer's own, out of its package or repository; none is a dependency of ours.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { TEACHERS, type Teacher } from '../dataset/teachers.ts';
import { expo } from './expo.ts';
import { faceres } from './faceres.ts';
import { mobileface } from './mobileface.ts';
import type { OnnxGraph } from './onnx.ts';

export interface Converted {
  /** From `input` [N,3,side,side] to `embedding` [N,dimension]. */
  readonly graph: OnnxGraph;
  /** The file's bytes that the weights came from. */
  readonly weights: Uint8Array;
}

const CONVERTERS: Readonly<Record<string, (file: string) => Converted>> = {
  expo,
  faceres,
  mobileface,
};

/** @returns the ONNX file's bytes */
export function peerModel(name: string, { graph, weights }: Converted): Uint8Array {
  const { size, dimension, source } = TEACHERS[name] as Teacher;
  return graph.finish(
    name,
    [{ name: 'input', shape: ['N', 3, size, size] }],
    [{ name: 'embedding', shape: ['N', dimension] }],
    { source, sha256: createHash('sha256').update(weights).digest('hex') },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      from: { type: 'string' },
      out: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name = ''] = positionals;
  const convert = Object.hasOwn(CONVERTERS, name) ? CONVERTERS[name] : undefined;
  const { from, out } = values;
  if (convert === undefined || from === undefined || out === undefined) {
    const known = Object.keys(CONVERTERS).map((peer) => `  ${peer}: ${TEACHERS[peer]?.source}`);
    console.log('npm run convert:peer -- NAME --from FILE --out FILE.onnx\n');
    console.log(`Peers, and the FILE of each:\n${known.join('\n')}`);
    process.exit(values.help ? 0 : 2);
  }
  const model = peerModel(name, convert(from));
  writeFileSync(out, model);
  console.log(`${out}: ${model.length} bytes`);
}
