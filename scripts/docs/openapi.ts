/** The OpenAPI document, written to worker/openapi.json, and the limits of pictures in docs/api.md: `npm run openapi`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { defineTool } from '../define-tool.ts';
import { replaceBlock } from '../report/marked-block.ts';
import { openapi } from './openapi-document.ts';
import { PICTURE_LIMITS_BLOCK, pictureLimits } from './picture-limits.ts';

const FILE = new URL('../../worker/openapi.json', import.meta.url);
const TEXT = new URL('../../docs/api.md', import.meta.url);

export default defineTool({
  name: 'openapi',
  description: 'Write worker/openapi.json anew, after a change of a request or an answer',
  run() {
    writeFileSync(FILE, `${JSON.stringify(openapi(), null, 2)}\n`);
    const text = readFileSync(TEXT, 'utf8');
    writeFileSync(TEXT, replaceBlock(text, PICTURE_LIMITS_BLOCK, pictureLimits()));
  },
});
