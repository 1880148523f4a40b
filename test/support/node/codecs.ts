/** The compiled codecs, as scripts and tests in Node get them. */
import { compileCodecs } from '../../../scripts/engine/modules.ts';

export const codecs = compileCodecs();
