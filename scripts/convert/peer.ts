/**
 * A peer, a network to be measured beside ours, converted to ONNX:
 * `npm run tool -- convert-peer NAME --from FILE --out FILE.onnx`.
 *
 * FILE is the peer's own, out of its package or repository; none is a dependency of ours.
 */
import { writeFileSync } from 'node:fs';
import { TEACHERS } from '../dataset/teachers.ts';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import { expo } from './expo.ts';
import { faceres } from './faceres.ts';
import { mobileface } from './mobileface.ts';
import { type Converted, peerModel } from './peer-model.ts';

const CONVERTERS: Readonly<Record<string, (file: string) => Converted>> = {
  expo,
  faceres,
  mobileface,
};

const NAMES = Object.keys(CONVERTERS);

export default defineTool({
  name: 'convert-peer',
  description: 'Convert a network that ours are measured beside to ONNX',
  args: {
    name: {
      type: 'positional',
      required: true,
      description: NAMES.map((name) => `${name} (${TEACHERS[name]?.source})`).join('; '),
    },
    from: {
      type: 'string',
      required: true,
      valueHint: 'file',
      description: 'The file named above',
    },
    out: { type: 'string', required: true, valueHint: 'file.onnx', description: 'Where it goes' },
  },
  run({ name, from, out }) {
    const convert = Object.hasOwn(CONVERTERS, name) ? CONVERTERS[name] : undefined;
    if (convert === undefined) throw new Mistake(`${name} is none of ${NAMES.join(', ')}`);
    const model = peerModel(name, convert(from));
    writeFileSync(out, model);
    console.log(`${out}: ${model.length} bytes`);
  },
});
